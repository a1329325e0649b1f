"""What Douyin's shop really sends, field by field, and its one number for two ways to be closed."""

from datetime import UTC, date, datetime

import pytest

from capabilities.order.records import OrderStatus, PaymentStatus, ProductRef
from connectors.systems.douyin import mapping as douyin
from tests.connectors.systems.test_system_fixtures import order_of
from tests.connectors.systems.test_system_mappings import table_of


def test_douyin_reads_fen_seconds_long_ids_and_no_receiver():
    order = order_of("douyin", "order.json", {"*": "live"})
    assert (order.channel, order.number) == ("live", "692100000000727727")
    assert order.customer == "1@#dy00000107"
    assert order.placed_at == datetime(2026, 3, 21, 16, 10, 2, tzinfo=UTC)
    assert order.business_date == date(2026, 3, 22)
    assert (order.paid_at is None, order.completed_at) == (False, None)
    assert order.status is OrderStatus.CLOSED_REFUNDED
    assert order.payment_status is PaymentStatus.REFUNDED
    assert (order.money.total.minor, order.money.shipping.minor) == (2935, 1000)
    assert order.lines[0].codes == (ProductRef("sku", "BW-1001"),)
    assert order.lines[0].total.minor == 1935
    assert "==" not in repr(order)
    assert order.integrity_warnings == ()


@pytest.mark.parametrize(
    ("status", "pay_time", "order", "payment"),
    [
        (1, 0, OrderStatus.PENDING_PAYMENT, PaymentStatus.UNPAID),
        (103, 5, OrderStatus.PENDING_PAYMENT, PaymentStatus.PARTIALLY_PAID),
        (2, 5, OrderStatus.CONFIRMED, PaymentStatus.PAID),
        (4, 0, OrderStatus.CANCELLED, PaymentStatus.VOIDED),
        (4, 5, OrderStatus.CLOSED_REFUNDED, PaymentStatus.REFUNDED),
    ],
)
def test_douyins_one_number_for_closed_means_two(status, pay_time, order, payment):
    words = table_of("douyin", "orders", "status")
    assert OrderStatus[words[douyin.state(status, pay_time)]] is order
    words = table_of("douyin", "orders", "payment_status")
    assert PaymentStatus[words[douyin.payment_state(status, pay_time)]] is payment
