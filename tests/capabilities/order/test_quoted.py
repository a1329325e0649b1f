"""What a system sees of an order by a quote, and how much of an order came back."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.order.changing import rounded
from capabilities.order.facts import OrderFact
from capabilities.order.held import Reduction
from capabilities.order.quoted import folded, part_back
from capabilities.order.records import OrderStatus
from tests.store.order.holding import line, order


def off(amount, code):
    return Reduction(amount=amount, code=code, name=code)


@given(
    price=st.integers(1, 5000),
    pieces=st.integers(1, 9),
    middle=st.integers(0, 900),
    told=st.integers(0, 900),
)
def test_a_folded_line_costs_the_same_and_still_adds_up(price, pieces, middle, told):
    whole = price * pieces
    middle = min(middle, whole)
    told = min(told, whole - middle)
    some = tuple(one for one in (off(middle, "middle"), off(told, "told")) if one.amount)
    held = order(line(price=price, quantity=pieces, discounts=some, total=whole - middle - told))
    (seen,) = folded(held, frozenset({"middle"})).lines
    assert seen.total == held.lines[0].total
    left = sum(one.amount for one in seen.discounts)
    assert rounded(seen.unit_price * seen.quantity) - left == seen.total
    even = (whole - middle) % pieces == 0
    assert ("middle" in {one.code for one in seen.discounts}) == (bool(middle) and not even)


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"paid": 100}, 0),
        ({"paid": 100, "refunded": 25}, Fraction(1, 4)),
        ({"paid": 100, "refunded": 100}, 1),
        ({}, 0),
        ({"status": OrderStatus.CANCELLED}, 1),
        ({"paid": 100, "gone": True}, 1),
    ],
)
def test_how_much_came_back(facts, part):
    fact = OrderFact(channel="mini", number="1", connector="platform", **facts)
    assert part_back(fact) == part


def test_a_line_by_weight_keeps_its_discount_where_no_price_is_even():
    weighed = line(price=1000, quantity="0.3", discounts=(off(7, "m"),), total=293)
    (seen,) = folded(order(weighed), frozenset({"m"})).lines
    assert (seen.unit_price, seen.quantity) == (1000, Decimal("0.3"))
