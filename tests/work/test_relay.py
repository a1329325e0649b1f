"""Commands to a system that misbehaves: told once, looked up, or waiting for a person."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.errors import CircuitOpen, Garbled, Refused, TimedOut
from capabilities.estate import Capability, ConnectorSpec
from capabilities.member.commands import CommandState, Ordered
from capabilities.member.pending import PENDING_PLACE, place_of
from capabilities.member.ports import MembershipSink
from capabilities.member.writing import PersonFields, WriteKind
from capabilities.page import PageAsk
from store.commands import Commands, order
from store.engine import Store
from store.member.members import Members
from store.member.pending import PendingRegistrations
from store.member.taking import Intake
from store.owned import Owned
from store.privacy.data_keys import DataKeys, owner_of_person
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from work.commands import Relay

SPEC = ConnectorSpec(name="shop", system="woocommerce", channels={Capability.MEMBER: {"*": "shop"}})
PERSON = PersonFields(phone="13900008888", phone_verified=True, family_name="林", given_name="晓")


class System(MembershipSink):
    """What stands there, and what becomes of the next calls: an error before, or after writing."""

    write_kinds = frozenset(WriteKind)

    def __init__(self):
        self.written, self.before, self.after, self.calls = {}, [], [], []
        self.missing, self.values = set(), {}

    async def write_membership(self, write):
        self.calls.append(("write", write.reference))
        if self.before:
            raise self.before.pop(0)
        if write.number in self.missing:
            return None
        assert write.reference not in self.written, "written twice"
        self.written[write.reference] = write.number or f"n{len(self.written) + 1}"
        self.values |= {name: getattr(write.person, name) for name in write.person.told}
        if self.after:
            raise self.after.pop(0)
        return self.written[write.reference]

    async def written_membership(self, write):
        self.calls.append(("look", write.reference))
        return self.written.get(write.reference)


class Post:
    """A brand's commands, and relays of several processes."""

    def __init__(self, store):
        self.store, self.brand, self.system = store, fresh_brand(), System()
        self.now = datetime(2026, 11, 27, tzinfo=UTC)
        sealer = Sealer(b"s" * 32)
        self.keys = DataKeys(self.brand, sealer)
        self.commands = Commands(store, self.brand, self.keys)
        self.specs = {"shop": SPEC}
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
        stones = Tombstones(self.brand, b"t" * 32)
        intake = Intake(self.brand, KEY, self.keys, stones)
        return Relay(self.owned, self.commands, intake, self.specs.get, self._opened)

    @asynccontextmanager
    async def _opened(self, _):
        yield self.system

    async def order(self, kind=WriteKind.REGISTER, number=None, one_id="p1", person=PERSON):
        wish = Ordered(
            connector="shop",
            channel="shop",
            kind=kind,
            one_id=one_id,
            number=number,
            person=person,
            author="ada",
        )
        return await self.store.transaction(
            lambda run: order(run, self.keys, self.brand, wish, self.now)
        )

    async def state(self, command):
        (found,) = [
            one for one in await self.commands.listed(tuple(CommandState), 50)
            if one.command == command
        ]  # fmt: skip
        return found

    async def rows(self, statement):
        return await self.store.rows(text(statement), {"brand": self.brand})


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "relay")


@pytest.fixture
async def post(database):
    store = Store.open(database, deadline_seconds=20)
    yield Post(store)
    await store.aclose()


async def test_who_is_registered_there_is_a_member_here_and_nothing_of_her_is_left(post):
    command = await post.order()
    await post.relay.run()
    done = await post.state(command)
    assert (done.state, done.number, done.reason) == (CommandState.DONE, "n1", None)
    assert post.system.calls == [("write", command)]
    links = await post.rows("SELECT channel, number FROM membership_links WHERE brand = :brand")
    assert [tuple(one) for one in links] == [("shop", "n1")]
    (kept,) = await post.rows("SELECT sealed_person FROM member_commands WHERE brand = :brand")
    assert kept.sealed_person is None


async def test_an_id_of_a_registration_leads_to_who_it_became(post):
    pending = PendingRegistrations(post.store, post.brand, post.keys)
    unproven = PersonFields(phone="13900008888", family_name="林")
    command = await post.order(one_id="by-reference", person=unproven)
    assert await pending.any()
    ((waiting,),) = await pending.of_people(["by-reference"])
    assert (waiting.number, waiting.status.value, waiting.phone) == (command, "PENDING", None)
    key = MembershipKey("shop", command)
    assert await pending.by_reference([key, MembershipKey("pos", command)]) == [waiting, None]
    await post.relay.run()
    assert await pending.of_people(["by-reference"]) == [()]
    assert await pending.by_reference([key]) == [MembershipKey("shop", "n1")]
    (person,) = await Members(post.store, post.brand).by_one_id(["by-reference"])
    assert person.links == (MembershipKey("shop", "n1"),)


@pytest.mark.parametrize("newest_first", [True, False])
async def test_registrations_are_walked_in_order_each_once(post, newest_first):
    pending = PendingRegistrations(post.store, post.brand, post.keys)
    for number in range(9):
        if number % 3 == 0:
            post.now += timedelta(seconds=1)
        await post.order(one_id=f"p{number}")
    await post.store.transaction(lambda run: post.keys.delete(run, [owner_of_person("p4")]))
    found, after = [], None
    while True:
        asked = PageAsk(first=2, channels=(PENDING_PLACE,), after=after, newest_first=newest_first)
        page = await pending.page(["shop"], asked)
        found += page.rows
        if not page.has_more:
            break
        after = page.truncated_at or place_of(page.rows[-1])
    ranks = [place_of(one).rank for one in found]
    assert ranks == sorted(ranks, reverse=not newest_first)
    assert len({one.number for one in found}) == len(found) == 8
    assert (await pending.page(["pos"], asked)).rows == ()


async def test_an_answer_that_was_lost_is_looked_up_and_never_written_again(post):
    post.system.after = [TimedOut("late", source="shop")]
    command = await post.order()
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.UNKNOWN
    post.now += timedelta(seconds=6)
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE
    assert post.system.calls == [("write", command), ("look", command)]


async def test_what_never_arrived_is_looked_up_and_then_written(post):
    post.system.before = [Garbled("?", source="shop"), CircuitOpen("later", source="shop")]
    command = await post.order()
    for _ in range(4):
        await post.relay.run()
        post.now += timedelta(minutes=2)
    assert (await post.state(command)).state is CommandState.DONE
    kinds = [kind for kind, _ in post.system.calls]
    assert kinds == ["write", "look", "write", "write"]


async def test_a_process_that_was_killed_in_the_middle_leaves_a_look_up(post):
    command = await post.order()
    (claimed,) = await post.commands.claim(post.now, 120, 5)
    await post.system.write_membership(claimed.write)  # and the process is gone
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.SENDING
    post.now += timedelta(seconds=121)
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE
    assert not await post.store.transaction(
        lambda run: post.commands.done(run, claimed, "n9", post.now)
    )
    assert (await post.state(command)).number == "n1"


async def test_many_relays_write_each_once(post):
    wanted = [await post.order(one_id=f"p{n}") for n in range(25)]
    await asyncio.gather(*(post.another().run() for _ in range(4)))
    writes = [reference for kind, reference in post.system.calls if kind == "write"]
    assert sorted(writes) == sorted(wanted)


async def test_changes_of_one_membership_go_in_their_order(post):
    first = await post.order(WriteKind.UPDATE, "7")
    post.now += timedelta(seconds=1)
    second = await post.order(WriteKind.UPDATE, "7")
    post.system.before = [CircuitOpen("later", source="shop")]
    await post.relay.run()
    assert [reference for _, reference in post.system.calls] == [first]
    post.now += timedelta(minutes=1)
    await post.relay.run()
    assert [reference for _, reference in post.system.calls] == [first, first, second]


@pytest.mark.parametrize(
    ("after", "state"),
    [([], CommandState.DONE), ([TimedOut("late", source="shop")], CommandState.UNKNOWN)],
)
async def test_an_older_change_that_is_tried_again_undoes_no_newer_one(post, after, state):
    post.system.before = [Refused("no", source="shop")]
    old = PersonFields(phone="13900008881", phone_verified=True, email="old@example.test")
    first = await post.order(WriteKind.UPDATE, "7", person=old)
    await post.relay.run()
    post.now += timedelta(seconds=1)
    post.system.after = list(after)
    second = await post.order(WriteKind.UPDATE, "7", person=PersonFields(email="new@example.test"))
    await post.relay.run()
    assert (await post.state(second)).state is state
    assert await post.commands.retry(first, post.now)
    await post.relay.run()
    post.now += timedelta(minutes=1)
    await post.relay.run()
    assert {(await post.state(one)).state for one in (first, second)} == {CommandState.DONE}
    assert post.system.values == {"phone": "13900008881", "email": "new@example.test"}


async def test_a_change_of_which_nothing_is_left_is_given_up_and_forgotten(post):
    post.system.before = [Refused("no", source="shop")]
    first = await post.order(WriteKind.UPDATE, "7", person=PersonFields(given_name="早"))
    await post.relay.run()
    post.now += timedelta(seconds=1)
    await post.order(WriteKind.UPDATE, "7", person=PersonFields(given_name="晚"))
    await post.relay.run()
    assert await post.commands.retry(first, post.now)
    await post.relay.run()
    ended = await post.state(first)
    assert (ended.state, ended.reason) == (CommandState.DISCARDED, "SUPERSEDED")
    assert post.system.values == {"given_name": "晚"}
    rows = await post.rows("SELECT sealed_person FROM member_commands WHERE brand = :brand")
    assert {one.sealed_person for one in rows} == {None}


async def test_two_changes_that_may_have_arrived_do_not_wait_for_each_other(post):
    post.system.after = [TimedOut("late", source="shop")] * 2
    first = await post.order(WriteKind.UPDATE, "7", person=PersonFields(given_name="早"))
    await post.relay.run()
    await post.rows("UPDATE member_commands SET state = 'DEAD' WHERE brand = :brand")
    post.now += timedelta(seconds=1)
    second = await post.order(WriteKind.UPDATE, "7", person=PersonFields(email="a@example.test"))
    await post.relay.run()
    assert await post.commands.retry(first, post.now)
    post.now += timedelta(minutes=1)
    await post.relay.run()
    assert {(await post.state(one)).state for one in (first, second)} == {CommandState.DONE}
    writes = [reference for kind, reference in post.system.calls if kind == "write"]
    assert writes == [first, second]


async def test_a_refusal_waits_for_a_person_who_tries_again_or_gives_up(post):
    post.system.before = [Refused("no", source="shop"), Refused("no", source="shop")]
    command, other = await post.order(), await post.order(one_id="p2")
    await post.relay.run()
    dead = await post.state(command)
    assert (dead.state, dead.reason) == (CommandState.DEAD, "UPSTREAM_REFUSED")
    assert await post.commands.retry(command, post.now)
    assert await post.commands.discard(other, post.now)
    assert not await post.commands.retry(other, post.now)
    await post.relay.run()
    assert (await post.state(command)).state is CommandState.DONE
    assert (await post.state(other)).state is CommandState.DISCARDED


async def test_it_is_given_up_in_the_end(post):
    post.system.before = [TimedOut("late", source="shop")] * 50
    command = await post.order()
    for _ in range(15):
        await post.relay.run()
        post.now += timedelta(hours=2)
    dead = await post.state(command)
    assert (dead.state, dead.attempts) == (CommandState.DEAD, 12)


async def test_what_nobody_knows_there_and_a_system_without_a_sink_are_said(post):
    post.system.missing = {"404"}
    gone = await post.order(WriteKind.UPDATE, "404")
    erased = await post.order(WriteKind.ERASE, "404", one_id="p2")
    await post.relay.run()
    assert (await post.state(gone)).reason == "MEMBERSHIP_UNKNOWN"
    assert (await post.state(erased)).state is CommandState.DONE
    post.system.write_kinds = frozenset({WriteKind.ERASE})
    deaf = await post.order(one_id="p3")
    await post.relay.run()
    assert (await post.state(deaf)).reason == "NO_SINK"


async def test_a_connector_that_rests_is_waited_for(post):
    post.specs.clear()
    command = await post.order()
    await post.relay.run()
    waits = await post.state(command)
    assert (waits.state, waits.reason) == (CommandState.QUEUED, "CONNECTOR_AWAY")


async def test_who_was_erased_is_told_to_nobody_but_for_her_erasure(post):
    command = await post.order()
    erase = await post.order(WriteKind.ERASE, "7", one_id="p1", person=PersonFields())
    await post.store.transaction(lambda run: post.keys.delete(run, [owner_of_person("p1")]))
    await post.relay.run()
    assert (await post.state(command)).reason == "ERASED"
    assert (await post.state(erase)).state is CommandState.DONE
    assert [reference for _, reference in post.system.calls] == [erase]


async def test_nothing_of_a_person_stands_in_the_clear(post):
    await post.order()
    (row,) = await post.rows("SELECT m::text AS all FROM member_commands m WHERE brand = :brand")
    assert "13900008888" not in row.all
    assert b"13900008888".hex() not in row.all
    assert "林" not in row.all
    assert "p1" in row.all


async def test_one_that_waits_behind_a_slow_system_is_not_told_by_two_processes(post):
    first, second = await post.order(one_id="p1"), await post.order(one_id="p2")
    write, other = post.system.write_membership, post.another()

    async def slow(wish):
        post.system.write_membership = write
        post.now += timedelta(seconds=119)  # within its own lease
        number = await write(wish)
        post.now += timedelta(seconds=2)
        await other.run()  # looks for what leases have let go
        return number

    post.system.write_membership = slow
    await post.relay.run()
    writes = [reference for kind, reference in post.system.calls if kind == "write"]
    assert sorted(writes) == sorted([first, second])
