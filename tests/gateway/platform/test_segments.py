"""Segments as a caller meets them, over a real store."""

import secrets
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg
import pytest

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput, Unavailable
from capabilities.member.records import Member
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs, CountPrecision, TotalCount
from capabilities.segment.conditions import Not, Tagged
from capabilities.segment.records import SegmentDraft, SegmentUnknown
from gateway.federation.asking import Request
from gateway.federation.reader import GraphReader
from gateway.platform import segments
from gateway.platform.owned import CallersPlatform
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
EVERYBODY = Not(of=Tagged(tags=("nobody",)))


@pytest.fixture(scope="module")
def database(postgres):
    made = migrated(postgres, f"segments_{secrets.token_hex(4)}")
    with psycopg.connect(made) as connection:
        for at in range(5):
            connection.execute(
                "INSERT INTO members (brand, one_id, status, created_at, version)"
                " VALUES (%s, %s, 'ACTIVE', now(), 1)",
                (BRAND, f"p{at}"),
            )
        connection.execute(
            "INSERT INTO membership_links (brand, number, channel, one_id)"
            " VALUES (%s, '1', 's', 'p1')",
            (BRAND,),
        )
        connection.execute(
            "INSERT INTO membership_records (brand, number, channel, connector, content, status,"
            " home_store, first_seen, seen_at)"
            " VALUES (%s, '1', 's', 'w', '', 'A', 'M1', now(), now())",
            (BRAND,),
        )
    return made


@pytest.fixture
async def owned(database):
    store = Store.open(database, deadline_seconds=5)
    yield Owned(
        store=store,
        brand=BRAND,
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("UTC"),
        now=lambda: NOON,
    )
    await store.aclose()


def part(owned, role=Role.OPERATIONS, stores=None):
    visibility = Visibility(role=role, brand=BRAND, stores=stores)
    caller = Caller(subject="ops-1", visibility=visibility)
    return CallersPlatform(owned, caller, Request(None, visibility)).segments


async def test_pages_walk_the_whole_segment_both_ways(owned):
    asked, forward, after = part(owned), [], None
    while True:
        page = await asked.people(EVERYBODY, ConnectionArgs(first=2, after=after))
        forward += page.one_ids
        assert page.has_previous_page == (after is not None)
        assert page.total == TotalCount(5, CountPrecision.EXACT)
        if not page.has_next_page:
            break
        after = page.places[-1]
    assert forward == [f"p{at}" for at in range(5)]
    back = await asked.people(EVERYBODY, ConnectionArgs(first=None, last=2, before=page.places[0]))
    assert (back.one_ids, back.has_previous_page) == (("p2", "p3"), True)


async def test_a_count_says_how_far_it_went(owned, monkeypatch):
    monkeypatch.setattr(segments, "COUNTED", 3)
    page = await part(owned).people(EVERYBODY, ConnectionArgs(first=2))
    assert page.total == TotalCount(3, CountPrecision.LOWER_BOUND)
    whole = await part(owned).people(EVERYBODY, ConnectionArgs(first=5))
    assert whole.total == TotalCount(5, CountPrecision.EXACT)


@pytest.mark.parametrize(
    ("cursor", "code"),
    [("x", "BAD_CURSOR"), ("czE6eDp5", "CURSOR_FILTER_MISMATCH"), ("%%%", "BAD_CURSOR")],
)
async def test_a_cursor_is_good_for_its_own_conditions(owned, cursor, code):
    with pytest.raises(BadInput) as refused:
        await part(owned).people(EVERYBODY, ConnectionArgs(first=2, after=cursor))
    assert refused.value.code == code


async def test_a_guide_finds_members_of_her_stores_alone(owned):
    page = await part(owned, Role.GUIDE, frozenset({"M1"})).people(EVERYBODY, ConnectionArgs())
    assert page.one_ids == ("p1",)
    preview = await part(owned, Role.GUIDE, frozenset({"M2"})).preview(EVERYBODY)
    assert preview.count == TotalCount(0, CountPrecision.EXACT)


async def test_a_segment_has_versions_and_is_written_once_per_wish(owned):
    asked = part(owned)
    draft = SegmentDraft(name="vips", where=Tagged(tags=("vip",)))
    first = await asked.save(draft, "new", "k1")
    assert (first.version, first.author, first.where) == (1, "ops-1", draft.where)
    assert await asked.save(draft, "new", "k1") == first
    assert isinstance(await asked.save(draft, "other", "k1"), IdempotencyKeyReused)
    second = await asked.save(draft, "again", "k2")
    assert (second.version, await asked.named("vips")) == (2, second)
    removed = await asked.remove("vips", "over", "k3")
    assert removed.version == 3
    assert await asked.named("vips") is None
    assert await asked.all() == ()
    assert isinstance(await asked.remove("vips", "over", "k4"), SegmentUnknown)
    assert (await asked.save(draft, "back", "k5")).version == 4


@pytest.mark.parametrize("stores", [None, frozenset({"M1"})])
async def test_a_source_that_fails_costs_nobody_her_place(stores):
    class Some(GraphReader):
        def __init__(self):
            self._estate = type("Estate", (), {"brand": BRAND})()
            self._visibility = Visibility(role=Role.GUIDE, brand=BRAND, stores=stores)

        async def member_named(self, one_id, _freshness):
            if one_id == "away":
                raise Unavailable("not reached", source="pos")
            return Member(brand=BRAND, one_id=one_id, memberships=()) if one_id == "ann" else None

    ann, away, gone = await Some().people(["ann", "away", "gone"])
    assert (ann.one_id, ann.sources) == ("ann", ())
    assert (away.memberships, away.sources[0].name) == ((), "pos")
    assert (gone is None) == (stores is not None)
