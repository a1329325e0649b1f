"""Passes over records that a test gives: what is left out comes again, what ended has ended."""

import hmac
from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from capabilities.feed import FeedPage, FeedRow
from capabilities.member.ports import MembershipFeed
from capabilities.order.ports import OrderFeed
from capabilities.order.records import Order
from capabilities.sources import SourceRef
from capabilities.syncing import SyncState
from store.engine import Store
from store.member.echoes import Echoes
from store.member.taking import Intake
from store.order.facts import OrderFacts
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.privacy.tombstones import Grave, Tombstones
from store.product.crosswalk import Crosswalk
from store.sealing import Sealer
from store.syncing.streams import Streams
from tests.migrated import migrated
from tests.store.member.taking import KEY, START, fresh_brand, membership
from work.syncing import Syncing
from work.taking import MemberTaker, OrderTaker

LIN = "13912345678"


class System(MembershipFeed, OrderFeed):
    """A connector that gives the records it was handed, all of them in every pass."""

    abilities = frozenset({MembershipFeed, OrderFeed})

    def __init__(self, name, channel, records):
        self.name, self.records = name, records
        channels = {one: {"*": channel} for one in (Capability.MEMBER, Capability.ORDER)}
        self.spec = SimpleNamespace(name=name, system="woo", settings={}, channels=channels)
        self.digest = "1"

    def mapping_of(self, section):
        return section

    async def membership_changes(self, _position, _since=None):
        rows = tuple(
            FeedRow(one.number, hmac.digest(KEY, repr(one).encode(), "sha256"), lambda one=one: one)
            for one in self.records
        )
        yield FeedPage(rows=rows, position="1", done=True)

    order_changes = membership_changes


class Sync:
    """The sync of a brand of its own."""

    def __init__(self, store):
        self.store, self.brand = store, fresh_brand()
        self.stones = Tombstones(self.brand, b"t" * 32)
        sealer = Sealer(b"s" * 32)
        keys = DataKeys(self.brand, sealer)
        zone = ZoneInfo("UTC")
        owned = Owned(store=store, brand=self.brand, sealer=sealer, key=KEY, zone=zone)
        intake = Intake(self.brand, KEY, keys, self.stones)
        facts, crosswalk = OrderFacts(store, self.brand), Crosswalk(store, self.brand)
        takers = {
            Capability.MEMBER: MemberTaker(intake, Echoes(owned, keys, intake), lambda: START),
            Capability.ORDER: OrderTaker(facts, crosswalk, zone),
        }
        self.run = Syncing(store, Streams(store, self.brand), takers).run

    async def rows(self, statement):
        return await self.store.rows(text(statement), {"brand": self.brand})


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "passes")


@pytest.fixture
async def sync(database):
    store = Store.open(database, deadline_seconds=20)
    yield Sync(store)
    await store.aclose()


async def test_who_was_erased_and_registers_anew_is_taken_in_by_the_next_pass(sync):
    shop = System("shop", "woo", [membership("woo", "1", phone=LIN), membership("woo", "2")])
    phone = sync.stones.identity("PHONE", "+86", f"+86{LIN}")
    bury = [Grave("identity", phone)]
    await sync.store.transaction(lambda run: sync.stones.add(run, bury, START))
    first = await sync.run(shop, Capability.MEMBER)
    again = await sync.run(shop, Capability.MEMBER)
    assert (first.changed, again.changed) == (1, 0)
    await sync.store.transaction(lambda run: sync.stones.lift(run, [phone], START))
    assert (await sync.run(shop, Capability.MEMBER)).changed == 1
    assert (await sync.run(shop, Capability.MEMBER)).changed == 0
    links = await sync.rows("SELECT number FROM membership_links WHERE brand = :brand")
    assert sorted(one.number for one in links) == ["1", "2"]


def order(connector, channel, note):
    return Order(
        channel=channel,
        number="100",
        business_date=date(2026, 1, 1),
        placed_at=datetime(2026, 1, 1, tzinfo=UTC),
        store_code=note,
        source=SourceRef(connector=connector, system="s", external_id="100"),
    )


async def test_what_a_system_mirrors_of_anothers_channel_overwrites_nothing(sync):
    shop = System("shop", "woo", [order("shop", "woo", "its own")])
    ledger = System(
        "ledger", "books", [order("ledger", "woo", "a copy"), order("ledger", "books", "b")]
    )
    for one in (shop, ledger, shop, ledger):
        await sync.run(one, Capability.ORDER)
    facts = await sync.rows(
        "SELECT channel, store FROM order_facts WHERE brand = :brand ORDER BY channel"
    )
    assert [tuple(one) for one in facts] == [("books", "b"), ("woo", "its own")]


class Deaf(Store):
    """A store whose answer to some transaction is lost behind its commit."""

    lost = None

    async def transaction(self, work):
        done = await super().transaction(work)
        if self.lost is not None and getattr(done, "state", None) is self.lost:
            self.lost = None
            raise StoreUnavailable("the platform's store did not answer in time")
        return done


async def test_a_pass_whose_last_answer_was_lost_is_over_where_it_is(database):
    store = Deaf.open(database, deadline_seconds=20)
    sync = Sync(store)
    store.lost = SyncState.DONE
    shop = System("shop", "woo", [membership("woo", "1", phone=LIN)])
    done = await sync.run(shop, Capability.MEMBER)
    assert (done.state, done.changed) == (SyncState.DONE, 1)
    await store.aclose()


async def test_a_batch_that_was_not_kept_fails_its_run_and_the_next_goes_on(database):
    store = Store.open(database, deadline_seconds=20)
    sync, kept = Sync(store), store.transaction
    shop = System("shop", "woo", [membership("woo", "1", phone=LIN)])
    calls = []

    async def second_fails(work):
        calls.append(work)
        if len(calls) == 2:  # the first has taken the lease
            raise StoreUnavailable("the platform's store is away")
        return await kept(work)

    store.transaction = second_fails
    with pytest.raises(StoreUnavailable):
        await sync.run(shop, Capability.MEMBER)
    assert (await sync.run(shop, Capability.MEMBER)).changed == 1
    await store.aclose()
