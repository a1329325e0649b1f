"""Adoption as a state machine over a real PostgreSQL and a real till: steps, faults, writes, reads.

Writes through the platform change e-mail addresses, clerks at the till change phones, so that what
must stand in the end is known without asking the code. An address holds the number of its write:
a read that goes back within a state is seen by it.
"""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import count

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from capabilities.adoption.history import AdoptionDeclined, Decided
from capabilities.adoption.moves import Action, Illegal, legal, moved
from capabilities.adoption.standing import Adopted, ConflictPolicy, implicit
from capabilities.adoption.states import WAY, AdoptionState, Side, at_least
from capabilities.caller import MembershipKey, Role, Visibility
from capabilities.errors import ChannelError, TimedOut, Unavailable
from capabilities.estate import Capability, Channel, ChannelKind
from capabilities.member.commands import CommandState
from gateway.federation.adopted import AdoptedParts, Copies
from gateway.federation.adopting import Adopting
from gateway.federation.asking import Request
from gateway.federation.estate import Connection, Estate
from gateway.federation.estate_file import EstatePlan
from gateway.federation.known_people import KnownPeople
from gateway.federation.stored_people import StoredPeople
from store.adoption.guards import guards_of
from store.engine import Store
from store.member.copied_memberships import CopiedMemberships
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members
from store.member.pending import PendingRegistrations
from store.order.copied_orders import OrderCopies
from store.promotion.copied_promotions import PromotionCopies
from tests.store.member.taking import KEY, fresh_brand
from tests.work.dual import CHANNEL, Both, Clerk, make_till, person, till_spec

S, MEMBER = AdoptionState, Capability.MEMBER
PEOPLE = ("1", "2", "3")
# Below these nobody is answered, and above them nothing leads back.
STATES = tuple(
    one for one in WAY if at_least(one, S.FEDERATED_READ) and one is not S.LEGACY_RETIRED
)
POINTS = st.sampled_from((0, 2_500, 5_000, 7_500, 10_000))
_START = datetime(2026, 11, 27, 8, tzinfo=UTC)


class AdoptionMachine(RuleBasedStateMachine):
    """A till's members on their way to the platform, and back again."""

    store_url = till_url = ""

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.now, self.numbers = _START, count(1)
        self.fault = None
        self.wrote, self.phoned = {}, {}
        self.seen = {}
        self.steps = []
        self.runner.run(self.open())

    def teardown(self):
        try:
            self.settles()
        finally:
            self.runner.run(self.close())
            self.runner.close()

    # What may happen

    @rule(pick=st.integers(0, 100))
    def go_up(self, pick):
        if self.standing.state is S.HALTED:
            self.step(STATES[pick % len(STATES)], Action.RESUME)
        elif self.standing.state.next in STATES and self.without_drift():
            self.step(self.standing.state.next, Action.PROMOTE)

    @rule(state=st.sampled_from(STATES))
    def go_down(self, state):
        if at_least(self.standing.lead, state):
            self.step(state, Action.ROLLBACK)

    @rule()
    def halt(self):
        self.step(S.HALTED, Action.HALT)

    @rule(points=POINTS)
    def another_percentage(self, points):
        what = {S.CANARY_READ: "read_points", S.DUAL_WRITE_MIDDLE_LEAD: "write_points"}
        name = what.get(self.standing.state)
        if name is not None:
            self.put(lambda before: replace(before, **{name: points}), Action.PERCENT)

    @rule(number=st.sampled_from(PEOPLE))
    def write(self, number):
        self.now += timedelta(seconds=1)
        address = f"s{next(self.numbers)}@example.test"
        self.runner.run(self.both.write(number, person(email=address)))
        self.wrote[number] = address

    @rule(number=st.sampled_from(PEOPLE))
    def a_clerk_writes(self, number):
        if at_least(self.standing.lead, S.DUAL_WRITE_MIDDLE_LEAD):
            return  # the platform may lead: what a clerk writes then is a conflict, not her right
        phone = f"1381{next(self.numbers):07d}"
        self.clerk.change([(int(number), "phone_number", phone)])
        self.phoned[number] = phone

    @rule()
    def the_outbox_is_carried(self):
        self.now += timedelta(minutes=5)
        self.runner.run(self.both.relay.run())

    @rule()
    def the_feed_is_read(self):
        self.runner.run(self.synced())

    @rule(fault=st.sampled_from((None, "down", "no answer")))
    def the_till_fares(self, fault):
        """Well, away, or it does what it is told and its answer is lost."""
        self.fault = fault

    @rule(number=st.sampled_from(PEOPLE))
    def read(self, number):
        found = self.runner.run(self.loaded(number))
        if found is None:
            return
        side = Side.PLATFORM if found.source.copied else Side.LEGACY
        place = self.sequence(found)
        key = (self.standing.version, number)
        before, earlier = self.seen.setdefault(key, (side, place))
        assert before is side, "one state, and two sides answer one person"
        assert place >= earlier, "a read within a state goes back"
        self.seen[key] = (side, place)

    # What must hold

    @invariant()
    def one_leads_and_one_answers(self):
        for one_id in self.one_ids.values():
            leader, follower = self.standing.writes(one_id), self.standing.follows(one_id)
            assert follower is None or follower is leader.other
            assert self.standing.reads(one_id) in Side

    @invariant()
    def all_processes_are_told_the_same(self):
        assert self.runner.run(self.in_force()) == self.standing

    @rule()
    def settles(self):
        """Nothing acknowledged is lost: once all is well, both sides have it."""
        self.fault = None
        self.runner.run(self.settled())
        here, there = self.runner.run(self.both.kept(*PEOPLE)), self.clerk.people()
        for number, address in self.wrote.items():
            assert there[number][1] == address, "an acknowledged write never came to the till"
            assert here[number].contact.email == address, "the platform lost what it acknowledged"
        for number, phone in self.phoned.items():
            assert there[number][0] == phone, "a clerk's change was overwritten"
            assert here[number].contact.phone.endswith(phone), "the feed lost a clerk's change"

    # How it is done

    def without_drift(self):
        """As the gate asks: before the platform leads, it has all that the till has."""
        if self.standing.state.next is not S.DUAL_WRITE_MIDDLE_LEAD:
            return True
        self.runner.run(self.synced())
        return self.fault != "down"

    async def open(self):
        self.store = Store.open(self.store_url, deadline_seconds=60)
        with psycopg.connect(self.till_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        make_till(self.till_url, len(PEOPLE))
        self.clerk = Clerk(self.till_url)
        brand, spec = fresh_brand(), till_spec(self.till_url)
        self.both = await Both(self.store, brand, spec, clock=lambda: self.now).__aenter__()
        self.break_down(self.both.connector)
        await self.both.sync()
        self.kept = KeptMemberships(self.store, brand, self.both.keys)
        self.standing = implicit(CHANNEL, MEMBER)
        members = Members(self.store, brand)
        keys = [MembershipKey(CHANNEL, one) for one in PEOPLE]
        found = await members.by_membership(keys)
        self.one_ids = {key.number: one.one_id for key, one in zip(keys, found, strict=True)}
        self.connection = Connection(spec, self.both.connector)
        channel = Channel(brand=brand, code=CHANNEL, name=CHANNEL, kind=ChannelKind.STORE)
        plan = EstatePlan(
            brand=brand, time_zone="Asia/Shanghai", channels=(channel,), connectors=(spec,)
        )
        self.estate = Estate(plan, (self.connection,))

    async def close(self):
        await self.both.__aexit__()
        await self.store.aclose()

    def break_down(self, connector):
        """Let the till fail as `fault` says, whoever asks it."""

        def failing(name, *, writes=False):
            whole = getattr(connector, name)

            async def asked(*args):
                if self.fault == "down":
                    raise Unavailable("the till is away", source="till")
                answer = await whole(*args)
                if writes and self.fault == "no answer":
                    raise TimedOut("no answer in time", source="till")
                return answer

            setattr(connector, name, asked)

        failing("write_membership", writes=True)
        failing("written_membership")
        failing("memberships")

    def step(self, target, action):
        try:
            legal(self.standing, target)
        except Illegal:
            return
        self.put(lambda before: moved(before, target, self.now), action)

    def put(self, change, action):
        async def decide(_run, before):
            policy = before.conflict_policy or ConflictPolicy.LEADER_WINS
            fresh = replace(change(before), conflict_policy=policy)
            return fresh, Decided(action=action, author="ada", reason="test")

        guards = guards_of(self.store, self.both.brand)
        found = self.runner.run(self.both.standings.move(CHANNEL, MEMBER, decide, guards))
        if isinstance(found, AdoptionDeclined):
            assert found.code == "ADOPTION_UNDRAINED"
            return
        self.standing = found
        self.steps.append(found.state)

    async def in_force(self):
        current = (await self.both.standings.current()).of(MEMBER, CHANNEL)
        led = await self.store.transaction(
            lambda run: self.both.leaders.in_force(run, MEMBER, CHANNEL)
        )
        assert current == led
        return current

    async def synced(self):
        if self.fault != "down":
            await self.both.sync()

    async def settled(self):
        """Carry and read until nothing is left; what waits for a person is tried again."""
        for _ in range(30):
            self.now += timedelta(hours=1)
            for dead in await self.both.commands.listed([CommandState.DEAD], 100):
                await self.both.commands.retry(dead.command, self.now)
            await self.both.relay.run()
            changed = (await self.both.sync()).changed
            waiting = [CommandState.QUEUED, CommandState.SENDING, CommandState.UNKNOWN]
            if not changed and not await self.both.commands.listed(waiting, 1):
                return
        raise AssertionError("the two sides write for ever")

    async def loaded(self, number):
        """A membership as a request of its own reads it; None where the till could not be asked."""
        brand = self.both.brand
        sees = Visibility(role=Role.OPERATIONS, brand=brand)
        request = Request(self.estate, sees, 60)
        try:
            self.switched(request)
            ask = self.connection.connector.memberships
            return (await request.load(self.connection, "memberships", ask, number)).value
        except ChannelError:
            return None
        finally:
            request.abandon()

    def switched(self, request):
        """Put the read switch into a request, as the standings are now."""
        brand, keys = self.both.brand, self.both.keys
        adopted = Adopted({(MEMBER, CHANNEL): self.standing}, known=True)
        copies = Copies(
            CopiedMemberships(self.store, brand, self.kept, KEY),
            OrderCopies(self.store, brand, keys),
            PromotionCopies(self.store, brand),
        )
        parts = AdoptedParts(lambda: adopted, copies).of(self.estate)
        if parts is None:
            return
        people = StoredPeople(
            request,
            Members(self.store, brand),
            KnownPeople(lambda: None),
            self.take,
            KEY,
            self.kept,
            PendingRegistrations(self.store, brand, keys),
        )
        Adopting(parts).lists(request, people)

    async def take(self, memberships, at):
        await self.store.transaction(lambda run: self.both.intake.take(run, memberships, at=at))

    def sequence(self, membership):
        """The number of the write that an address is of; 0 before the first."""
        address = membership.contact.email or ""
        return int(address[1:].partition("@")[0]) if address.startswith("s") else 0


def walk(machine, seed, steps):
    """A long way by chance alone, without hypothesis' bookkeeping."""
    drawn = random.Random(seed)  # noqa: S311 - a draw that can be repeated is wanted
    for _ in range(steps):
        _one(machine, drawn)
        machine.one_leads_and_one_answers()
        machine.all_processes_are_told_the_same()
    machine.settles()


def _one(machine, drawn):
    number = drawn.choice(PEOPLE)
    drawn.choice(
        (
            lambda: machine.go_up(drawn.randrange(100)),
            lambda: machine.go_up(drawn.randrange(100)),
            lambda: machine.go_down(drawn.choice(STATES)),
            lambda: machine.halt() if drawn.random() < 0.3 else None,
            lambda: machine.another_percentage(drawn.choice((0, 2_500, 5_000, 7_500, 10_000))),
            lambda: machine.write(number),
            lambda: machine.write(number),
            lambda: machine.a_clerk_writes(number),
            machine.the_outbox_is_carried,
            machine.the_feed_is_read,
            lambda: machine.the_till_fares(drawn.choice((None, None, "down", "no answer"))),
            lambda: machine.read(number),
            lambda: machine.read(number),
        )
    )()
