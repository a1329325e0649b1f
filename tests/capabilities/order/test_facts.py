from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.money import Money
from capabilities.order.facts import OrderFact, fact_of
from capabilities.order.records import (
    Order,
    OrderKind,
    OrderLine,
    OrderMoney,
    OrderStatus,
    PaymentStatus,
)
from capabilities.sources import SourceRef

ZONE = ZoneInfo("Asia/Shanghai")


def _cny(minor):
    return Money(minor, "CNY")


ORDER = Order(
    channel="shop",
    number="9001",
    status=OrderStatus.COMPLETED,
    payment_status=PaymentStatus.PAID,
    customer="101",
    placed_at=datetime(2026, 11, 1, 17, 0, tzinfo=UTC),
    money=OrderMoney(total=_cny(2580)),
    lines=(OrderLine(ref="1", raw_sku="SN-1", quantity=Decimal(2), total=_cny(2580)),),
    source=SourceRef(connector="woo", system="woocommerce", external_id="9001"),
)


def test_a_paid_order_counts_its_total_on_its_local_day():
    fact = fact_of(ORDER, ZONE, holder=MembershipKey("shop", "101"), sku=lambda line: line.raw_sku)
    assert (fact.paid, fact.refunded, fact.net, fact.net_paid) == (2580, 0, 2580, True)
    assert (fact.business_date, fact.currency) == (date(2026, 11, 2), "CNY")
    assert fact.holder == MembershipKey("shop", "101")
    assert [(line.sku, line.net) for line in fact.lines] == [("SN-1", 2580)]


def test_the_source_s_own_business_date_stands():
    assert fact_of(replace(ORDER, business_date=date(2026, 10, 31)), ZONE).business_date == date(
        2026, 10, 31
    )


@pytest.mark.parametrize(
    ("changes", "paid", "refunded"),
    [
        ({"payment_status": PaymentStatus.UNPAID}, 0, 0),
        ({"payment_status": PaymentStatus.UNKNOWN}, 0, 0),
        ({"payment_status": PaymentStatus.REFUNDED}, 2580, 2580),
        (
            {
                "payment_status": PaymentStatus.PARTIALLY_REFUNDED,
                "money": OrderMoney(total=_cny(2580), refunded=_cny(80)),
            },
            2580,
            80,
        ),
        (
            {
                "payment_status": PaymentStatus.PARTIALLY_PAID,
                "money": OrderMoney(total=_cny(2580), paid=_cny(1000)),
            },
            1000,
            0,
        ),
        ({"kind": OrderKind.RETURN, "money": OrderMoney(total=_cny(-500))}, -500, 0),
    ],
)
def test_what_was_received_and_given_back(changes, paid, refunded):
    fact = fact_of(replace(ORDER, **changes), ZONE)
    assert (fact.paid, fact.refunded) == (paid, refunded)


@pytest.mark.parametrize(
    "changes",
    [
        {"paid": 0},
        {"refunded": 2580},
        {"paid": -500},
        {"kind": OrderKind.QUOTE},
        {"kind": OrderKind.WORK_ORDER},
        {"status": OrderStatus.CANCELLED},
        {"status": OrderStatus.CLOSED_REFUNDED},
        {"gone": True},
    ],
)
def test_what_never_counts_as_a_purchase(changes):
    bought = OrderFact(channel="shop", number="1", connector="woo", paid=2580)
    assert bought.net_paid
    assert not replace(bought, **changes).net_paid
