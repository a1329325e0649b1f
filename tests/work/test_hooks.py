"""Deliveries worked through: read again from their system, once, whatever came how often."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.errors import Unavailable
from capabilities.estate import Capability, ConnectorSpec
from capabilities.events import Subject
from capabilities.load import Cause, cause
from capabilities.order.ports import OrderSource
from capabilities.order.records import Order, OrderStatus
from capabilities.sources import SourceRef
from store.engine import Store
from store.order.facts import OrderFacts
from store.order.hooks import Delivery, HookDeliveries
from store.owned import Owned
from store.product.crosswalk import Crosswalk
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from work.hooks import Hooked
from work.taking import OrderTaker

SPEC = ConnectorSpec(name="woo", system="woocommerce", channels={Capability.ORDER: {"*": "shop"}})
ZONE = ZoneInfo("Asia/Shanghai")


class System(OrderSource):
    """A shop with its orders as they are now."""

    def __init__(self):
        self.orders_now, self.asked, self.failing = {}, [], None
        self.causes = set()

    async def orders(self, keys):
        self.causes.add(cause())
        if self.failing is not None:
            raise self.failing
        self.asked.append(list(keys))
        return [self.orders_now.get(key) for key in keys]

    def holds(self, number, status=OrderStatus.CONFIRMED):
        self.orders_now[number] = Order(
            channel="shop",
            number=number,
            status=status,
            source=SourceRef(connector="woo", system="woocommerce", external_id=number),
        )


class Post:
    def __init__(self, store):
        self.store, self.brand, self.system = store, fresh_brand(), System()
        self.now = datetime(2026, 11, 27, tzinfo=UTC)
        self.owned = Owned(
            store=store,
            brand=self.brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZONE,
            now=lambda: self.now,
        )
        self.deliveries = HookDeliveries(store, self.brand)
        self.facts = OrderFacts(store, self.brand)
        self.taker = OrderTaker(self.facts, Crosswalk(store, self.brand), ZONE)
        self.specs = {"woo": SPEC}
        self.hooked = Hooked(self.owned, self.deliveries, self.taker, self.specs.get, self._opened)

    @asynccontextmanager
    async def _opened(self, _):
        yield self.system

    async def deliver(self, own, number, **more):
        told = Delivery(connector="woo", delivery=own, topic="order.updated", number=number, **more)
        return await self.deliveries.accept(told, self.now)

    async def kept(self, number):
        subject = Subject(key=number, channel="shop")
        found = await self.store.transaction(lambda run: self.facts.by_key_in(run, [subject]))
        return found[0]

    async def events(self):
        rows = await self.store.rows(
            text("SELECT key FROM events WHERE brand = :brand ORDER BY position"),
            {"brand": self.brand},
        )
        return [row.key for row in rows]

    async def states(self):
        rows = await self.store.rows(
            text("SELECT delivery, state, reason FROM hook_deliveries WHERE brand = :brand"),
            {"brand": self.brand},
        )
        return {row.delivery: (row.state, row.reason) for row in rows}


@pytest.fixture
async def post(tmp_path, postgres):
    database = migrated(postgres, f"hooked_{tmp_path.name}")
    store = Store.open(database, deadline_seconds=30)
    yield Post(store)
    await store.aclose()


async def test_an_order_is_read_again_once_for_all_that_was_told_of_it(post):
    post.system.holds("7")
    post.system.holds("8")
    for own, number in (("a", "7"), ("b", "7"), ("a", "7"), ("c", "8")):
        await post.deliver(own, number)
    await post.hooked.run()
    assert [sorted(one) for one in post.system.asked] == [["7", "8"]]
    assert post.system.causes == {Cause.SYNC}
    assert (await post.kept("7")).status is OrderStatus.CONFIRMED
    assert sorted(await post.events()) == ["7", "8"]
    assert set((await post.states()).values()) == {("DONE", None)}


async def test_what_comes_out_of_order_never_goes_back_in_time(post):
    post.system.holds("7", OrderStatus.COMPLETED)
    await post.deliver("newer", "7")
    await post.hooked.run()
    await post.deliver("older", "7")  # which was sent when the order was only confirmed
    await post.hooked.run()
    assert (await post.kept("7")).status is OrderStatus.COMPLETED
    assert await post.events() == ["7"]


async def test_an_older_reading_that_comes_later_changes_nothing(post):
    """The sync asked before the hook did, and its batch is taken after it."""
    post.system.holds("7", OrderStatus.CONFIRMED)
    (early,) = await post.system.orders(["7"])
    prepared = await post.taker.prepare(SPEC, [early], post.now)
    post.now += timedelta(seconds=1)
    post.system.holds("7", OrderStatus.COMPLETED)
    await post.deliver("a", "7")
    await post.hooked.run()
    took = await post.owned.store.transaction(lambda run: post.taker.take(run, prepared))
    assert (await post.kept("7")).status is OrderStatus.COMPLETED
    assert (took.changed, took.left_out) == (0, {("shop", "7")})  # so its sync asks again
    assert await post.events() == ["7"]


async def test_an_order_that_was_read_since_is_not_taken_for_missing(post):
    asked = post.now
    post.now += timedelta(seconds=1)
    post.system.holds("7")
    await post.deliver("a", "7")
    await post.hooked.run()
    keys = [("shop", "7")]
    await post.owned.store.transaction(lambda run: post.taker.remove(run, keys, asked))
    assert not (await post.kept("7")).gone
    await post.owned.store.transaction(lambda run: post.taker.remove(run, keys, post.now))
    assert (await post.kept("7")).gone


async def test_a_system_that_fails_is_asked_again_later(post):
    post.system.holds("7")
    post.system.failing = Unavailable("away", source="woo")
    await post.deliver("a", "7")
    await post.hooked.run()
    assert (await post.states())["a"] == ("WAITING", "UPSTREAM_UNAVAILABLE")
    post.system.failing = None
    await post.hooked.run()
    assert post.system.asked == []  # not before its time
    post.now += timedelta(minutes=1)
    await post.hooked.run()
    assert (await post.states())["a"][0] == "DONE"
    assert await post.kept("7") is not None


async def test_an_order_that_nobody_has_is_given_up_with_its_reason(post):
    await post.deliver("a", "404")
    for _ in range(8):
        await post.hooked.run()
        post.now += timedelta(hours=2)
    assert (await post.states())["a"] == ("DEAD", "ORDER_NOT_FOUND")
    post.system.holds("404")
    assert await post.deliveries.retry("woo", "a", post.now)
    await post.hooked.run()
    assert (await post.states())["a"][0] == "DONE"


async def test_one_that_cannot_be_done_stops_no_other(post):
    post.system.holds("7")
    await post.deliver("bad", "404")
    await post.deliver("good", "7")
    await post.hooked.run()
    states = await post.states()
    assert (states["good"][0], states["bad"][0]) == ("DONE", "WAITING")


async def test_an_order_that_its_system_deleted_counts_no_more(post):
    post.system.holds("7")
    await post.deliver("a", "7")
    await post.hooked.run()
    post.system.orders_now.clear()
    await post.deliver("b", "7", gone=True)
    await post.hooked.run()
    assert (await post.kept("7")).gone
    assert await post.events() == ["7", "7"]


async def test_deliveries_of_a_connector_that_rests_wait(post):
    post.system.holds("7")
    post.specs["woo"] = replace(SPEC, paused=True)
    await post.deliver("a", "7")
    await post.hooked.run()
    assert (await post.states())["a"] == ("WAITING", "CONNECTOR_AWAY")
    assert post.system.asked == []
