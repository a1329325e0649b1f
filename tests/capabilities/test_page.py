from hypothesis import given
from hypothesis import strategies as st

from capabilities.page import SortKey, before

_KEYS = st.builds(
    SortKey,
    st.integers(0, 3),
    st.sampled_from(["app", "shop"]),
    st.sampled_from(["9", "10", "99", "100"]),
)


@given(_KEYS, _KEYS)
def test_oldest_first_is_the_exact_reverse(left, right):
    assert before(left, right, newest_first=True) == before(right, left, newest_first=False)


@given(_KEYS, _KEYS)
def test_the_order_is_total(left, right):
    told = [before(left, right, newest_first=True), before(right, left, newest_first=True)]
    assert sorted(told) == ([False, False] if left == right else [False, True])


def test_number_ranges_sort_as_numbers():
    assert before(SortKey(1, "a", "9"), SortKey(1, "a", "10"), newest_first=True)


def test_newest_first_then_channel_then_key():
    keys = [SortKey(2, "b", "1"), SortKey(2, "a", "2"), SortKey(3, "z", "1"), SortKey(2, "a", "1")]
    ordered = sorted(keys, key=lambda key: key.rank)
    assert ordered == [SortKey(3, "z", "1"), SortKey(2, "a", "1"), SortKey(2, "a", "2"), keys[0]]
