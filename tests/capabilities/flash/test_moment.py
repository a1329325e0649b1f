"""What everybody may know of a sale is coarse, and never says nothing where something is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.flash.moment import coarse_percent, coarse_rate


@pytest.mark.parametrize(
    ("remaining", "allocated", "percent"),
    [(0, 100, 0), (1, 10_000, 10), (10, 100, 10), (11, 100, 20), (100, 100, 100), (5, 0, 0)],
)
def test_what_is_left_is_told_in_tens(remaining, allocated, percent):
    assert coarse_percent(remaining, allocated) == percent


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_nothing_is_told_only_of_nothing(remaining, allocated):
    told = coarse_percent(remaining, allocated)
    assert (told == 0) == (remaining == 0)
    assert told in range(0, 101, 10)


@pytest.mark.parametrize(
    ("rate", "told"), [(0, 0), (0.4, 0), (3.2, 3), (14, 10), (5136.4, 5000), (9999, 10_000)]
)
def test_a_rate_is_told_to_one_digit(rate, told):
    assert coarse_rate(rate) == told
