"""What Meituan really sends, field by field, and what it says of payments."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from capabilities.order.records import OrderStatus, PaymentStatus, ProductRef
from connectors.systems.meituan import mapping as meituan
from tests.connectors.systems.test_system_fixtures import order_of
from tests.connectors.systems.test_system_mappings import table_of


def test_meituan_reads_json_in_texts_yuan_as_numbers_and_no_privacy_number():
    order = order_of("meituan", "order.json", {"*": "waimai"})
    assert (order.channel, order.number) == ("waimai", "24581032571314888")
    assert (order.customer, order.store_code) == (None, "M0007")
    assert order.placed_at == datetime(2026, 3, 21, 16, 10, 2, tzinfo=UTC)
    assert order.business_date == date(2026, 3, 22)
    assert (order.status, order.payment_status) == (OrderStatus.SHIPPED, PaymentStatus.PAID)
    assert (order.money.total.minor, order.money.discount.minor) == (2110, 400)
    assert (order.money.shipping.minor, order.money.fees.minor) == (500, 50)
    (line,) = order.lines
    assert (line.name, line.quantity, line.total.minor) == ("每日坚果", 2, 1960)
    assert line.codes == (ProductRef("sku", "BW-1001"),)
    assert order.discounts[0].name == "满减"
    assert "18412345678" not in repr(order)
    assert order.integrity_warnings == ()


@pytest.mark.parametrize(
    ("status", "pay_type", "state"),
    [
        (1, 2, PaymentStatus.UNPAID),
        (2, "2", PaymentStatus.PAID),
        (4, 1, PaymentStatus.UNPAID),
        (8, "1", PaymentStatus.PAID),
        (9, 2, PaymentStatus.UNKNOWN),
    ],
)
def test_who_pays_online_has_paid_and_cash_is_paid_at_the_door(status, pay_type, state):
    words = table_of("meituan", "orders", "payment_status")
    assert PaymentStatus[words[meituan.payment_state(status, pay_type)]] is state


def test_sums_over_nothing_are_none_and_others_are_decimal():
    assert (meituan.boxes(None), meituan.reduced([])) == (None, None)
    assert meituan.line_total("0.1", 3) == Decimal("0.3")
    assert meituan.line_total(None, 3) is None
