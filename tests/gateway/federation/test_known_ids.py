"""A person who comes back costs the store nothing, and a merge is still seen at once."""

from itertools import count
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from capabilities.caller import Role, Visibility
from capabilities.member.records import Membership
from capabilities.sources import SourceRef
from gateway.federation.asking import Request
from gateway.federation.known_ids import KnownIds
from gateway.federation.persons import Persons
from store.engine import Store
from store.members import MemberIdentities
from store.migrate import upgrade
from store.sealing import Sealer
from store.versions import Versions

BRAND = "baiwei"
SEES = Visibility(role=Role.OPERATIONS, brand=BRAND)
HER = Membership(
    channel="shop",
    number="7",
    source=SourceRef(connector="woo", system="woocommerce", external_id="7"),
)
_NUMBERS = count()


@pytest.fixture
async def store(postgres):
    dsn = postgres.create_database(f"known_ids_{next(_NUMBERS)}")
    upgrade(dsn)
    opened = Store.open(dsn)
    yield opened
    await opened.aclose()


class Counting(MemberIdentities):
    asked = 0

    async def one_ids(self, brand, hashes):
        self.asked += 1
        return await super().one_ids(brand, hashes)


class Desk:
    """Asks for her again and again, each time with another request."""

    def __init__(self, store):
        self.store = store
        self.known = Counting(store, Sealer(b"s" * 32))
        self.versions = Versions(store, BRAND, poll_seconds=60)
        self.ids = KnownIds(self.versions.members)

    async def one_id(self):
        request = Request(SimpleNamespace(brand=BRAND), SEES)
        person = await Persons(request, self.known, self.ids, b"k" * 32).of(HER)
        request.abandon()
        return person.one_id

    async def merge(self, old, new):
        alias = "INSERT INTO member_aliases (brand, old_id, one_id) VALUES (:brand, :old, :new)"
        await self.store.rows(text(alias), {"brand": BRAND, "old": old, "new": new})
        raised = (
            "INSERT INTO state_versions (brand, part, version, changed_at) "
            "VALUES (:brand, 'members', 1, now())"
        )
        await self.store.rows(text(raised), {"brand": BRAND})


async def test_the_store_is_asked_until_it_knows_her(store):
    desk = Desk(store)
    await desk.versions.refresh()
    first = await desk.one_id()
    assert [await desk.one_id() for _ in range(3)] == [first] * 3
    assert desk.known.asked == 2  # once to write her down, once to hear that she is known


async def test_a_merge_is_seen_with_the_next_reading_of_the_versions(store):
    desk = Desk(store)
    await desk.versions.refresh()
    old = await desk.one_id()
    assert await desk.one_id() == old
    await desk.merge(old, "survivor")
    await desk.versions.refresh()
    assert await desk.one_id() == "survivor"
    assert await desk.one_id() == "survivor"
    assert desk.known.asked == 3


async def test_without_a_fresh_version_the_store_is_asked_every_time(store):
    desk = Desk(store)
    for asked in (1, 2, 3):
        await desk.one_id()
        assert desk.known.asked == asked
    await desk.versions.refresh()
    await desk.one_id()
    await desk.one_id()
    assert desk.known.asked == 4
    desk.versions._read_at -= 120
    await desk.one_id()
    assert desk.known.asked == 5


def test_what_the_store_said_before_a_change_is_not_kept_after_it():
    versions = iter([2, 2])
    ids = KnownIds(lambda: next(versions))
    ids.keep(b"a", "new", 2)
    ids.keep(b"b", "old", 1)
    assert (ids.find(b"a"), ids.find(b"b")) == ("new", None)


def test_the_memory_is_bounded():
    ids = KnownIds(lambda: 1, most=3)
    for number in range(5):
        ids.keep(bytes([number]), str(number), 1)
    assert [ids.find(bytes([number])) for number in range(5)] == [None, None, "2", "3", "4"]
