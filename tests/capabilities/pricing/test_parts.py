from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.pricing.parts import share, split

WEIGHTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=12)


@given(WEIGHTS, st.integers(0, 10**8))
def test_parts_add_up_and_none_exceeds_its_weight(weights, amount):
    parts = split(amount, weights)
    assert sum(parts) == min(amount, sum(weights))
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(WEIGHTS, st.integers(1, 10**8))
def test_parts_are_in_proportion_to_a_minor_unit(weights, amount):
    whole = sum(weights)
    if amount <= whole:
        parts = split(amount, weights)
        exact = [amount * weight / whole for weight in weights]
        assert all(abs(part - ideal) < 1.0001 for part, ideal in zip(parts, exact, strict=True))


def test_the_earlier_line_gets_the_odd_cent():
    assert split(100, [1000, 1000, 1000]) == [34, 33, 33]


@pytest.mark.parametrize(
    ("amount", "percent", "off"), [(5, "50", 3), (1, "50", 1), (999, "12.5", 125), (0, "90", 0)]
)
def test_shares_round_half_up(amount, percent, off):
    assert share(amount, Decimal(percent)) == off
