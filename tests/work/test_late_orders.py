"""Orders that come late, as a store's file or a rescue upload does, re-open all that rests on them.

Two brands have the same orders: in one each comes on its day, in the other those of a till come
last, one of them wrong at first. Whoever follows orders must end where she would have ended.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.order.records import OrderStatus
from capabilities.points.records import QUALIFYING, SPENDABLE, AccountKey
from store.engine import Store
from store.events import Events
from store.order.facts import OrderFacts
from store.owned import Owned
from store.points.ledger import PointsLedger
from store.points.programmes import ProgrammeChange, Programmes
from store.profile.purchases import Purchases
from store.sealing import Sealer
from tests.capabilities.points.policies import HOLDER, fact, policy
from tests.migrated import migrated
from work.parts import consumers_of

NOW = datetime(2026, 2, 1, tzinfo=UTC)
# She is GOLD by the till's order of day 3, so what she bought on day 10 earned half as much again.
SHOP = (fact("s-1", 0, 600), fact("s-2", 10, 200))
TILL = (fact("t-1", 3, 500, store_code="M0001"), fact("t-2", 5, 40, back=15, store_code="M0001"))
CANCELLED = replace(fact("t-3", 6, 900, store_code="M0001"), status=OrderStatus.CANCELLED)


class Brand:
    def __init__(self, store, name):
        self.store, self.name = store, name
        self.owned = Owned(
            store=store,
            brand=name,
            sealer=Sealer(b"k" * 32),
            key=b"k" * 32,
            zone=ZoneInfo("Asia/Shanghai"),
            now=lambda: NOW,
        )

    async def open(self):
        change = ProgrammeChange(text="v1", policy=policy(), author="ada", reason="a test")
        await Programmes(self.store, self.name, self.owned.now).put(change)
        member = """
          INSERT INTO members (brand, one_id, status, created_at, version)
          VALUES (:brand, 'ann', 'ACTIVE', now(), 1)
        """
        link = """
          INSERT INTO membership_links (brand, number, channel, one_id)
          VALUES (:brand, :number, :channel, 'ann')
        """
        await self.store.rows(text(member), {"brand": self.name})
        named = {"number": HOLDER.number, "channel": HOLDER.channel}
        await self.store.rows(text(link), {"brand": self.name, **named})

    async def take(self, *facts):
        """Orders that arrive together, and everybody who follows them."""
        await OrderFacts(self.store, self.name).record(facts)
        events = Events(self.store, self.name)
        for consumer in consumers_of(self.owned, lambda _: None):
            while await events.consume(consumer.name, consumer.topics, consumer.handle):
                pass

    async def stands(self):
        """Points, stage and figures of the person."""
        points = PointsLedger(self.store, self.name, self.owned.now)
        keys = [AccountKey.of(HOLDER, currency) for currency in (SPENDABLE, QUALIFYING)]
        assert [await points.check(key) for key in keys] == [[], []]
        accounts = [
            (one.balance, one.owed, one.available(NOW), one.pending(NOW))
            for one in await points.accounts(keys)
        ]
        (stage,) = await self.store.rows(
            text(
                "SELECT stage, since, inputs FROM lifecycle_standings"
                " WHERE brand = :brand AND one_id = 'ann'"
            ),
            {"brand": self.name},
        )
        (figures,) = await Purchases(self.store, self.name).statistics(["ann"])
        return accounts, tuple(stage), figures.channels


@pytest.fixture
async def brands(postgres, tmp_path):
    database = migrated(postgres, f"late_{tmp_path.name}")
    store = Store.open(database, deadline_seconds=30)
    both = [Brand(store, name) for name in ("intime", "late")]
    for one in both:
        await one.open()
    yield both
    await store.aclose()


async def test_what_comes_late_leaves_everything_as_if_it_had_come_on_its_day(brands):
    in_time, late = brands
    for one in sorted((*SHOP, *TILL, CANCELLED), key=lambda one: one.placed_at):
        await in_time.take(one)
    for one in SHOP:
        await late.take(one)
    before = await late.stands()
    await late.take(
        replace(TILL[0], paid=90_00), TILL[1], replace(CANCELLED, status=OrderStatus.COMPLETED)
    )
    await late.take(TILL[0], CANCELLED)  # the store sends its day again, and right
    assert await late.stands() == await in_time.stands() != before
