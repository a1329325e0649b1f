"""Commands of orders to a system that misbehaves: told once, looked up, read back, or waiting."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import text

from capabilities.errors import CircuitOpen, Garbled, Overloaded, Refused, TimedOut
from capabilities.estate import Capability, ConnectorSpec
from capabilities.member.commands import CommandState
from capabilities.order.commands import OrderedWrite
from capabilities.order.ports import OrderSink
from capabilities.order.writing import OrderWrite, OrderWriteKind, OrderWritten
from store.engine import Store
from store.order.commands import OrderCommands, order_write
from store.owned import Owned
from store.privacy.data_keys import DataKeys, owner_of_order
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from work.order_commands import OrderRelay

SPEC = ConnectorSpec(name="sap", system="sap_s4hana", channels={Capability.ORDER: {"30": "tmall"}})
Kind = OrderWriteKind


class System(OrderSink):
    """What stands there, and what becomes of the next calls: an error before, or after writing."""

    order_write_kinds = frozenset(Kind) - {Kind.PAY}
    text_limits = {}  # noqa: RUF012 - as a connector's class says it

    def __init__(self):
        self.written, self.before, self.after, self.calls = {}, [], [], []
        self.drops_texts = False
        self.nobodys = set()

    async def write_order(self, write):
        self.calls.append(("write", write.kind, write.reference))
        if self.before:
            raise self.before.pop(0)
        if write.number in self.nobodys:
            return None
        assert write.reference not in self.written, "written twice"
        number = write.number or f"n{len(self.written) + 1}"
        self.written[write.reference] = OrderWritten(number=number)
        if self.after:
            raise self.after.pop(0)
        return self.written[write.reference]

    async def written_order(self, write):
        self.calls.append(("look", write.kind, write.reference))
        if self.drops_texts and write.text is not None:
            return None
        return self.written.get(write.reference)


class Post:
    """A brand's commands of orders, and relays of several processes."""

    def __init__(self, store):
        self.store, self.brand, self.system = store, fresh_brand(), System()
        self.now = datetime(2026, 11, 27, tzinfo=UTC)
        sealer = Sealer(b"s" * 32)
        self.keys = DataKeys(self.brand, sealer)
        self.commands = OrderCommands(store, self.brand, self.keys)
        self.specs = {"sap": SPEC}
        self.settled = []
        self.owned = Owned(
            store=store,
            brand=self.brand,
            sealer=sealer,
            key=KEY,
            zone=ZoneInfo("Asia/Shanghai"),
            now=lambda: self.now,
        )
        self.relay = self.another()

    def another(self):
        return OrderRelay(self.owned, self.commands, (self._settle,), self.specs.get, self._opened)

    async def _settle(self, _, settled):
        self.settled.append((settled.kind, settled.state, settled.number, settled.reason))

    @asynccontextmanager
    async def _opened(self, _):
        yield self.system

    async def order(self, kind=Kind.PLACE, number=None, subject=None, connector="sap", **more):
        reference = uuid4().hex
        write = OrderWrite(kind=kind, reference=reference, channel="tmall", number=number, **more)
        subject = subject or number or reference
        wish = OrderedWrite(
            connector=connector,
            subject=subject,
            owner=owner_of_order("tmall", subject),
            write=write,
            author="ada",
        )
        return await self.store.transaction(
            lambda run: order_write(run, self.keys, self.brand, wish, self.now)
        )

    async def state(self, command):
        (found,) = await self.commands.by_id([command])
        return found

    async def rows(self, statement):
        return await self.store.rows(text(statement), {"brand": self.brand})

    @property
    def told(self):
        return [(what, kind) for what, kind, _ in self.system.calls]


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "order_relay")


@pytest.fixture
async def post(database):
    store = Store.open(database, deadline_seconds=20)
    yield Post(store)
    await store.aclose()


async def test_an_order_that_is_placed_gets_its_number_and_nothing_of_it_is_left(post):
    command = await post.order(text="personal")
    await post.relay.run()
    done = await post.state(command)
    assert (done.state, done.number, done.reason) == (CommandState.DONE, "n1", None)
    assert post.settled == [(Kind.PLACE, CommandState.DONE, "n1", None)]
    (kept,) = await post.rows("SELECT sealed_write FROM order_commands WHERE brand = :brand")
    assert kept.sealed_write is None
    (event,) = await post.rows("SELECT topic, channel, key FROM events WHERE brand = :brand")
    assert tuple(event) == ("order.changed", "tmall", "n1")


async def test_what_waits_says_nothing_in_the_clear(post):
    await post.order(Kind.NOTE, "7", text="13900008888 林晓")
    (row,) = await post.rows("SELECT o::text AS all FROM order_commands o WHERE brand = :brand")
    assert "13900008888" not in row.all
    assert "林" not in row.all


async def test_an_answer_that_was_lost_is_shown_looked_up_and_never_written_again(post):
    post.system.after = [TimedOut("late", source="sap")]
    command = await post.order()
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.UNKNOWN
    assert post.settled == []
    post.now += timedelta(seconds=6)
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE
    assert post.told == [("write", Kind.PLACE), ("look", Kind.PLACE)]


async def test_what_never_arrived_or_was_locked_is_looked_up_and_then_written(post):
    post.system.before = [
        Garbled("?", source="sap"),
        CircuitOpen("later", source="sap"),
        Overloaded("locked", source="sap"),
    ]
    command = await post.order()
    for _ in range(5):
        await post.relay.run()
        post.now += timedelta(minutes=2)
    assert (await post.state(command)).state is CommandState.DONE
    assert [what for what, _ in post.told] == ["write", "look", "write", "write", "look", "write"]


async def test_a_process_that_was_killed_in_the_middle_leaves_a_look_up(post):
    command = await post.order()
    (claimed,) = await post.commands.claim(post.now, 120, 5)
    await post.system.write_order(claimed.write)  # and the process is gone
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.SENDING
    post.now += timedelta(seconds=121)
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE
    late = await post.store.transaction(
        lambda run: post.commands.done(run, claimed, "n9", None, post.now)
    )
    assert late is None
    assert (await post.state(command)).number == "n1"


async def test_many_relays_write_each_once(post):
    wanted = [await post.order() for _ in range(20)]
    await asyncio.gather(*(post.another().run() for _ in range(4)))
    writes = [reference for what, _, reference in post.system.calls if what == "write"]
    assert sorted(writes) == sorted(wanted)


async def test_a_system_that_is_slow_holds_up_no_other(post):
    """What another system is told meanwhile arrives, also what is asked only then."""
    post.specs["pos"] = msgspec.structs.replace(SPEC, name="pos")
    asked, answered = asyncio.Event(), asyncio.Event()
    quick = System()

    class Slow(System):
        async def write_order(self, write):
            asked.set()
            await answered.wait()
            return await super().write_order(write)

    slow = Slow()

    @asynccontextmanager
    async def opened(spec):
        yield slow if spec.name == "sap" else quick

    relay = OrderRelay(post.owned, post.commands, (post._settle,), post.specs.get, opened)
    waits = [await post.order() for _ in range(2)]
    running = asyncio.create_task(relay.run())
    await asyncio.wait_for(asked.wait(), 60)
    other = await post.order(connector="pos")
    ends = asyncio.get_running_loop().time() + 60
    while (await post.state(other)).state is not CommandState.DONE:
        assert asyncio.get_running_loop().time() < ends
    assert [(await post.state(one)).state for one in waits].count(CommandState.SENDING) == 1
    answered.set()
    await running
    assert [(await post.state(one)).state for one in waits] == [CommandState.DONE] * 2


async def test_what_follows_an_order_without_a_number_waits_for_it(post):
    place = await post.order()
    post.now += timedelta(seconds=1)
    cancel = await post.order(Kind.CANCEL, subject=place)
    post.system.before = [CircuitOpen("later", source="sap")]
    await post.relay.run()
    assert post.told == [("write", Kind.PLACE)]
    post.now += timedelta(minutes=1)
    await post.relay.run()
    assert post.told[1:] == [("write", Kind.PLACE), ("write", Kind.CANCEL)]
    done = await post.state(cancel)
    assert (done.state, done.number) == (CommandState.DONE, "n1")
    (of_order,) = await post.commands.of_orders([("tmall", "n1")])
    assert [one.command for one in of_order] == [place, cancel]
    (of_place,) = await post.commands.of_orders([("tmall", place)])
    assert of_place == of_order


async def test_what_follows_an_order_that_was_refused_is_never_told(post):
    place = await post.order()
    cancel = await post.order(Kind.CANCEL, subject=place)
    post.system.before = [Refused("no", source="sap", code="UPSTREAM_REFUSED")]
    await post.relay.run()
    assert (await post.state(cancel)).reason == "ORDER_NOT_PLACED"
    assert post.told == [("write", Kind.PLACE)]


async def test_a_text_that_the_system_drops_is_no_success(post):
    post.system.drops_texts = True
    command = await post.order(Kind.SERVICE_REQUEST, "7", text="贺卡", wanted="GIFT_CARD_NOTE")
    await post.relay.run()
    found = await post.state(command)
    assert (found.state, found.reason) == (CommandState.DEAD, "TEXT_NOT_KEPT")
    assert post.settled == [(Kind.SERVICE_REQUEST, CommandState.DEAD, "7", "TEXT_NOT_KEPT")]


async def test_a_text_is_done_when_it_was_read_back(post):
    command = await post.order(Kind.NOTE, "7", text="x")
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE
    assert [what for what, _ in post.told] == ["write", "look"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": Kind.PAY, "number": "7"}, "CHANNEL_UNSUPPORTED"),
        ({"kind": Kind.CANCEL, "number": "gone"}, "ORDER_UNKNOWN"),
    ],
)
async def test_what_no_system_does_waits_for_a_person(post, change, reason):
    post.system.nobodys = {"gone"}
    command = await post.order(**change)
    await post.relay.run()
    found = await post.state(command)
    assert (found.state, found.reason) == (CommandState.DEAD, reason)


async def test_a_dead_letter_is_tried_again_or_given_up_and_both_are_recorded(post):
    post.system.before = [Refused("no", source="sap"), Refused("no", source="sap")]
    command, other = await post.order(), await post.order()
    await post.relay.run()
    assert [one.command for one in await post.commands.listed((CommandState.DEAD,), 9)] != []
    run = post.store.transaction
    assert await run(lambda r: post.commands.retry(r, command, "ada", post.now))
    assert not await run(lambda r: post.commands.retry(r, "nothing", "ada", post.now))
    gone = await run(lambda r: post.commands.discard(r, other, "ada", post.now))
    assert (gone.state, gone.kind) == (CommandState.DISCARDED, Kind.PLACE)
    assert await run(lambda r: post.commands.discard(r, other, "ada", post.now)) is None
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE
    assert [what for what, _ in post.told][-2:] == ["look", "write"]
    entries = await post.rows("SELECT action, actor FROM audit_entries WHERE brand = :brand")
    assert sorted(tuple(one) for one in entries) == [
        ("discard order command", "ada"),
        ("retry order command", "ada"),
    ]


async def test_who_was_erased_is_told_to_nobody(post):
    command = await post.order()
    await post.keys.delete(post.store.rows, [owner_of_order("tmall", command)])
    await post.relay.run()
    found = await post.state(command)
    assert (found.state, found.reason, post.system.calls) == (CommandState.DEAD, "ERASED", [])


async def test_a_connector_that_is_away_loses_nothing(post):
    post.specs.clear()
    command = await post.order()
    await post.relay.run()
    assert (await post.state(command)).reason == "CONNECTOR_AWAY"
    post.specs["sap"] = SPEC
    post.now += timedelta(minutes=1)
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE


async def test_a_write_that_is_ordered_twice_is_one_command(post):
    reference = uuid4().hex
    write = OrderWrite(kind=Kind.PLACE, reference=reference, channel="tmall")
    wish = OrderedWrite(connector="sap", subject=reference, owner="o:x", write=write, author="ada")
    for _ in range(2):
        await post.store.transaction(
            lambda run: order_write(run, post.keys, post.brand, wish, post.now)
        )
    assert len(await post.commands.listed((CommandState.QUEUED,), 9)) == 1


async def test_a_defect_is_tried_ever_later_and_waits_for_a_person_at_last(post):
    command = await post.order()
    for attempt in range(1, 13):
        post.system.before = [RuntimeError("a defect")]
        with pytest.raises(RuntimeError):
            await post.relay.run()
        found = await post.state(command)
        assert (found.attempts, found.reason) == (attempt, "RuntimeError")
        post.now += timedelta(hours=1)
    assert found.state is CommandState.DEAD
    assert post.settled == [(Kind.PLACE, CommandState.DEAD, None, "RuntimeError")]
