"""The copy of orders as an adoption asks for it: filled when a channel comes, gone when it goes."""

from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from structlog.testing import capture_logs

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.standing import Adopted, Standing
from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability, ConnectorSpec
from capabilities.order.records import OrderStatus
from connectors.basis import basis_of
from store.adoption.evidence import EvidenceRows
from store.engine import Store
from store.order.copies import OrderCopying
from store.order.facts import OrderFacts
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.product.crosswalk import Crosswalk
from store.sealing import Sealer
from store.syncing.copied_channels import CopiedChannels
from store.syncing.feeding import Feeding, Statuses
from store.syncing.streams import Streams
from tests.gateway.federation.adopting import NOW, member, order
from tests.migrated import migrated
from tests.store.member.taking import KEY
from tests.work.test_passes import Sync, System
from work.copying import Copying
from work.fed import Fed
from work.streams import Taken
from work.syncing import Syncing
from work.taking import OrderTaker

ORDER = Capability.ORDER
S = AdoptionState


class Place(Sync):
    """A sync whose orders are copied as their adoption asks for it."""

    def __init__(self, store):
        super().__init__(store)
        keys = DataKeys(self.brand, Sealer(b"s" * 32))
        copying = OrderCopying(self.brand, keys, self.stones)
        facts, crosswalk = OrderFacts(store, self.brand), Crosswalk(store, self.brand)
        taker = OrderTaker(facts, crosswalk, ZoneInfo("UTC"), copying)
        self.streams = Streams(store, self.brand)
        syncing = Syncing(store, self.streams, {ORDER: taker}, now=lambda: self.now)
        self.now = NOW
        self.run = syncing.run
        self.adopted = Adopted(known=True)
        self.channels = CopiedChannels(store, self.brand)
        self.evidence = EvidenceRows(store, self.brand)
        self.copying = Copying(self.channels, self.evidence, lambda: self.adopted)
        codes = {one: {"*": "shop"} for one in (Capability.MEMBER, ORDER)}
        spec = ConnectorSpec(name="woo", system="woo", channels=codes)
        told = SimpleNamespace(plan=SimpleNamespace(connectors=(spec,)))
        self.taken = Taken(told, self.streams, syncing, None, self.copying)
        self.spec = spec

    def stand(self, state, capability=ORDER, **more):
        one = Standing(channel="shop", capability=capability, state=state, **more)
        self.adopted = Adopted({**self.adopted.standings, (capability, "shop"): one}, known=True)

    async def once(self, system, **more):
        self.now += timedelta(seconds=1)
        wanted = self.copying.wanted(self.spec, ORDER)
        return await self.run(system, ORDER, copied=wanted, **more)

    async def copies(self):
        rows = await self.rows("SELECT number FROM order_copies WHERE brand = :brand")
        return {row.number for row in rows}


@pytest.fixture
async def place(postgres):
    store = Store.open(migrated(postgres, "copying"), deadline_seconds=30)
    yield Place(store)
    await store.aclose()


async def test_a_channel_that_comes_is_filled_by_the_next_pass(place):
    shop = System("woo", "shop", [order(1), order(2)])
    await place.once(shop)
    assert await place.copies() == set()
    place.stand(S.SHADOW_READ)
    assert await place.taken.due(NOW) == [("woo", "orders")], "whatever its schedule says"
    done = await place.once(shop)
    assert await place.copies() == {"1", "2"}
    assert done.read == 2
    (filled,) = await place.channels.all()
    assert filled.filled_at >= filled.begun_at
    assert await place.taken.due(NOW) == []
    assert await place.rows(
        "SELECT 1 FROM state_versions WHERE brand = :brand AND part = 'adoption'"
    ), "every process is told that it may be compared"
    shop.records.append(order(3))
    assert (await place.once(shop)).changed == 1, "what did not change is not taken again"
    assert await place.copies() == {"1", "2", "3"}


async def test_another_definition_has_the_channel_copied_anew(place):
    shop = System("woo", "shop", [order(1)])
    place.stand(S.SHADOW_READ)
    await place.once(shop)
    told = Evidence(fact=Fact.CONFIG_VALID, value=1, at=NOW, basis=basis_of(shop, ORDER))
    await place.evidence.keep("shop", ORDER, told)
    (copied,) = await place.channels.all()
    later = copied.filled_at + timedelta(minutes=5)
    assert await place.taken.due(later) == []
    shop.digest = "2"
    await place.evidence.keep("shop", ORDER, replace(told, basis=basis_of(shop, ORDER)))
    assert await place.taken.due(later) == [("woo", "orders")], "whatever its schedule says"
    # Who does not agree with a gateway on the definition does not copy all the time.
    assert await place.taken.due(copied.filled_at) == []
    # What the older definition did not make is made now, of rows that did not change.
    await place.rows("DELETE FROM order_copies WHERE brand = :brand RETURNING number")
    await place.once(shop)
    assert await place.copies() == {"1"}
    (again,) = await place.channels.all()
    assert again.made_under != copied.made_under
    assert await place.taken.due(again.filled_at + timedelta(minutes=5)) == []


async def test_a_pass_over_part_of_the_orders_fills_nothing(place):
    shop = System("woo", "shop", [order(1)])
    place.stand(S.SHADOW_READ)
    await place.run(shop, ORDER, since=NOW)
    assert await place.channels.all() == []
    assert await place.taken.due(NOW) == [("woo", "orders")]


async def test_a_channel_that_goes_loses_its_copy_and_is_filled_anew_when_it_comes_again(place):
    shop = System("woo", "shop", [order(1), order(2)])
    place.stand(S.CANARY_READ)
    await place.once(shop)
    place.stand(S.FEDERATED_READ)
    assert await place.taken.due(NOW) == []
    assert await place.copies() == set()
    shop.records[0] = order(1, notes=("changed meanwhile",))
    await place.once(shop)
    assert await place.copies() == set()
    place.stand(S.SHADOW_READ)
    await place.once(shop)
    assert await place.copies() == {"1", "2"}


async def test_a_halt_keeps_the_copy(place):
    shop = System("woo", "shop", [order(1)])
    place.stand(S.CANARY_READ)
    await place.once(shop)
    place.stand(S.HALTED, from_state=S.CANARY_READ)
    await place.taken.due(NOW)
    assert await place.copies() == {"1"}


async def test_who_does_not_know_the_standings_takes_nothing_away(place):
    place.stand(S.SHADOW_READ)
    await place.once(System("woo", "shop", [order(1)]))
    place.adopted = Adopted()
    await place.taken.due(NOW)
    assert await place.copies() == {"1"}


async def test_memberships_are_all_taken_anew_when_their_channel_comes(place):
    place.stand(S.SHADOW_READ, Capability.MEMBER)
    assert place.copying.wanted(place.spec, Capability.MEMBER) == ["shop"]
    assert await place.taken.due(NOW) == [("woo", "members")]
    rows = [member(1)]
    sync = Sync(place.store)
    await sync.run(System("woo", "shop", rows), Capability.MEMBER)
    again = await sync.run(System("woo", "shop", rows), Capability.MEMBER, copied=["shop"])
    assert (again.read, again.changed) == (1, 0)
    (one,) = await CopiedChannels(place.store, sync.brand).all()
    assert one.filled_at is not None


async def test_an_order_that_is_gone_leaves_the_copy(place):
    shop = System("woo", "shop", [order(n) for n in range(1, 4)])
    place.stand(S.SHADOW_READ)
    await place.once(shop)

    taker = place.taken._syncing._takers[ORDER]
    await place.store.transaction(
        lambda run: taker.remove(run, [("shop", "2")], NOW + timedelta(days=1))
    )
    assert await place.copies() == {"1", "3"}
    facts = await place.store.rows(
        text("SELECT gone FROM order_facts WHERE brand = :brand AND number = '2'"),
        {"brand": place.brand},
    )
    assert [one.gone for one in facts] == [True]


def owned_of(place, store):
    return Owned(
        store=store,
        brand=place.brand,
        sealer=Sealer(b"s" * 32),
        key=KEY,
        zone=ZoneInfo("Asia/Shanghai"),
        now=lambda: place.now,
    )


async def test_a_pass_stands_though_its_evidence_cannot_be_written(place):
    done = await place.once(System("woo", "shop", [order(1)]))
    away = Store.open("postgresql://127.0.0.1:1/away", deadline_seconds=5)
    with capture_logs() as logs:
        await Fed(owned_of(place, away)).measure(place.spec, done)
    (told,) = logs
    assert (told["event"], told["connector"], told["kind"]) == ("not measured", "woo", "order")
    await away.aclose()


async def measured(place, system):
    """The evidence behind one more pass."""
    done = await place.once(system)
    await Fed(owned_of(place, place.store)).measure(place.spec, done)
    found = await EvidenceRows(place.store, place.brand).of("shop", ORDER)
    return {fact: one.value for fact, one in found.items()}


async def test_behind_every_pass_stands_what_is_wanting_and_how_late_it_comes(place):
    midnight = NOW.replace(hour=16)  # of the next day in Shanghai
    shop = System("woo", "shop", [order(1), order(2), order(3, placed_at=midnight)])
    first = await measured(place, shop)
    assert first == {
        Fact.BACKFILL_DAYS_DIFFER: 0.0,
        Fact.STATUS_COVERED: 1.0,
        Fact.STATUS_UNKNOWN: 0.0,
    }, "one pass tells nothing of how late it is"
    await place.rows("DELETE FROM order_facts WHERE brand = :brand AND number = '2'")
    second = await measured(place, shop)
    assert second[Fact.BACKFILL_DAYS_DIFFER] == 1
    assert 0 < second[Fact.FEED_LAG_P99] < 600
    for number in ("1", "3"):
        await place.store.rows(
            text("DELETE FROM sync_rows WHERE brand = :brand AND key = :key"),
            {"brand": place.brand, "key": number},
        )
    shop.records.clear()
    await place.rows("UPDATE order_facts SET recorded_at = '2026-01-01' WHERE brand = :brand")
    third = await measured(place, shop)
    assert third[Fact.BACKFILL_DAYS_DIFFER] == 3, "two days have more than was read, one less"


async def test_behind_every_pass_stands_how_far_the_mapping_knows_the_statuses(place):
    rows = [order(1), order(2), order(3), order(4, status=OrderStatus.UNKNOWN)]
    old = order(5, status=OrderStatus.UNKNOWN, placed_at=NOW - timedelta(days=91))
    told = await measured(place, System("woo", "shop", [*rows, old]))
    assert (told[Fact.STATUS_COVERED], told[Fact.STATUS_UNKNOWN]) == (0.75, 1)


async def test_a_system_that_tells_no_status_of_members_has_none_to_map(place):
    for number in ("1", "2"):
        await place.store.rows(
            text(
                "INSERT INTO membership_records (brand, number, channel, connector, content,"
                " status, first_seen, seen_at)"
                " VALUES (:brand, :number, 'shop', 'woo', '', 'UNKNOWN', :at, :at)"
            ),
            {"brand": place.brand, "number": number, "at": NOW},
        )
    feeding = Feeding(place.store, place.brand, ZoneInfo("Asia/Shanghai"))
    assert await feeding.statuses(Capability.MEMBER, "shop", NOW) == Statuses(2, 0)
    await place.rows(
        "UPDATE membership_records SET status = 'ACTIVE' WHERE brand = :brand AND number = '1'"
    )
    assert await feeding.statuses(Capability.MEMBER, "shop", NOW) == Statuses(2, 1)


async def test_who_was_erased_and_is_here_again_is_a_breach(place):
    for statement in (
        """INSERT INTO members (brand, one_id, status, created_at, version)
           VALUES (:brand, 'lin', 'ACTIVE', :at, 1)""",
        """INSERT INTO membership_links (brand, number, channel, one_id)
           VALUES (:brand, '1', 'shop', 'lin')""",
        """INSERT INTO membership_records (brand, number, channel, connector, content, status,
             first_seen, seen_at) VALUES (:brand, '1', 'shop', 'woo', '', 'ACTIVE', :at, :at)""",
    ):
        await place.store.rows(text(statement), {"brand": place.brand, "at": NOW})
    feeding = Feeding(place.store, place.brand, ZoneInfo("Asia/Shanghai"))
    assert await feeding.erased("shop") == 0
    await place.rows("UPDATE members SET status = 'ERASED' WHERE brand = :brand")
    assert (await feeding.erased("shop"), await feeding.erased("till")) == (1, 0)


async def test_only_the_last_passes_say_how_late_changes_come(place):
    shop = System("woo", "shop", [order(1)])
    await place.once(shop)
    await place.rows(
        "UPDATE sync_streams SET lags = array_fill(CAST(7e9 AS float), ARRAY[60]) "
        "WHERE brand = :brand"
    )
    for _ in range(59):
        await place.once(shop)
    (row,) = await place.rows("SELECT lags FROM sync_streams WHERE brand = :brand")
    assert len(row.lags) == 60
    assert row.lags[0] == 7e9
    await place.once(shop)
    (row,) = await place.rows("SELECT lags FROM sync_streams WHERE brand = :brand")
    assert (len(row.lags), max(row.lags) < 600) == (60, True)
