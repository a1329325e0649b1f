"""A walk over a source with coarse moments, shuffled ties and rows that are not wanted."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import Garbled
from capabilities.estate import Limits
from capabilities.page import PageAsk, SortKey
from capabilities.time import from_micros, micros
from connectors.ports.walk import Rules, Walk
from connectors.ports.wanted import Batch, Wanted

START = datetime(2026, 1, 1, tzinfo=UTC)


class Row(Struct, frozen=True):
    second: int
    channel: str
    number: str

    @property
    def sort_key(self) -> SortKey:
        moment = START + timedelta(seconds=self.second)
        return SortKey(micros(moment), self.channel, self.number)


SECTION = SimpleNamespace(
    record=lambda row, _: row,
    place_of=lambda row, _: micros(START + timedelta(seconds=row.second)),
    id_of=lambda row: row.number,
)
RNG = random.Random(0)  # noqa: S311 - shuffles rows
AT = SimpleNamespace(connector="acme")
ROWS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab")), min_size=0, max_size=40).map(
    lambda pairs: [Row(s, c, str(n)) for n, (s, c) in enumerate(pairs)]
)


def source(rows, wanted, rng, *, cap=6):
    """Sorted by the second only, inclusive of the place's second, at most `cap` rows an answer."""
    after = wanted.after
    place = None if after is None else (from_micros(after.value) - START) / timedelta(seconds=1)
    newest = wanted.newest_first
    found = [
        row
        for row in rows
        if (place is None or (row.second <= place if newest else row.second >= place))
        and row.number not in wanted.known
    ]
    shuffled = rng.sample(found, len(found))
    ordered = sorted(shuffled, key=lambda row: row.second, reverse=newest)
    size = min(cap, wanted.limit)
    return Batch(rows=tuple(ordered[:size]), exhausted=len(ordered) <= size)


def page(rows, ask, *, accepts=lambda _: True, limits=None, rng=None, cap=6):
    rules = Rules(
        ask=ask,
        accepts=accepts,
        bucket=lambda _: "",
        keyset=False,
        scans=False,
        page_max=cap,
        limits=limits or Limits(scan_max_rows=10**6, scan_max_calls=10**6),
    )
    walk = Walk(rules, SECTION, AT, [""])
    base = Wanted(channels={"*": "a"}, newest_first=ask.newest_first, limit=ask.first)
    while walk.open:
        walk.take(source(rows, walk.next(base), rng or RNG, cap=cap))
    return walk.page("")


def whole(rows, ask, **how):
    """All pages, resumed from the last row or from where a scan stopped."""
    found, after = [], None
    for _ in range(500):
        one = page(rows, replace(ask, after=after), **how)
        found += one.rows
        if not one.has_more:
            return found
        cut = one.truncated_at if len(one.rows) < ask.first else None
        assert cut is not None or one.rows
        after = cut or one.rows[-1].sort_key
    raise AssertionError("no end")


@settings(max_examples=150, deadline=None)
@given(ROWS, st.integers(1, 9), st.booleans(), st.integers(0, 99))
def test_pages_are_the_list_whatever_the_ties(rows, first, newest, seed):
    ask = PageAsk(first=first, channels=("a", "b"), newest_first=newest)
    expected = sorted(rows, key=lambda row: row.sort_key.rank, reverse=not newest)
    rng = random.Random(seed)  # noqa: S311 - shuffles rows
    assert whole(rows, ask, rng=rng) == expected


@settings(max_examples=150, deadline=None)
@given(ROWS, st.integers(1, 5), st.booleans(), st.integers(1, 3))
def test_a_scan_that_meets_its_bound_is_resumed_without_loss(rows, first, newest, calls):
    ask = PageAsk(first=first, channels=("a", "b"), newest_first=newest)
    limits = Limits(scan_max_rows=4, scan_max_calls=calls)
    expected = [
        row
        for row in sorted(rows, key=lambda row: row.sort_key.rank, reverse=not newest)
        if row.channel == "a"
    ]
    assert whole(rows, ask, accepts=lambda row: row.channel == "a", limits=limits) == expected


def test_a_scan_that_meets_its_bound_says_so():
    rows = [Row(second, "b", str(second)) for second in range(30)]
    ask = PageAsk(first=3, channels=("a",))
    limits = Limits(scan_max_rows=5, scan_max_calls=100)
    one = page(rows, ask, accepts=lambda row: row.channel == "a", limits=limits)
    assert one.rows == ()
    assert one.has_more
    assert one.truncated_at == rows[22].sort_key


def test_a_source_that_ignores_the_order_is_garbled():
    rules = Rules(
        ask=PageAsk(first=3, channels=("a",)),
        accepts=lambda _: True,
        bucket=lambda _: "",
        keyset=False,
        scans=False,
        page_max=10,
        limits=Limits(),
    )
    walk = Walk(rules, SECTION, AT, [""])
    with pytest.raises(Garbled, match="ignores the order"):
        walk.take(Batch(rows=(Row(1, "a", "1"), Row(2, "a", "2")), exhausted=True))


@pytest.mark.parametrize("numbers", ["21", "11"])
def test_a_keyset_source_that_ignores_the_order_within_a_moment_is_garbled(numbers):
    rules = Rules(
        ask=PageAsk(first=3, channels=("a",)),
        accepts=lambda _: True,
        bucket=lambda _: "",
        keyset=True,
        scans=False,
        page_max=10,
        limits=Limits(),
    )
    walk = Walk(rules, SECTION, AT, [""])
    batch = Batch(rows=tuple(Row(1, "a", number) for number in numbers), exhausted=True)
    if numbers == "21":
        with pytest.raises(Garbled, match="ignores the order"):
            walk.take(batch)
    else:
        walk.take(batch)
        assert len(walk.page("").rows) == 1


@pytest.mark.parametrize("newest", [True, False])
def test_a_source_that_ignores_the_place_is_garbled_and_not_asked_for_ever(newest):
    rows = sorted((Row(n, "a", str(n)) for n in range(5)), key=lambda r: r.second, reverse=newest)
    rules = Rules(
        ask=PageAsk(first=3, channels=("a",), after=rows[-1].sort_key, newest_first=newest),
        accepts=lambda _: True,
        bucket=lambda _: "",
        keyset=False,
        scans=False,
        page_max=10,
        limits=Limits(),
    )
    walk = Walk(rules, SECTION, AT, [""])

    def asked_for_ever():
        for _ in range(10):
            walk.take(Batch(rows=tuple(rows), exhausted=False))

    with pytest.raises(Garbled, match="does not move on"):
        asked_for_ever()
