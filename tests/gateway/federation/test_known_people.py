"""A person who comes back costs the store nothing, and a merge is still seen at once."""

from itertools import count
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from capabilities.caller import MembershipKey, Role, Visibility
from capabilities.derived import derived
from capabilities.member.records import Membership
from capabilities.sources import SourceRef
from gateway.federation.asking import Request
from gateway.federation.known_people import KnownPeople
from gateway.federation.persons import Persons
from gateway.federation.stored_people import StoredPeople
from store.engine import Store
from store.keyring import keyring_of
from store.member.members import Members, StoredPerson
from store.member.merge_records import Author
from store.member.merging import Merging
from store.member.pending import PendingRegistrations
from store.member.taking import open_intake
from store.versions import Versions
from tests.migrated import migrated

BRAND = "baiwei"
SECRET = b"k" * 32
SEES = Visibility(role=Role.OPERATIONS, brand=BRAND)


def member(number):
    return Membership(
        channel="shop",
        number=number,
        source=SourceRef(connector="woo", system="woocommerce", external_id=number),
    )


HER, OTHER = member("7"), member("8")
_NUMBERS = count()


@pytest.fixture
async def store(postgres):
    dsn = migrated(postgres, f"known_people_{next(_NUMBERS)}")
    opened = Store.open(dsn)
    yield opened
    await opened.aclose()


class Counting(Members):
    asked = 0

    async def by_membership(self, keys):
        self.asked += 1
        return await super().by_membership(keys)


class Desk:
    """Asks for her again and again, each time with another request."""

    def __init__(self, store):
        self.store = store
        self.members = Counting(store, BRAND)
        self.intake = open_intake(BRAND, keyring_of(SECRET))
        self.versions = Versions(store, BRAND, poll_seconds=60)
        self.people = KnownPeople(self.versions.members)

    async def take(self, memberships, at):
        await self.store.transaction(lambda run: self.intake.take(run, memberships, at=at))

    async def one_id(self, membership=HER):
        estate = SimpleNamespace(brand=BRAND, route=lambda *_: None, channel=lambda _: None)
        request = Request(estate, SEES)
        key = derived(SECRET, "hashes")
        registrations = PendingRegistrations(self.store, BRAND, None)
        stored = StoredPeople(
            request, self.members, self.people, self.take, key, None, registrations
        )
        person = await Persons(request, stored, key).of(membership)
        request.abandon()
        return person.one_id

    async def merge(self, *one_ids):
        merging = Merging(self.intake.people, self.intake.rules)
        when = (await self.store.rows(text("SELECT now()")))[0][0]
        author = Author("desk", "same person", when)
        return await self.store.transaction(lambda run: merging.merge(run, one_ids, author))


async def test_the_store_is_asked_until_it_knows_her(store):
    desk = Desk(store)
    await desk.versions.refresh()
    first = await desk.one_id()
    assert [await desk.one_id() for _ in range(3)] == [first] * 3
    assert desk.members.asked == 2  # once to hear that nobody knows her, once to hear who she is


async def test_a_merge_is_seen_with_the_next_reading_of_the_versions(store):
    desk = Desk(store)
    await desk.versions.refresh()
    ids = {await desk.one_id(HER), await desk.one_id(OTHER)}
    assert len(ids) == 2
    done = await desk.merge(*ids)
    await desk.versions.refresh()
    asked = desk.members.asked
    for _ in range(2):
        assert await desk.one_id(HER) == await desk.one_id(OTHER) == done.one_id
    assert desk.members.asked == asked + 2


async def test_without_a_fresh_version_the_store_is_asked_every_time(store):
    desk = Desk(store)
    await desk.one_id()
    for asked in (3, 4):
        await desk.one_id()
        assert desk.members.asked == asked
    await desk.versions.refresh()
    await desk.one_id()
    await desk.one_id()
    assert desk.members.asked == 5
    desk.versions._read_at -= 120
    await desk.one_id()
    assert desk.members.asked == 6


KEYS = [MembershipKey("shop", str(number)) for number in range(5)]


def test_what_the_store_said_before_a_change_is_not_kept_after_it():
    versions = iter([2, 2])
    people = KnownPeople(lambda: next(versions))
    people.keep(KEYS[0], StoredPerson(one_id="new"), 2)
    people.keep(KEYS[1], StoredPerson(one_id="old"), 1)
    assert people.find(KEYS[0]).one_id == "new"
    assert people.find(KEYS[1]) is None


def test_the_memory_is_bounded():
    people = KnownPeople(lambda: 1, most=3)
    for key in KEYS:
        people.keep(key, StoredPerson(one_id=key.number), 1)
    assert [people.find(key) and people.find(key).one_id for key in KEYS] == [
        None,
        None,
        "2",
        "3",
        "4",
    ]
