from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.money import Money, money
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


_PARTS = st.one_of(
    st.none(), st.builds(Money, st.integers(-9, 9), st.sampled_from(["CNY"] * 9 + ["JPY"]))
)
_SUMS = st.builds(
    OrderMoney,
    total=_PARTS,
    shipping=_PARTS,
    fees=_PARTS,
    tax=_PARTS,
    discount=_PARTS,
    tax_included=st.sampled_from([True, False, None]),
)


def _difference(sums, lines):
    """By how much the parts differ, added as money is: None where nothing can be said."""
    if sums.total is None or not lines or None in lines:
        return None
    less = -sums.discount if sums.discount is not None else None
    tax = sums.tax if sums.tax_included is False else None
    parts = [*lines, sums.shipping, sums.fees, less, tax]
    whole = sum((part for part in parts if part is not None), Money(0, "CNY"))
    return Money(whole.minor - sums.total.minor, "CNY")


@given(_SUMS, st.lists(_PARTS, max_size=4))
def test_parts_are_added_as_money_is(sums, lines):
    one = Order(
        channel="store",
        number="1",
        currency="CNY",
        money=sums,
        lines=tuple(OrderLine(ref="1", total=part) for part in lines),
        source=SourceRef(connector="pos", system="ospos", external_id="1"),
    )
    try:
        off = _difference(sums, lines)
    except ValueError:
        with pytest.raises(ValueError, match="cannot add JPY to CNY"):
            settle(one)
        return
    said = [warning.message for warning in settle(one).integrity_warnings]
    expected = [] if off is None or off.minor == 0 else [off]
    assert said == [f"the parts differ from the total by {x.amount} CNY" for x in expected]


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
