"""The copy of promotions: kept by every pass over any system, and what stands behind a pass."""

from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.adoption.evidence import Fact
from capabilities.adoption.standing import Adopted, Standing
from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability, ConnectorSpec
from capabilities.feed import FeedPage, FeedRow
from capabilities.order.ports import OrderFeed
from capabilities.promotion.records import PromotionStatus
from store.adoption.evidence import EvidenceRows
from store.engine import Store
from store.owned import Owned
from store.promotion.copies import PromotionCopying
from store.sealing import Sealer
from store.syncing.copied_channels import CopiedChannels
from store.syncing.streams import Streams
from tests.gateway.federation.adopting import NOW, PROMOTION, promotion
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from work.copying import Copying
from work.fed import Fed
from work.promotion_taking import PromotionTaker
from work.streams import Taken
from work.syncing import Syncing

S = AdoptionState


class Shop(OrderFeed):
    """A system that tells changes of its orders, and of its promotions none."""

    abilities = frozenset({OrderFeed})
    name, digest = "woo", "1"

    def __init__(self, *records):
        self.records = list(records)
        self.spec = ConnectorSpec(
            name="woo",
            system="woo",
            channels={one: {"*": "shop"} for one in (Capability.ORDER, PROMOTION)},
        )

    def mapping_of(self, section):
        assert section == "promotions"
        return section

    def order_changes(self, _position, _since=None):
        raise AssertionError("these are orders")

    async def everything(self, section, position, since=None):
        assert (section, since) == ("promotions", None)
        for place, one in enumerate(self.records[int(position or 0) :], int(position or 0) + 1):
            row = FeedRow(one.key, repr(one).encode(), lambda one=one: one)
            done = place == len(self.records)
            yield FeedPage(rows=(row,), position=str(place), done=done, whole=done)


class Place:
    """The sync of a brand of its own."""

    def __init__(self, store):
        self.store, self.brand, self.now = store, fresh_brand(), NOW
        streams = Streams(store, self.brand)
        takers = {PROMOTION: PromotionTaker(PromotionCopying(self.brand))}
        self.syncing = Syncing(store, streams, takers, batch=2, now=lambda: self.now)
        self.adopted = Adopted(known=True)
        self.channels = CopiedChannels(store, self.brand)
        evidence = EvidenceRows(store, self.brand)
        self.copying = Copying(self.channels, evidence, lambda: self.adopted)
        told = SimpleNamespace(plan=SimpleNamespace(connectors=(Shop().spec,)))
        self.taken = Taken(told, streams, self.syncing, None, self.copying)
        self.owned = Owned(
            store=store,
            brand=self.brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZoneInfo("Asia/Shanghai"),
            now=lambda: self.now,
        )

    def stand(self, state):
        one = Standing(channel="shop", capability=PROMOTION, state=state)
        self.adopted = Adopted({(PROMOTION, "shop"): one}, known=True)

    async def once(self, shop):
        """One pass: its counts, and the evidence behind it."""
        self.now += timedelta(minutes=1)
        wanted = self.copying.wanted(shop.spec, PROMOTION)
        done = await self.syncing.run(shop, PROMOTION, copied=wanted)
        await Fed(self.owned).measure(shop.spec, done)
        rows = await EvidenceRows(self.store, self.brand).of("shop", PROMOTION)
        counts = (done.read, done.changed, done.removed)
        return counts, {fact: one.value for fact, one in rows.items()}

    async def copies(self):
        statement = "SELECT number FROM promotion_copies WHERE brand = :brand ORDER BY number"
        return [one.number for one in await self.rows(statement)]

    async def rows(self, statement):
        return await self.store.rows(text(statement), {"brand": self.brand})


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "promotions_copied")


@pytest.fixture
async def place(database):
    store = Store.open(database, deadline_seconds=30)
    yield Place(store)
    await store.aclose()


async def test_every_pass_keeps_them_whatever_their_adoption_stands_at(place):
    shop = Shop(*[promotion(n) for n in (1, 2, 3)], promotion(9, "elsewhere"))
    counts, told = await place.once(shop)
    assert counts == (4, 3, 0)
    assert await place.copies() == ["1", "2", "3"]
    assert told == {
        Fact.BACKFILL_DAYS_DIFFER: 0.0,
        Fact.STATUS_COVERED: 1.0,
        Fact.STATUS_UNKNOWN: 0.0,
    }
    shop.records[1] = promotion(2, used=7)
    counts, told = await place.once(shop)
    assert counts == (4, 1, 0)
    assert 0 < told[Fact.FEED_LAG_P99] < 600


async def test_what_two_passes_miss_is_gone(place):
    shop = Shop(*[promotion(n) for n in (1, 2, 3)])
    await place.once(shop)
    del shop.records[1]
    assert (await place.once(shop))[0][2] == 0
    assert (await place.once(shop))[0][2] == 1
    assert await place.copies() == ["1", "3"]


async def test_days_with_other_rows_and_statuses_that_nobody_mapped_are_seen(place):
    shop = Shop(promotion(1), promotion(8), promotion(10, status=PromotionStatus.UNKNOWN))
    await place.once(shop)
    await place.rows("DELETE FROM promotion_copies WHERE brand = :brand AND number = '8'")
    _, told = await place.once(shop)
    assert told[Fact.BACKFILL_DAYS_DIFFER] == 1
    assert told[Fact.STATUS_UNKNOWN] == 1


async def test_a_channel_that_is_compared_is_read_anew_at_once(place):
    shop = Shop(promotion(1), promotion(2))
    await place.once(shop)
    assert await place.taken.due(NOW) == []
    await place.rows("DELETE FROM promotion_copies WHERE brand = :brand AND number = '1'")
    place.stand(S.SHADOW_READ)
    assert await place.taken.due(NOW) == [("woo", "promotions")]
    await place.once(shop)
    assert await place.copies() == ["1", "2"]
    (filled,) = await place.channels.all()
    assert (filled.capability, filled.filled_at is not None) == (PROMOTION, True)
    place.stand(S.FEDERATED_READ)
    assert await place.taken.due(NOW) == []
    assert await place.channels.all() == []
    assert await place.copies() == ["1", "2"], "they are nobody's, and copied in any state"


async def test_an_older_reading_overwrites_and_takes_away_nothing(place):
    copying = PromotionCopying(place.brand)
    newer = promotion(1, used=9)

    async def work(run):
        kept = [
            await copying.keep_in(run, [promotion(1), newer], NOW),
            await copying.keep_in(run, [newer], NOW),
            await copying.keep_in(run, [promotion(1)], NOW - timedelta(hours=1)),
        ]
        return kept, await copying.drop_in(run, [("shop", "1")], NOW - timedelta(hours=1))

    assert await place.store.transaction(work) == ([1, 0, 0], 0)
    assert await place.copies() == ["1"]
