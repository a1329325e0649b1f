"""An order in exchange for another's goods is placed and the goods are back, or neither is so."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from structlog.testing import capture_logs

from capabilities.errors import Refused, TimedOut
from capabilities.events import Subject
from capabilities.member.commands import CommandState
from capabilities.order.changing import ChannelUnsupported, OrderDeclined
from capabilities.order.held_records import shown
from capabilities.order.placing import OrderChangeState, OrderKey
from capabilities.order.sagas import SagaState
from capabilities.order.writing import OrderWriteKind, OrderWritten
from store.engine import Store
from store.order.commands import OrderCommands
from store.order.held import HeldOrders
from store.order.sagas import Sagas
from store.privacy.data_keys import DataKeys
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand
from tests.work.exchanges import Estate, back_of, cny, desk_of, sold, wanted
from tests.work.saga_child import System, owned_of, relay_of
from work.sagas import watch_sagas

Kind = OrderWriteKind


class Told(System):
    """What a system did; each kind of change ends as it is told: lost, refused, or well."""

    def __init__(self, **ends):
        self.ends, self.done, self.looked = ends, [], 0

    async def write_order(self, write):
        how = self.ends.get(write.kind.name)
        if how == "refused":
            raise Refused("no", source="fake")
        if how == "lost":
            del self.ends[write.kind.name]
            raise TimedOut("lost", source="fake")
        self.done.append((write.kind, write.channel, write.number))
        return OrderWritten(number=write.number or "N-1")

    async def written_order(self, _):
        self.looked += 1


class Desk:
    """A brand, whoever exchanges at its desk, and the relay behind it."""

    def __init__(self, store):
        self.store, self.brand = store, fresh_brand()
        self.now = datetime(2026, 11, 27, tzinfo=UTC)
        self.owned = owned_of(store, self.brand, lambda: self.now)
        self.keys = DataKeys(self.brand, self.owned.sealer)
        self.held = HeldOrders(store, self.brand, self.keys, self.owned.zone)
        self.orders = desk_of(self.owned)

    async def relayed(self, system):
        relay = relay_of(self.store, self.brand, lambda: self.now, system)
        for _ in range(6):
            await relay.run()
            self.now += timedelta(hours=2)
        return system

    async def sagas(self):
        rows = await self.store.rows(
            text("SELECT id FROM order_sagas WHERE brand = :b"), {"b": self.brand}
        )
        sagas = Sagas(self.store, self.brand, self.keys)
        return [(await sagas.by_id(row.id)).state for row in rows]

    async def own(self):
        """An order of our own that was paid and left."""
        placed = await self.orders.place(wanted("mini"), None, "own")
        key = OrderKey(channel="mini", number=placed.number)
        for step, change in enumerate(
            (
                lambda one: self.orders.pay(one, key, cny(500), "CASH", None, "pay"),
                lambda one: self.orders.fulfil(one, key, None, None, None, "go", delivered=True),
            )
        ):
            done = await change(await self.order(placed.number))
            assert done.state is OrderChangeState.DONE, step
        return await self.order(placed.number)

    async def order(self, number, channel="mini"):
        (found,) = await self.store.transaction(
            lambda run: self.held.locked(run, [Subject(key=number, channel=channel)])
        )
        return shown(found)

    async def count(self):
        rows = await self.store.rows(
            text("SELECT count(*) AS n FROM platform_orders WHERE brand = :b"), {"b": self.brand}
        )
        return rows[0].n


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "exchanging")


@pytest.fixture
async def desk(database):
    store = Store.open(database, deadline_seconds=30)
    yield Desk(store)
    await store.aclose()


async def test_over_two_systems_the_order_is_placed_and_then_the_goods_are_back(desk):
    old = sold("sap")
    asked = [
        await desk.orders.exchange(wanted("till"), None, old, back_of(old), "k") for _ in range(2)
    ]
    assert asked[0] == asked[1], "once for its key"
    assert (asked[0].state, asked[0].channel, asked[0].number) == (
        OrderChangeState.SENT,
        "till",
        None,
    )
    system = await desk.relayed(Told())
    assert system.done == [(Kind.PLACE, "till", None), (Kind.RETURN, "sap", "R-1")]
    assert await desk.sagas() == [SagaState.DONE]
    change = await desk.orders.change(asked[0].change)
    assert (change.number, change.state) == ("N-1", OrderChangeState.DONE)
    rows = await desk.store.rows(
        text("SELECT action, reason FROM audit_entries WHERE brand = :b"), {"b": desk.brand}
    )
    assert [tuple(row) for row in rows] == [("order.exchangeOrder", "too small")]


async def test_a_key_hears_its_first_answer_whatever_became_of_the_order_since(desk):
    old = sold("sap")
    back = back_of(old)

    async def exchange(order, back=back, **more):
        return await desk.orders.exchange(wanted("till", **more), None, order, back, "k")

    first = await exchange(old)
    returned = replace(old, lines=())
    for order in (returned, None):
        assert await exchange(order) == first
    reused = await exchange(None, store="S9")
    assert reused.code == "IDEMPOTENCY_KEY_REUSED"
    assert await desk.sagas() == [SagaState.RUNNING]


async def test_a_return_hears_its_first_answer_as_well(desk):
    old = sold("sap")
    key, parts = back_of(old).key, back_of(old).parts

    async def give_back(order, wish="k"):
        why = {"amount": None, "reason": "too small", "restock": True}
        return await desk.orders.give_back(order, key, parts, idempotency_key=wish, **why)

    first = await give_back(old)
    assert first.state is OrderChangeState.SENT
    for order in (replace(old, lines=()), None):
        assert await give_back(order) == first
    assert (await give_back(replace(old, lines=()), "k2")).code == "LINE_UNKNOWN"
    assert (await give_back(None, "k2")).code == "ORDER_UNKNOWN"


async def test_a_return_that_is_refused_takes_the_order_back(desk):
    old = sold("sap")
    await desk.orders.exchange(wanted("till"), None, old, back_of(old), "k")
    system = await desk.relayed(Told(RETURN="refused"))
    assert system.done == [(Kind.PLACE, "till", None), (Kind.CANCEL, "till", "N-1")]
    assert await desk.sagas() == [SagaState.UNDONE]


async def test_an_order_that_is_refused_leaves_the_goods_where_they_are(desk):
    old = sold("sap")
    await desk.orders.exchange(wanted("till"), None, old, back_of(old), "k")
    system = await desk.relayed(Told(PLACE="refused"))
    assert (system.done, await desk.sagas()) == ([], [SagaState.UNDONE])


async def test_an_answer_that_was_lost_is_looked_up_before_it_is_told_again(desk):
    old = sold("sap")
    await desk.orders.exchange(wanted("till"), None, old, back_of(old), "k")
    system = await desk.relayed(Told(PLACE="lost", RETURN="lost"))
    assert [kind for kind, _, _ in system.done] == [Kind.PLACE, Kind.RETURN]
    assert system.looked == 2
    assert await desk.sagas() == [SagaState.DONE]


async def test_what_cannot_be_taken_back_waits_for_a_person_and_is_said(desk):
    old = sold("sap")
    await desk.orders.exchange(wanted("till"), None, old, back_of(old), "k")
    system = await desk.relayed(Told(RETURN="refused", CANCEL="refused"))
    assert [kind for kind, _, _ in system.done] == [Kind.PLACE]
    assert await desk.sagas() == [SagaState.STUCK]
    commands = OrderCommands(desk.store, desk.brand, desk.keys)
    dead = await commands.listed((CommandState.DEAD,), 9)
    assert {one.kind for one in dead} == {Kind.CANCEL, Kind.RETURN}
    with capture_logs() as told:
        await watch_sagas(desk.owned)
    assert [(one["event"], one["state"]) for one in told] == [("saga stuck", "STUCK")]


async def test_of_our_own_both_are_one_transaction(desk):
    old = await desk.own()
    lost = await desk.orders.exchange(wanted("app"), None, old, back_of(old, version=1), "k1")
    assert (lost.code, lost.path) == ("ORDER_CHANGED", ("input", "inExchangeFor", "version"))
    none = await desk.orders.exchange(wanted("app"), None, old, back_of(old, ref="9"), "k2")
    assert (none.code, none.path[:2]) == ("LINE_UNKNOWN", ("input", "inExchangeFor"))
    wrong = await desk.orders.exchange(wanted("app", 501), None, old, back_of(old), "k3")
    assert (wrong.code, wrong.path) == ("TOTAL_DIFFERS", ("input", "total"))
    assert await desk.count() == 1, "nothing is placed for goods that do not come back"
    for _ in range(2):
        done = await desk.orders.exchange(wanted("app"), None, old, back_of(old), "k4")
        assert (done.state, done.channel) == (OrderChangeState.DONE, "app")
    after = await desk.order(old.number)
    assert after.money.refunded == cny(500)
    assert await desk.count() == 2
    assert await desk.sagas() == []


async def test_both_sides_are_systems_that_can_or_both_are_ours(desk):
    old, ours = sold("sap"), await desk.own()
    mixed = await desk.orders.exchange(wanted("app"), None, old, back_of(old), "k1")
    assert (type(mixed), mixed.channels) == (ChannelUnsupported, ("sap", "till"))
    mixed = await desk.orders.exchange(wanted("till"), None, ours, back_of(ours), "k2")
    assert (type(mixed), mixed.channels) == (ChannelUnsupported, ("app", "mini"))
    for lacks, path in ((Kind.CANCEL, "channel"), (Kind.PLACE, "channel"), (Kind.RETURN, "back")):
        where = {"till" if path == "channel" else "sap": frozenset(Kind) - {lacks}}
        orders = desk_of(desk.owned, Estate(**where))
        refused = await orders.exchange(wanted("till"), None, old, back_of(old), f"k{lacks.name}")
        assert type(refused) is ChannelUnsupported
        assert refused.path == ("input", "channel" if path == "channel" else "inExchangeFor")
    unknown = await desk.orders.exchange(wanted("till"), None, None, back_of(old), "k3")
    assert unknown == OrderDeclined(code="ORDER_UNKNOWN", path=("input", "inExchangeFor", "order"))
    assert await desk.sagas() == []
