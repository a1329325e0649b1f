"""What Youzan really sends, field by field, and its one word for two ways to be closed."""

from datetime import UTC, date, datetime

import pytest

from capabilities.order.records import OrderStatus, PaymentStatus, ProductRef
from connectors.systems.youzan import mapping as youzan
from tests.connectors.systems.test_system_fixtures import order_of
from tests.connectors.systems.test_system_mappings import table_of


def test_youzan_tells_how_an_order_was_closed_and_takes_no_sealed_name():
    order = order_of("youzan", "order.json")
    assert (order.channel, order.number) == ("mini", "E20260322001002000007270")
    assert (order.customer, order.store_code) == ("yz000000000107", "134529034")
    assert order.placed_at == datetime(2026, 3, 21, 16, 10, 2, tzinfo=UTC)
    assert order.business_date == date(2026, 3, 22)
    assert order.completed_at is None
    assert order.status is OrderStatus.CLOSED_REFUNDED
    assert order.payment_status is PaymentStatus.REFUNDED
    assert order.source_status == ("TRADE_CLOSED",)
    assert (order.money.total.minor, order.money.shipping.minor) == (2935, 1000)
    assert order.lines[0].codes == (ProductRef("sku", "BW-1001"),)
    assert "$1$" not in repr(order)
    assert order.integrity_warnings == ()


@pytest.mark.parametrize(
    ("status", "pay_time", "refund_state", "order", "payment"),
    [
        ("WAIT_BUYER_PAY", "", 0, OrderStatus.PENDING_PAYMENT, PaymentStatus.UNPAID),
        ("TRADE_CLOSED", "", 0, OrderStatus.CANCELLED, PaymentStatus.VOIDED),
        ("TRADE_CLOSED", "t", 12, OrderStatus.CLOSED_REFUNDED, PaymentStatus.REFUNDED),
        ("TRADE_SUCCESS", "t", 2, OrderStatus.COMPLETED, PaymentStatus.PARTIALLY_REFUNDED),
        ("TRADE_SUCCESS", "t", 1, OrderStatus.COMPLETED, PaymentStatus.PAID),
        ("WAIT_CONFIRM", "t", None, OrderStatus.ON_HOLD, PaymentStatus.PAID),
    ],
)
def test_youzans_one_word_for_closed_means_two(status, pay_time, refund_state, order, payment):
    words = table_of("youzan", "orders", "status")
    assert OrderStatus[words[youzan.state(status, pay_time)]] is order
    words = table_of("youzan", "orders", "payment_status")
    assert PaymentStatus[words[youzan.payment_state(status, pay_time, refund_state)]] is payment
    assert youzan.paid(pay_time, "1.00") == ("1.00" if pay_time else None)
