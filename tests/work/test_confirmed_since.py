"""A pass that read a row before a write was confirmed does not put back what stood before it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.states import AdoptionState
from capabilities.caller import MembershipKey
from capabilities.estate import Capability
from capabilities.feed import FeedPage, FeedRow
from store.adoption.standings import Standings
from store.engine import Store
from store.member.kept_memberships import KeptMemberships
from store.member.taking import Intake
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.adoption.conftest import to
from tests.store.member.taking import KEY, membership
from tests.work.test_passes import Sync, System

MEMBER = Capability.MEMBER
_CONFIRMED = """
  INSERT INTO member_commands (brand, id, connector, channel, kind, number, one_id, fields, state,
    unsure, attempts, author, created_at, changed_at, next_at)
  VALUES (:brand, :id, 'woo', 'shop', 'UPDATE', '1', 'p1', '{family_name}', 'DONE', false, 1, 'ada',
    :at, :at, :at)
"""


def named(name, phone="13912345678"):
    one = membership("shop", "1", phone=phone)
    return replace(one, contact=replace(one.contact, name=name))


class Interrupted(System):
    """Its pass is read, and something happens before it is taken."""

    async def membership_changes(self, _position, _since=None):
        (one,) = self.records
        digest = sha256(f"{one.contact.name} {one.contact.phone}".encode()).digest()
        await self.meanwhile()
        rows = (FeedRow(one.number, digest, lambda: one),)
        yield FeedPage(rows=rows, position="1", done=True)

    async def meanwhile(self):
        """Nothing, this time."""


class Place(Sync):
    """A shop whose members are compared, and which leads their writes."""

    def __init__(self, store):
        super().__init__(store)
        sealer = Sealer(b"s" * 32)
        self.keys = DataKeys(self.brand, sealer)
        self.intake = Intake(self.brand, KEY, self.keys, self.stones)
        self.kept = KeptMemberships(store, self.brand, self.keys)
        zone = ZoneInfo("UTC")
        self.owned = Owned(store=store, brand=self.brand, sealer=sealer, key=KEY, zone=zone)
        self.shop = Interrupted("woo", "shop", [named("赵小满")])

    async def stand(self, state):
        await Standings(self.owned).move("shop", MEMBER, to(state))

    async def once(self, name, phone="13912345678"):
        """A pass that reads this, and what is kept behind it."""
        self.shop.records = [named(name, phone)]
        await self.run(self.shop, MEMBER)
        (one,) = await self.kept.of([MembershipKey("shop", "1")])
        return one.contact.name, one.contact.phone

    async def confirm(self, name, at):
        """A write that its system has: the platform follows in one transaction."""
        row = {"brand": self.brand, "id": f"{self.brand}-{name}", "at": at}

        async def work(run):
            await self.intake.change(run, named(name), at=at)
            await run(text(_CONFIRMED), row)

        await self.store.transaction(work)


@pytest.fixture
async def place(postgres):
    store = Store.open(migrated(postgres, "confirmed"), deadline_seconds=30)
    yield Place(store)
    await store.aclose()


async def test_what_was_confirmed_behind_the_reading_stands_and_the_rest_is_taken(place):
    await place.stand(AdoptionState.SHADOW_READ)
    await place.once("赵小满")

    async def confirmed():
        await place.confirm("钱小满", datetime.now(UTC))

    place.shop.meanwhile = confirmed
    assert await place.once("赵小满", "13900000000") == ("钱小满", "+8613900000000")
    del place.shop.meanwhile
    assert await place.once("赵小满", "13900000000") == ("钱小满", "+8613900000000"), "too close"


async def test_a_row_that_was_read_behind_it_is_taken_whole(place):
    await place.stand(AdoptionState.SHADOW_READ)
    await place.once("赵小满")
    await place.confirm("钱小满", datetime.now(UTC) - timedelta(minutes=1))
    assert (await place.once("孙小满"))[0] == "孙小满", "somebody changed it in the shop"


async def test_where_nobody_follows_writes_the_row_is_taken_as_it_is(place):
    await place.once("赵小满")
    await place.confirm("钱小满", datetime.now(UTC))
    assert (await place.once("赵小满", "13900000000"))[0] == "赵小满"
