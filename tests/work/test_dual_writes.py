"""A till and a platform that both write: each side settles, and says the same as the other."""

import asyncio
import os
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from structlog.testing import capture_logs

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.deciding import Wanted as DecidedWish
from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.standing import ConflictPolicy, implicit
from capabilities.adoption.states import AdoptionState, Side
from capabilities.errors import Refused
from capabilities.estate import Capability
from capabilities.member.changing import ChangeState
from capabilities.member.commands import CommandState
from capabilities.member.conflicts import ConflictDeclined, ConflictState
from connectors.basis import basis_of
from store.adoption.draining import rolled_back
from store.adoption.steering import Pair, Steering
from store.engine import Store
from store.member.proofs import WriteProofs
from tests.connectors.conformance.subject import World
from tests.migrated import migrated
from tests.store.adoption.conftest import Clock
from tests.store.member.taking import fresh_brand
from tests.work.dual import Both, Clerk, everybody, make_till, person, shop_spec, till_spec
from work.one_sided import watch_writes

S = AdoptionState
pytestmark = pytest.mark.timeout(600)
PEOPLE = 60
# Each way; `make dual-writes` makes more of them.
WRITES = int(os.environ.get("DUAL_WRITES", "150"))


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "dual")


@pytest.fixture
async def open_both(postgres, database, monkeypatch):
    """Both sides of a brand of its own, the platform's copy filled."""
    monkeypatch.setenv("DUAL_PASSWORD", "trusted")
    store = Store.open(database, deadline_seconds=60)
    opened = []

    async def make(people=PEOPLE):
        brand = fresh_brand()
        till = str(postgres.create_database(f"till_{brand}"))
        make_till(till, people)
        both = await Both(store, brand, till_spec(till)).__aenter__()
        opened.append(both)
        await both.sync()
        return both, Clerk(till)

    yield make
    for one in opened:
        await one.__aexit__()
    await store.aclose()


async def equal(both, clerk):
    """What both sides say, once they say the same."""
    there = {number: one[:3] for number, one in clerk.people().items()}
    here = await everybody(both, list(there))
    assert {number: (one[0][-11:], *one[1:]) for number, one in here.items()} == there
    return there


async def test_where_the_system_leads_the_platform_follows_the_confirmed_write(open_both):
    both, clerk = await open_both()
    before = await both.kept("1")
    assert await both.write("1", person(phone="13911111111")) is ChangeState.QUEUED
    await both.relay.run()
    assert (await both.kept("1")) == before  # nobody reads a copy: the feed alone fills it
    await both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    assert await both.write("2", person(phone="13922222222")) is ChangeState.QUEUED
    assert (await both.kept("2"))["2"].contact.phone == "+8613910000002"
    await both.relay.run()
    assert clerk.people()["2"][0] == "13922222222"
    assert (await both.kept("2"))["2"].contact.phone == "+8613922222222"
    await both.settle()
    await equal(both, clerk)


@pytest.mark.parametrize("state", [S.SHADOW_READ, S.DUAL_WRITE_LEGACY_LEAD, S.MIDDLE_OWNED])
async def test_a_part_of_a_name_stands_on_both_sides_once_it_is_confirmed(open_both, state):
    both, clerk = await open_both(people=2)
    await both.stand(state)
    await both.write("1", person(family_name="赵"))
    await both.relay.run()
    assert (await both.kept("1"))["1"].contact.name == clerk.people()["1"][2] == "赵小满"
    before = await written(both)
    await both.sync()
    if state is not S.SHADOW_READ:  # there the feed is taken as it comes
        assert await written(both) == before
    await both.settle()
    await equal(both, clerk)


@pytest.mark.parametrize("state", [S.DUAL_WRITE_MIDDLE_LEAD, S.MIDDLE_OWNED])
async def test_where_the_platform_leads_it_has_the_write_first(open_both, state):
    both, clerk = await open_both()
    await both.stand(state, points=10_000)
    changed = person(phone="13933333333", family_name="王", given_name="小二")
    assert await both.write("3", changed) is ChangeState.DONE
    kept = (await both.kept("3"))["3"]
    assert (kept.contact.phone, kept.contact.name) == ("+8613933333333", "王小二")
    assert (kept.source.connector, kept.points.available) == ("till", 10)
    assert clerk.people()["3"][0] == "13910000003"
    await both.settle()
    assert (await equal(both, clerk))["3"] == ("13933333333", "p3@example.test", "王小二")


async def test_a_share_leads_for_its_subjects_alone(open_both):
    both, clerk = await open_both()
    await both.stand(S.DUAL_WRITE_MIDDLE_LEAD, points=5_000)
    states = [await both.write(str(n), person(email=f"new{n}@example.test")) for n in range(1, 41)]
    assert 8 < Counter(states)[ChangeState.DONE] < 32
    await both.settle()
    assert all(one[1] == f"new{n}@example.test" for n, one in zip(
        range(1, 41), (await equal(both, clerk)).values(), strict=False
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "count"),
    [
        (ConflictPolicy.FIELD_WISE, WRITES),
        (ConflictPolicy.LEADER_WINS, WRITES // 3),
        (ConflictPolicy.QUEUE, WRITES // 3),
    ],
)
async def test_so_many_writes_each_way_settle_and_then_nobody_writes(open_both, policy, count):
    both, clerk = await open_both(people=count // 2)
    await both.stand(S.DUAL_WRITE_MIDDLE_LEAD, points=10_000, policy=policy)
    # some people are changed on both sides at once, in one field or in two
    half = count // 2
    ours = [(n % half + 1, f"o{n}@example.test") for n in range(count)]
    theirs = [(n * 7 % half + 1, "phone_number", f"138{20_000_000 + n}") for n in range(half)]
    theirs += [(n * 7 % half + 1, "email", f"t{n}@example.test") for n in range(half)]

    async def platform():
        for number, email in ours:
            await both.write(str(number), person(email=email))

    async def between(done):
        while not done.is_set():
            await both.relay.run()
            await both.sync()

    done = asyncio.Event()
    running = asyncio.create_task(between(done))
    await asyncio.gather(platform(), asyncio.to_thread(clerk.change, theirs))
    done.set()
    await running
    await both.settle()
    there = await equal(both, clerk)
    if policy is ConflictPolicy.LEADER_WINS:
        last = {str(number): email for number, email in ours}
        assert {number: one[1] for number, one in there.items()} == last
    before = clerk.versions(), await written(both)
    await both.settle(most=2)
    drift = await both.reconciling.once("store")
    assert (drift.compared, drift.total, drift.in_flight) == (half, 0, 0), drift
    assert (clerk.versions(), await written(both)) == before


async def test_a_shop_and_the_platform_settle_as_a_till_does(
    postgres, database, monkeypatch, tmp_path_factory
):
    """The shop's own page changes names while the platform changes addresses of the same people."""
    monkeypatch.setenv("DUAL_PASSWORD", "cs_demo")
    store = Store.open(database, deadline_seconds=60)
    with ExitStack() as stack:
        url = World(postgres, tmp_path_factory, stack).server("demo.shop", "--port", "0")
        own = httpx.Client(base_url=f"{url}/wp-json/wc/v3/", auth=("ck_demo", "cs_demo"))
        page = stack.enter_context(own)
        async with Both(store, fresh_brand(), shop_spec(url)) as both:
            await both.sync()
            await both.stand(
                S.DUAL_WRITE_MIDDLE_LEAD, points=10_000, policy=ConflictPolicy.FIELD_WISE
            )
            numbers = await both.numbers()
            asked = [(number, f"shop{turn}@example.test") for turn, number in enumerate(numbers)]

            def clerk():
                for turn, number in enumerate(numbers):
                    page.put(f"customers/{number}", json={"first_name": f"名{turn}"})

            async def platform():
                for number, email in asked:
                    await both.write(number, person(email=email))
                    await both.relay.run()

            await asyncio.gather(asyncio.to_thread(clerk), platform())
            await both.settle()
            there = {number: page.get(f"customers/{number}").json() for number in numbers}
            said = await everybody(both, numbers)
            for number, email in asked:
                row = there[number]
                assert said[number][1:] == (email, row["last_name"] + row["first_name"])
                assert row["email"] == email
                assert row["first_name"] == f"名{numbers.index(number)}"
            before = await written(both)
            await both.settle(most=2)
            assert await written(both) == before
            assert {n: page.get(f"customers/{n}").json() for n in numbers} == there
    await store.aclose()


async def test_an_echo_is_recognised_doubled_and_out_of_order(open_both):
    both, clerk = await open_both(people=3)
    await both.stand(S.MIDDLE_OWNED, policy=ConflictPolicy.FIELD_WISE)
    shown = []
    for email in ("a@example.test", "b@example.test", "c@example.test"):
        await both.write("1", person(email=email))
        await both.relay.run()
        shown += await both.connector.memberships(["1"])
    assert [one.origin is not None for one in shown] == [True] * 3
    before = await written(both)
    for one in (shown[2], shown[0], shown[2], shown[1], shown[0]):
        await both.take(one)
    assert (await both.kept("1"))["1"].contact.email == "c@example.test"
    assert await written(both) == before
    clerk.change([(1, "email", "a@example.test")])  # was ours once, and is no echo
    await both.settle()
    assert (await equal(both, clerk))["1"][1] == "a@example.test"


async def test_what_both_changed_waits_for_a_person_who_decides(open_both):
    both, clerk = await open_both(people=3)
    await both.stand(S.DUAL_WRITE_MIDDLE_LEAD, points=10_000, policy=ConflictPolicy.QUEUE)
    for number, keep in (("1", Side.LEGACY), ("2", Side.PLATFORM)):
        await both.write(number, person(email=f"ours{number}@example.test"))
        clerk.change([(int(number), "email", f"theirs{number}@example.test")])
        await both.sync()
        (found,) = await both.conflicts.page(10)
        assert (found.fields, found.ours, found.theirs) == (
            ("email",),
            {"email": "o***@e***.test"},
            {"email": "t***@e***.test"},
        )
        await both.settle()
        assert (await equal(both, clerk))[number][1] == f"ours{number}@example.test"
        decided = await both.decide(found.key, keep)
        assert decided.state is not ConflictState.OPEN
        assert isinstance(await both.decide(found.key, keep), ConflictDeclined)
        await both.settle()
        assert not await both.conflicts.page(10)
    assert [one[1] for one in (await equal(both, clerk)).values()] == [
        "theirs1@example.test",
        "ours2@example.test",
        "p3@example.test",
    ]


async def test_drift_is_counted_by_field_repaired_toward_the_leader_and_then_none(open_both):
    both, clerk = await open_both(people=20)
    await both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    clerk.change([(n, "email", f"x{n}@example.test") for n in (1, 2, 3)])
    clerk.change([(3, "phone_number", "13812345678")])
    drift = await both.reconciling.once("store")
    assert (drift.compared, drift.differing, drift.taken) == (20, 3, 3)
    assert drift.fields == {"email": 3, "phone": 1}
    await both.stand(S.MIDDLE_OWNED)
    clerk.change([(4, "email", "lost@example.test")])
    drift = await both.reconciling.once("store")
    assert (drift.differing, drift.repaired, drift.fields) == (1, 1, {"email": 1})
    assert (await both.evidence())[Fact.DRIFT].value == 1
    await both.settle()
    assert (await both.reconciling.once("store")).total == 0
    there = await equal(both, clerk)
    assert (there["3"][0], there["4"][1]) == ("13812345678", "p4@example.test")
    known = await both.evidence()
    facts = (Fact.DRIFT, Fact.UNDRAINED, Fact.WRITES_IDEMPOTENT, Fact.REVERSE_SYNC)
    assert [known[one].value for one in facts] == [0, 0, 1, 1]


def last_compared(basis, at):
    """A pair that was compared under a basis, and what a gateway says is in force now."""
    old = replace(basis, connector="another")
    return (
        Evidence(fact=Fact.COMPARISONS, value=20_000, at=at, basis=old),
        Evidence(fact=Fact.CONFIG_VALID, value=1, at=at, basis=basis),
    )


async def test_behind_a_changed_definition_it_goes_on_once_both_sides_are_equal(open_both):
    both, clerk = await open_both(people=5)
    await both.stand(S.MIDDLE_OWNED)
    steering, pair = Steering(both.owned), Pair("store", Capability.MEMBER)
    basis = basis_of(both.connector, Capability.MEMBER)
    await steering.evidence.keep(
        "store", Capability.MEMBER, *last_compared(basis, both.owned.now())
    )
    here = (await both.standings.current()).of(Capability.MEMBER, "store")
    halted = await steering.demote(pair, here.version, await steering.due(here))
    assert (halted.state, halted.frozen) == (S.HALTED, True)
    clerk.change([(4, "email", "lost@example.test")])

    async def resume(target, key):
        wish = DecidedWish(author="ada", reason="on", key=key)
        return await steering.resume(pair, target, PRODUCTION, wish)

    for times in range(2):  # before anybody reconciled, and behind one that found a difference
        for target in (S.MIDDLE_OWNED, S.DUAL_WRITE_MIDDLE_LEAD):
            refused = await resume(target, f"{target} {times}")
            assert [(one.name, one.observed) for one in refused.gates] == [
                ("definitions-unchanged", "changed: reconcile until nothing differs")
            ]
        assert (await both.reconciling.once("store")).total == (0 if times else 1)
        await both.settle()
    known = await both.evidence()
    assert [known[one].basis for one in (Fact.DRIFT, Fact.BOTH_EQUAL)] == [basis, basis]
    resumed = await resume(S.MIDDLE_OWNED, "on")
    assert resumed.state is S.MIDDLE_OWNED
    assert await steering.due(resumed) is None


async def test_a_time_without_drift_begins_anew_under_another_definition(open_both):
    both, _ = await open_both(people=2)
    clock = Clock()
    clock.now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    reconciling = both.reconciling_by(clock)

    async def free():
        await reconciling.once("store")
        clock.pass_by(hours=1)
        return (await both.evidence())[Fact.DRIFT_FREE_SECONDS].value

    assert [await free() for _ in range(2)] == [0, 3600]
    both.connector.spec = replace(both.connector.spec, settings={"url": "postgresql://elsewhere"})
    assert [await free() for _ in range(2)] == [0, 3600]


async def test_members_that_only_their_system_has_are_drift_and_taken_in(open_both):
    both, clerk = await open_both(people=5)
    await both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    await both.store.rows(
        text("DELETE FROM membership_records WHERE brand = :brand AND number IN ('2', '4')"),
        {"brand": both.brand},
    )
    clerk.joined(4, "2026-11-27")
    clock = Clock()
    clock.now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    # who joined today is the feed's to bring, and is no drift before tomorrow
    drift = await both.reconciling_by(clock).once("store")
    assert (drift.compared, drift.unknown, drift.taken) == (5, 1, 1)
    assert (drift.in_flight, drift.total) == (1, 1)
    known = await both.evidence()
    assert (known[Fact.DRIFT].value, known[Fact.DRIFT_FREE_SECONDS].value) == (1, 0)
    clock.pass_by(hours=30)
    assert (await both.reconciling_by(clock).once("store")).unknown == 1
    clock.pass_by(hours=1)
    assert (await both.reconciling_by(clock).once("store")).total == 0
    await equal(both, clerk)


async def feed(both, clerk):
    """The till changes a member, and the feed brings it."""
    clerk.change([(1, "email", "new@example.test")])
    await both.sync()


async def confirm(both, _clerk):
    """A write of ours is taken, sent and confirmed."""
    await both.write("1", person(email="new@example.test"))
    await both.relay.run()


@pytest.mark.parametrize(
    ("state", "happens"),
    [
        (S.DUAL_WRITE_LEGACY_LEAD, feed),
        (S.DUAL_WRITE_LEGACY_LEAD, confirm),
        (S.MIDDLE_OWNED, confirm),
    ],
)
async def test_what_lands_while_a_system_is_asked_is_not_put_back(
    open_both, monkeypatch, state, happens
):
    both, clerk = await open_both(people=3)
    await both.stand(state)
    ask = both.connector.memberships

    async def slowly(numbers):
        found = await ask(numbers)
        await happens(both, clerk)
        return found

    monkeypatch.setattr(both.connector, "memberships", slowly)
    drift = await both.reconciling.once("store")
    assert (drift.compared, drift.in_flight, drift.total) == (3, 1, 0)
    assert (await both.kept("1"))["1"].contact.email == "new@example.test"
    monkeypatch.undo()
    monkeypatch.setenv("DUAL_PASSWORD", "trusted")
    assert (await both.reconciling.once("store")).total == 0


async def test_days_on_which_nobody_looked_are_not_free_of_drift(open_both):
    both, _ = await open_both(people=3)
    await both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    clock = Clock()
    reconciling = both.reconciling_by(clock)
    free = []
    for hours in (0, 24, 24, 24 * 7, 24):
        clock.pass_by(hours=hours)
        await reconciling.once("store")
        free.append((await both.evidence())[Fact.DRIFT_FREE_SECONDS].value / 3_600)
    assert free == [0, 24, 48, 0, 24]


async def test_a_write_that_its_system_still_lacks_is_late_already(open_both):
    both, _ = await open_both(people=3)
    await both.stand(S.DUAL_WRITE_MIDDLE_LEAD, points=10_000)
    await both.write("1", person(email="stuck@example.test"))
    proofs = WriteProofs(both.owned, both.keys)
    lag = await proofs.lag("store", both.owned.now() + timedelta(hours=30))
    assert lag.writes == 1
    assert lag.p99 >= timedelta(hours=30).total_seconds()
    await both.settle()
    assert (await proofs.lag("store", both.owned.now())).p99 < timedelta(hours=1).total_seconds()


async def test_a_step_down_waits_for_the_outbox_and_loses_nothing(open_both):
    both, clerk = await open_both(people=5)
    await both.stand(S.DUAL_WRITE_MIDDLE_LEAD, points=10_000)
    await both.write("1", person(email="first@example.test"))
    declined = await both.stand(S.DUAL_WRITE_LEGACY_LEAD)
    assert isinstance(declined, AdoptionDeclined)
    assert (declined.code, declined.standing.state) == (
        "ADOPTION_UNDRAINED", S.DUAL_WRITE_MIDDLE_LEAD,
    )  # fmt: skip
    await both.stand(S.DUAL_WRITE_MIDDLE_LEAD, points=0)
    assert await both.write("1", person(phone="13844444444")) is ChangeState.QUEUED
    told = []
    waiting = asyncio.create_task(both.outbox.drained("store", timedelta(seconds=60), told.append))
    await both.relay.run()
    assert (await waiting).count == 0
    assert not isinstance(await both.stand(S.DUAL_WRITE_LEGACY_LEAD), AdoptionDeclined)
    await both.settle()
    assert (await equal(both, clerk))["1"][:2] == ("13844444444", "first@example.test")


async def test_a_step_of_orders_waits_for_no_write_of_members(open_both):
    both, _ = await open_both(people=1)
    await both.stand(S.DUAL_WRITE_MIDDLE_LEAD, points=10_000)
    await both.write("1", person(email="first@example.test"))
    down = [S.DUAL_WRITE_MIDDLE_LEAD, S.DUAL_WRITE_LEGACY_LEAD]
    told = {}
    for capability in (Capability.MEMBER, Capability.ORDER):
        before, fresh = (replace(implicit("store", capability), state=one) for one in down)
        declined = await both.outbox.guard(both.store.rows, before, fresh)
        told[capability] = declined is not None
    assert told == {Capability.MEMBER: True, Capability.ORDER: False}


async def test_a_roll_back_leads_new_writes_elsewhere_and_waits_no_longer_than_it_may(open_both):
    both, clerk = await open_both(people=3)
    steering, pair = Steering(both.owned), Pair("store", Capability.MEMBER)
    await both.stand(S.MIDDLE_OWNED)
    await both.write("1", person(email="first@example.test"))
    wish = DecidedWish(author="ada", reason="back", key="k1")
    target, told = S.DUAL_WRITE_LEGACY_LEAD, []
    declined = await rolled_back(steering, pair, target, wish, timedelta(), told.append)
    assert declined.code == "ADOPTION_UNDRAINED"
    assert [one.waiting for one in told] == [1]
    # nothing more is led here meanwhile, and asked again it goes on
    assert await both.write("2", person(email="second@example.test")) is ChangeState.QUEUED
    waiting = asyncio.create_task(
        rolled_back(steering, pair, target, wish, timedelta(seconds=60), told.append)
    )
    await both.relay.run()
    done = await waiting
    assert (done.state, done.writes("2"), told[-1].count) == (target, Side.LEGACY, 0)
    assert await rolled_back(steering, pair, target, wish, timedelta()) == done
    await both.settle()
    there = await equal(both, clerk)
    assert [there[one][1] for one in "12"] == ["first@example.test", "second@example.test"]


async def test_a_write_that_its_system_refuses_is_pending_until_a_person_sees_to_it(
    open_both, monkeypatch
):
    both, clerk = await open_both(people=2)
    await both.stand(S.MIDDLE_OWNED)
    with monkeypatch.context() as broken:
        broken.setattr(both.connector, "write_membership", refused, raising=False)
        await both.write("1", person(email="late@example.test"))
        await both.relay.run()
    left = await both.outbox.undrained("store")
    assert (left.waiting, left.dead) == (0, 1)
    with capture_logs() as logs:
        await watch_writes(both.owned)
    assert [(one["log_level"], one["dead"]) for one in logs] == [("error", 1)]
    drift = await both.reconciling.once("store")
    assert (drift.in_flight, drift.total) == (1, 0)
    (dead,) = await both.commands.listed((CommandState.DEAD,), 5)
    await both.commands.retry(dead.command, both.owned.now())
    await both.settle()
    assert (await equal(both, clerk))["1"][1] == "late@example.test"
    assert (await both.outbox.undrained("store")).count == 0


async def refused(_write):
    raise Refused("no", source="till")


async def written(both):
    """Which version of each row there is on the platform's side."""
    rows = await both.store.rows(_VERSIONS, {"brand": both.brand})
    return [tuple(row) for row in rows]


_VERSIONS = text(
    "SELECT number, xmin::text FROM membership_records WHERE brand = :brand"
    " UNION ALL SELECT encode(hash, 'hex'), xmin::text FROM identity_claims WHERE brand = :brand"
    " UNION ALL SELECT id, xmin::text FROM member_commands WHERE brand = :brand"
    " UNION ALL SELECT key, xmin::text FROM events WHERE brand = :brand ORDER BY 1, 2"
)
