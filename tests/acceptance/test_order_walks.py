"""Paging through all orders of the demo: while orders arrive, while a source flaps, every way."""

from itertools import chain, cycle, pairwise

import pytest

from tests.acceptance import truth
from tests.acceptance.retailer import SYSTEMS
from tests.acceptance.walking import OLDEST_FIRST, ORDERS, keys, page_of, walk

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

# Healthy for one page, broken for one; the last pages find everything well, so that a walk ends.
FLAPS = cycle([("sap", "error500"), ("shop", "refuse"), ("pos", "error"), ("shop", "truncated")])
BROKEN_TURNS = range(1, 30, 3)
HEALED_TURNS = range(2, 30, 3)


@pytest.fixture
def at_start(retailer):
    """Every order there is now: those of the sample, and what other tests let arrive after it."""
    end = {"placedFrom": truth.days_before_the_end(0).isoformat()}
    arrived = [row.key for page in walk(retailer, 100, filter=end) for row in page.rows]
    return [*arrived, *truth.keys()]


def test_every_order_comes_exactly_once_while_orders_arrive_and_a_source_flaps(retailer, at_start):
    broken_pages = []

    def disturb(turn):
        if turn % 5 == 1:
            retailer.arrive("shop", 2)
        if turn == BROKEN_TURNS[0]:
            retailer.arrive("pos", 2)
        if turn in BROKEN_TURNS:
            retailer.fault(*next(FLAPS))
        if turn in HEALED_TURNS:
            retailer.heal()

    rows = []
    for page in walk(retailer, 100, between=disturb):
        ranks = [_rank(row) for row in page.rows]
        assert ranks == sorted(ranks)
        if set(page.sources.values()) != {"OK"}:
            broken_pages.append(page)
        rows += page.rows
    seen = keys(rows)
    assert len(seen) == len(set(seen))
    assert set(at_start) <= set(seen)
    assert len(broken_pages) > 8
    late = [row for row in rows if row.late]
    assert len(late) > 100
    assert {row.key for row in late} == _behind(rows)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_page_that_requires_all_fails_retryably_and_goes_on_with_the_same_cursor(
    retailer, system
):
    mode = {"sap": "error500", "shop": "html200", "pos": "cut"}[system]
    wanted = truth.days_before_the_end(60)
    variables = {
        "first": 75,
        "policy": "REQUIRE_ALL",
        "filter": {"placedFrom": wanted.isoformat(), "placedBefore": "2026-11-01T00:00:00+08:00"},
    }
    rows, place, refused, turn = [], None, 0, 0
    while True:
        if turn % 2 == 1:
            with retailer.broken(system, mode):
                answer = retailer.ask(ORDERS, after=place, **variables)
            assert answer.body["data"] is None
            assert answer.codes == ["SOURCE_MISSING"]
            assert answer.body["errors"][0]["extensions"]["retryable"] is True
            refused += 1
        page = page_of(retailer.ask(ORDERS, after=place, **variables))
        rows += page.rows
        turn += 1
        if page.onward is None:
            break
        place = page.onward
    assert refused >= 2
    assert not any(row.late for row in rows)
    assert keys(rows) == truth.keys(lambda one: one.placed_at >= wanted)


WALKS = {
    "newest first": {},
    "oldest first": {"orderBy": OLDEST_FIRST},
    "backward": {"backward": True},
    "oldest first, backward": {"backward": True, "orderBy": OLDEST_FIRST},
}


@pytest.mark.parametrize("way", WALKS.values(), ids=WALKS)
def test_every_way_through_a_list_gives_the_same_orders(retailer, way):
    month = {"placedFrom": "2026-08-01T00:00:00+08:00", "placedBefore": "2026-09-01T00:00:00+08:00"}
    pages = list(walk(retailer, 50, filter=month, **way))
    backward, oldest_first = "backward" in way, "orderBy" in way
    if backward:
        pages.reverse()
    shown = keys(list(chain.from_iterable(page.rows for page in pages)))
    wanted = truth.keys(lambda one: "2026-07-31T16" <= one.placed_at.isoformat() < "2026-08-31T16")
    assert len(wanted) > 150
    assert shown == (wanted[::-1] if oldest_first else wanted)


FILTERS = {
    "one store": ({"stores": ["M0001"]}, lambda one: one.store == "M0001"),
    "stores": ({"stores": ["M0001", "T0319"]}, lambda one: one.store in {"M0001", "T0319"}),
    "one channel of SAP": ({"channels": ["waimai"]}, lambda one: one.channel == "waimai"),
    "one channel of the shop": ({"channels": ["live"]}, lambda one: one.channel == "live"),
    "a channel of each": (
        {"channels": ["jd", "mini", "popup"]},
        lambda one: one.channel in {"jd", "mini", "popup"},
    ),
    "status at the tills": (
        {"channels": ["store", "terminal", "popup"], "statuses": ["DRAFT"]},
        lambda one: one.connector == "pos" and one.status == "DRAFT",
    ),
    "a time": (
        {"placedFrom": "2026-09-30T16:00:00Z", "placedBefore": "2026-10-05T16:00:00Z"},
        lambda one: "2026-09-30T16" <= one.placed_at.isoformat() < "2026-10-05T16",
    ),
    "a time and a channel": (
        {
            "placedFrom": "2026-06-30T16:00:00Z",
            "placedBefore": "2026-09-05T16:00:00Z",
            "channels": ["tmall", "app"],
        },
        lambda one: (
            "2026-06-30T16" <= one.placed_at.isoformat() < "2026-09-05T16"
            and one.channel in {"tmall", "app"}
        ),
    ),
}


@pytest.mark.parametrize(("asked", "wanted"), FILTERS.values(), ids=FILTERS)
def test_a_filtered_walk_shows_what_the_filter_says(retailer, asked, wanted):
    known = set(truth.keys())
    rows = [row for page in walk(retailer, 60, filter=asked) for row in page.rows]
    shown = [key for key in keys(rows) if key in known]
    assert shown == truth.keys(wanted)
    assert shown


def test_a_cursor_of_another_filter_is_refused(retailer):
    page = page_of(retailer.ask(ORDERS, first=5))
    answer = retailer.ask(ORDERS, first=5, after=page.onward, filter={"channels": ["jd"]})
    assert answer.codes == ["CURSOR_FILTER_MISMATCH"]


def test_a_page_is_asked_of_each_source_with_as_many_rows_as_it_has(retailer):
    retailer.ask(ORDERS, first=20)
    retailer.reset()
    retailer.ask(ORDERS, first=20)
    assert retailer.upstream("sap") == {"A_SalesOrder": 1}
    assert retailer.upstream("shop") == {"orders": 1}
    assert retailer.upstream("pos") == {"ask": 1}


def _rank(row):
    return ([-ord(letter) for letter in row.placed_at], row.channel, len(row.number), row.number)


def _behind(rows):
    """The rows that came after one that sorts behind them."""
    furthest = _rank(rows[0])
    found = set()
    for _, row in pairwise(rows):
        if _rank(row) < furthest:
            found.add(row.key)
        furthest = max(furthest, _rank(row))
    return found
