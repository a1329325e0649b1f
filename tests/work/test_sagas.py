"""Sagas over two systems end done in both or taken back in both, whatever fails or is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from structlog.testing import capture_logs

from capabilities.errors import Refused, TimedOut
from capabilities.member.commands import CommandState
from capabilities.order.commands import OrderedWrite
from capabilities.order.placing import OrderChangeState
from capabilities.order.sagas import SagaState, SagaStep
from capabilities.order.writing import OrderWrite, OrderWriteKind, OrderWritten
from store.engine import Store
from store.order.commands import OrderCommands
from store.order.sagas import Sagas
from store.order.settles import settle_all, settles_of
from store.privacy.data_keys import DataKeys, owner_of_order
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand
from tests.work.exchanges import back_of, desk_of, sold, wanted
from tests.work.saga_child import STOCKED, System, owned_of, relay_of
from work.sagas import watch_sagas

OVER = (SagaState.DONE, SagaState.UNDONE)


@pytest.fixture(scope="module")
def database(postgres):
    made = migrated(postgres, "sagas")

    async def table():
        store = Store.open(made, deadline_seconds=20)
        await store.rows(text(STOCKED), {})
        await store.aclose()

    asyncio.run(table())
    return made


class Desk:
    """A brand's sagas, and a clock that is set."""

    def __init__(self, store):
        self.store, self.brand = store, fresh_brand()
        self.now = datetime(2026, 11, 27, tzinfo=UTC)
        self.owned = owned_of(store, self.brand, lambda: self.now)
        keys = DataKeys(self.brand, self.owned.sealer)
        self.sagas = Sagas(store, self.brand, keys)
        self.commands = OrderCommands(store, self.brand, keys)

    async def begin(self, steps=2, *, undoable=True):
        """Orders in several systems, each taken back by a cancellation; the saga and its steps."""
        made = [step(place, undoable=undoable) for place in range(steps)]
        saga = await self.store.transaction(
            lambda run: self.sagas.begin(run, made, "ada", self.now)
        )
        return saga, made

    async def state(self, saga):
        return (await self.sagas.by_id(saga)).state

    async def relay(self, system, *, rounds=30):
        relay = relay_of(self.store, self.brand, lambda: self.now, system)
        for _ in range(rounds):
            await relay.run()
            self.now += timedelta(hours=2)


def step(place, *, undoable=True):
    connector, reference = ("sap", "till")[place % 2], uuid4().hex

    def ordered(kind, own):
        write = OrderWrite(kind=kind, reference=own, channel=connector)
        owner = owner_of_order(connector, reference)
        return OrderedWrite(
            connector=connector, subject=reference, owner=owner, write=write, author="ada"
        )

    undo = ordered(OrderWriteKind.CANCEL, uuid4().hex) if undoable else None
    return SagaStep(do=ordered(OrderWriteKind.PLACE, reference), undo=undo)


class Scripted(System):
    """Calls end as they are told: "ok", "before", "after" or "refused"; then all is well."""

    def __init__(self, script):
        self.script, self.effects = list(script), {}

    async def write_order(self, write):
        how = self.script.pop(0) if self.script else "ok"
        if how == "refused":
            raise Refused("no", source="fake")
        if how == "before":
            raise TimedOut("before", source="fake")
        assert write.reference not in self.effects, "written twice"
        self.effects[write.reference] = write.kind
        if how == "after":
            raise TimedOut("after", source="fake")
        return OrderWritten(number=write.number or "n1")

    async def written_order(self, write):
        known = write.reference in self.effects
        return OrderWritten(number=write.number or "n1") if known else None


class Silent(Scripted):
    """All is well but for the second order, about which nothing is ever heard."""

    async def write_order(self, write):
        if write.kind is OrderWriteKind.PLACE and self.effects:
            raise TimedOut("nothing", source="fake")
        return await super().write_order(write)

    async def written_order(self, write):
        raise TimedOut(f"nothing of {write.kind.value}", source="fake")


def standing(system, steps):
    """Orders that stand at the end: placed and not cancelled."""
    return [
        one.do.write.reference in system.effects
        and (one.undo is None or one.undo.write.reference not in system.effects)
        for one in steps
    ]


async def alarms(desk):
    """How many sagas the log is told of."""
    with capture_logs() as told:
        await watch_sagas(desk.owned)
    return sum(one["event"] == "saga stuck" for one in told)


@pytest.fixture
async def desk(database):
    store = Store.open(database, deadline_seconds=20)
    yield Desk(store)
    await store.aclose()


async def test_all_of_it_is_done(desk):
    saga, steps = await desk.begin()
    await desk.relay(system := Scripted([]), rounds=1)
    assert await desk.state(saga) is SagaState.DONE
    assert standing(system, steps) == [True, True]
    rows = await desk.store.rows(
        text("SELECT sealed_do, sealed_undo FROM order_saga_steps WHERE brand = :b"),
        {"b": desk.brand},
    )
    assert {tuple(one) for one in rows} == {(None, None)}


async def test_what_the_second_refuses_is_taken_back_at_the_first(desk):
    saga, steps = await desk.begin()
    await desk.relay(system := Scripted(["ok", "refused"]))
    assert await desk.state(saga) is SagaState.UNDONE
    assert standing(system, steps) == [False, False]
    assert list(system.effects.values()) == [OrderWriteKind.PLACE, OrderWriteKind.CANCEL]


async def test_an_undoing_that_is_refused_is_said_within_minutes_and_goes_on_by_hand(desk):
    saga, steps = await desk.begin()
    system = Scripted(["ok", "refused", "refused"])
    await desk.relay(system, rounds=1)
    assert await desk.state(saga) is SagaState.STUCK
    assert await alarms(desk) == 1
    undo = steps[0].undo.write.reference
    assert await desk.store.transaction(lambda run: desk.commands.retry(run, undo, "ada", desk.now))
    await desk.relay(system)
    assert await desk.state(saga) is SagaState.UNDONE
    assert await alarms(desk) == 0


async def test_a_step_that_was_refused_is_not_done_after_all_once_the_saga_went_back(desk):
    saga, steps = await desk.begin(3)
    system = Scripted(["ok", "refused", "refused"])
    await desk.relay(system, rounds=1)
    do, undo = steps[1].do.write.reference, steps[0].undo.write.reference

    async def again(command):
        return await desk.store.transaction(
            lambda run: desk.commands.retry(run, command, "ada", desk.now)
        )

    assert not await again(do)
    assert await again(undo)
    await desk.relay(system)
    assert not await again(do)
    assert await desk.state(saga) is SagaState.UNDONE
    assert standing(system, steps) == [False, False, False]


async def _discard(desk, kind):
    """Give up the one of a kind that is dead, as an administrator does."""

    async def work(run):
        found = await desk.commands.listed((CommandState.DEAD,), 9)
        (dead,) = [one for one in found if one.kind is kind]
        settled = await desk.commands.discard(run, dead.command, "ada", desk.now)
        await settle_all(run, desk.brand, settles_of(desk.owned), settled)

    await desk.store.transaction(work)


async def test_a_step_of_which_nobody_knows_is_given_up_and_the_saga_goes_back(desk):
    saga, steps = await desk.begin()
    await desk.relay(system := Silent([]), rounds=14)
    assert await desk.state(saga) is SagaState.STUCK
    await _discard(desk, OrderWriteKind.PLACE)
    await desk.relay(system)
    assert await desk.state(saga) is SagaState.UNDONE
    assert standing(system, steps) == [False, False]
    assert await alarms(desk) == 0


async def test_an_undoing_that_is_given_up_counts_as_done(desk):
    saga, _ = await desk.begin()
    await desk.relay(Scripted(["ok", "refused", "refused"]), rounds=1)
    assert await desk.state(saga) is SagaState.STUCK
    await _discard(desk, OrderWriteKind.CANCEL)
    assert await desk.state(saga) is SagaState.UNDONE


async def test_a_system_that_is_away_is_said_within_five_minutes(desk):
    saga, _ = await desk.begin()
    desk.now += timedelta(minutes=3, seconds=59)
    assert await alarms(desk) == 0
    desk.now += timedelta(seconds=2)
    assert await alarms(desk) == 1
    await desk.relay(Scripted([]), rounds=1)
    assert await desk.state(saga) is SagaState.DONE
    assert await alarms(desk) == 0


async def test_what_has_nothing_to_take_back_is_passed_over(desk):
    saga, _ = await desk.begin(undoable=False)
    await desk.relay(Scripted(["ok", "refused"]))
    assert await desk.state(saga) is SagaState.UNDONE


class Erasing(Scripted):
    """The second order is refused, and whom the first is about is erased before that is known."""

    def __init__(self, desk, steps):
        super().__init__(["ok", "refused"])
        self._desk, self._owners = desk, [steps[0].do.owner]

    async def write_order(self, write):
        if self.effects:
            keys = DataKeys(self._desk.brand, self._desk.owned.sealer)
            await self._desk.store.transaction(lambda run: keys.delete(run, self._owners))
        return await super().write_order(write)


async def test_what_cannot_be_taken_back_of_somebody_erased_is_not_said_to_be(desk):
    saga, steps = await desk.begin()
    await desk.relay(system := Erasing(desk, steps))
    assert standing(system, steps) == [True, False]
    assert await desk.state(saga) is SagaState.STUCK
    assert await alarms(desk) == 1


async def _given_up(desk, saga, reason="looked into the till"):
    """A person gives up what a saga is stuck at."""
    return await desk.store.transaction(
        lambda run: desk.sagas.discard(run, saga, "ada", desk.now, reason)
    )


async def test_what_no_command_is_for_is_ended_by_a_person_and_alarms_no_more(desk):
    saga, steps = await desk.begin()
    await desk.relay(system := Erasing(desk, steps))
    assert (await desk.sagas.by_id(saga)).waits_for is None
    done = await _given_up(desk, saga)
    assert (done.saga.saga, done.saga.state) == (saga, SagaState.UNDONE)
    assert await alarms(desk) == 0
    assert standing(system, steps) == [True, False], "as the person has found it"
    rows = await desk.store.rows(
        text("SELECT action, actor, reason, facts FROM audit_entries WHERE brand = :b"),
        {"b": desk.brand},
    )
    said = [(row.action, row.actor, row.reason) for row in rows]
    assert said == [("discard order saga", "ada", "looked into the till")]
    assert saga in str(rows[0].facts)
    assert (await _given_up(desk, saga)).code == "SAGA_UNKNOWN"


async def test_a_step_that_can_be_told_nobody_is_given_up_and_those_before_are_taken_back(desk):
    saga, steps = await desk.begin(3)
    keys = DataKeys(desk.brand, desk.owned.sealer)
    await desk.store.transaction(lambda run: keys.delete(run, [steps[2].do.owner]))
    await desk.relay(system := Scripted([]))
    assert await desk.state(saga) is SagaState.STUCK
    assert standing(system, steps) == [True, True, False]
    assert (await _given_up(desk, saga)).saga.state is SagaState.UNDOING
    await desk.relay(system)
    assert await desk.state(saga) is SagaState.UNDONE
    assert standing(system, steps) == [False, False, False]


async def test_what_a_command_is_for_is_ended_by_that_command(desk):
    saga, steps = await desk.begin()
    await desk.relay(Scripted(["ok", "refused", "refused"]), rounds=1)
    (stuck,) = await desk.sagas.stuck(desk.now)
    assert (stuck.state, stuck.waits_for) == (SagaState.STUCK, steps[0].undo.write.reference)
    assert (await _given_up(desk, saga)).code == "SAGA_HAS_COMMAND"
    assert await desk.state(saga) is SagaState.STUCK
    running, _ = await desk.begin()
    assert (await _given_up(desk, running)).code == "SAGA_UNKNOWN"


ENDS = st.lists(st.sampled_from(["ok", "before", "after", "refused"]), max_size=8)


@settings(max_examples=25, deadline=None)
@given(script=ENDS, steps=st.integers(1, 3))
def test_every_way_ends_done_or_undone_or_waits_for_a_person(database, script, steps):
    async def run():
        store = Store.open(database, deadline_seconds=20)
        try:
            desk = Desk(store)
            saga, made = await desk.begin(steps)
            system = Scripted(script)
            await desk.relay(system, rounds=14)
            for _ in range(4):  # whoever is asked tries again what is dead
                if await desk.state(saga) is not SagaState.STUCK:
                    break
                for one in await desk.commands.listed((CommandState.DEAD,), 9):
                    await store.transaction(
                        lambda r, one=one: desk.commands.retry(r, one.command, "a", desk.now)
                    )
                await desk.relay(system, rounds=14)
            return await desk.state(saga), standing(system, made)
        finally:
            await store.aclose()

    state, stands = asyncio.run(run())
    assert state in OVER
    assert stands == [state is SagaState.DONE] * steps


async def test_processes_are_killed_and_every_exchange_ends_in_both_systems_alike(desk, database):
    """As the graph begins them: an order at one system for goods that come back at the other."""
    desk.now = datetime.now(UTC)
    orders = desk_of(desk.owned)
    for number in range(12):
        old = sold("sap", f"R-{number}")
        sent = await orders.exchange(wanted("till"), None, old, back_of(old), f"k{number}")
        assert sent.state is OrderChangeState.SENT
    lot = Random(7)  # noqa: S311 - no secret
    for seed in range(1, 9):
        child = subprocess.Popen(  # noqa: ASYNC220 - it is killed, not waited for
            [sys.executable, "-m", "tests.work.saga_child", database, desk.brand, str(seed)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "."},
        )
        assert child.stdout
        await asyncio.to_thread(child.stdout.readline)
        await asyncio.sleep(lot.uniform(0.0, 0.2))  # somewhere in the middle of its work
        child.send_signal(signal.SIGKILL)
        await asyncio.to_thread(child.wait)
        child.stdout.close()
    desk.now = datetime.now(UTC) + timedelta(days=2)
    system = System(desk.store, Random(99))  # noqa: S311 - no secret
    for _ in range(6):
        await desk.relay(system, rounds=12)
        for one in await desk.commands.listed((CommandState.DEAD,), 99):
            if one.kind is OrderWriteKind.CANCEL or one.reason != "UPSTREAM_REFUSED":
                await desk.store.transaction(
                    lambda r, one=one: desk.commands.retry(r, one.command, "a", desk.now)
                )
    rows = await desk.store.rows(text("SELECT reference FROM fake_orders"), {})
    written = {row.reference for row in rows}
    steps = await desk.store.rows(
        text("SELECT saga, command, undo FROM order_saga_steps WHERE brand = :b ORDER BY place"),
        {"b": desk.brand},
    )
    begun = {one.saga: [step for step in steps if step.saga == one.saga] for one in steps}
    ends = Counter()
    for saga, (place, back) in begun.items():
        state = await desk.state(saga)
        assert state in OVER
        done = state is SagaState.DONE
        assert (place.command in written and place.undo not in written) == done
        assert (back.command in written) == done
        ends[state] += 1
    assert ends.total() == 12
