from decimal import Decimal

import pytest

from capabilities.money import money
from capabilities.order.records import Order, OrderFilter, OrderKind, OrderLine, OrderMoney
from capabilities.order.rules import settle
from capabilities.sources import SourceRef


def yuan(text):
    return money(text, "CNY")


def order(total, lines, **sums):
    return Order(
        channel="store",
        number="1",
        currency="CNY",
        money=OrderMoney(total=yuan(total), **{name: yuan(v) for name, v in sums.items()}),
        lines=tuple(
            OrderLine(ref=str(n), total=yuan(text), quantity=Decimal(text).copy_sign(Decimal(text)))
            for n, text in enumerate(lines)
        ),
        source=SourceRef(connector="pos", system="ospos", external_id="1"),
    )


@pytest.mark.parametrize(
    ("total", "lines", "sums", "codes"),
    [
        ("10.00", ["4.00", "6.00"], {}, []),
        ("9.00", ["4.00", "6.00"], {"discount": "1.00"}, []),
        ("15.00", ["4.00", "6.00"], {"shipping": "5.00"}, []),
        ("10.01", ["4.00", "6.00"], {}, ["SUM_DIFFERS"]),
        ("10.00", ["10.00"], {"paid": "5.00", "refunded": "6.00"}, ["REFUNDED_MORE_THAN_PAID"]),
    ],
)
def test_sums_that_do_not_hold_are_said_and_never_corrected(total, lines, sums, codes):
    settled = settle(order(total, lines, **sums))
    assert [one.code for one in settled.integrity_warnings] == codes
    assert settled.total == yuan(total)


def test_exclusive_tax_counts_into_the_sum():
    one = order("11.30", ["10.00"])
    sums = OrderMoney(total=yuan("11.30"), tax=yuan("1.30"), tax_included=False)
    settled = settle(
        Order(
            channel=one.channel,
            number=one.number,
            currency="CNY",
            money=sums,
            lines=one.lines,
            source=one.source,
        )
    )
    assert settled.integrity_warnings == ()


def test_a_negative_sale_is_a_return():
    assert settle(order("-10.00", ["-10.00"])).kind is OrderKind.RETURN
    assert settle(order("10.00", ["10.00"])).kind is OrderKind.SALE


def test_a_filter_is_checked_on_the_row_itself():
    one = order("10.00", ["10.00"])
    assert OrderFilter(channels=frozenset({"store"})).accepts(one)
    assert not OrderFilter(channels=frozenset({"shop"})).accepts(one)
    assert not OrderFilter(stores=frozenset({"M0001"})).accepts(one)
    assert OrderFilter(stores=frozenset({"M0001"})).fields == {"store"}
    assert OrderFilter().fields == frozenset()
