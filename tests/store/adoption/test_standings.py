"""Steps in PostgreSQL: all of one together, in turn, kept for ever, and followed by everybody."""

import asyncio

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.cohort import Cohorts
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import AdoptionState, Side
from capabilities.audit import AuditFilter
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from store.access.audit import Audit
from store.adoption import followed
from store.adoption.followed import Adoption, opened_adoption
from store.adoption.leaders import Leaders
from store.adoption.standings import Standings
from store.engine import Store
from store.versions import Versions
from tests.store.adoption.conftest import GATE, NOON, to

S = AdoptionState
_WAITS = text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
SHOP = ("shop", Capability.MEMBER)


async def test_a_step_is_kept_with_its_reason_and_its_evidence(standings, clock):
    clock.pass_by(hours=1)
    after = await standings.move(*SHOP, to(S.SHADOW_READ, clock()))
    assert (after.state, after.version, after.author, after.reason) == (
        S.SHADOW_READ,
        1,
        "ada",
        "try",
    )
    await standings.move(*SHOP, to(S.FEDERATED_READ, clock(), action=Action.ROLLBACK))
    back, up = await standings.history(*SHOP, 10)
    assert (up.action, up.from_state, up.state, up.gates) == (
        Action.PROMOTE,
        S.FEDERATED_READ,
        S.SHADOW_READ,
        (GATE,),
    )
    assert (back.version, back.from_state, back.state, back.at) == (
        2,
        S.SHADOW_READ,
        S.FEDERATED_READ,
        clock(),
    )
    assert [one.version for one in await standings.history(*SHOP, 10, before=2)] == [1]
    assert await standings.history("shop", Capability.ORDER, 10) == []


async def test_everything_of_a_standing_is_read_as_it_was_written(standings):
    whole = {
        "read_points": 500,
        "cohorts": Cohorts(stores=frozenset({"s1", "s2"}), members=frozenset({"m"})),
        "fields": {"points": Side.LEGACY},
        "conflict_policy": ConflictPolicy.FIELD_WISE,
        "review_on": NOON.date(),
    }

    async def decide(run, before):
        fresh, decided = await to(S.CANARY_READ)(run, before)
        return replace(fresh, **whole), decided

    written = await standings.move(*SHOP, decide)
    adopted = await standings.current()
    assert adopted.known
    assert adopted.of(Capability.MEMBER, "shop") == written
    assert {name: getattr(written, name) for name in whole} == whole
    (step,) = await standings.history(*SHOP, 1)
    assert {name: getattr(step, name) for name in whole} == whole


async def test_a_step_tells_everybody_and_leaves_its_entry(standings, owned, store):
    versions = Versions(store, owned.brand)
    await versions.refresh()
    before = versions.adoption()
    await standings.move(*SHOP, to(S.SHADOW_READ))
    await versions.refresh()
    assert versions.adoption() > before == 0
    (entry,) = await Audit(store, owned.brand).page(10, AuditFilter(action="adoption.promote"))
    assert (entry.actor, entry.reason) == ("ada", "try")
    assert '"to":"SHADOW_READ"' in entry.facts


async def test_what_a_guard_declines_leaves_everything_as_it_was(standings, owned, store):
    no = AdoptionDeclined(code="ADOPTION_UNDRAINED")
    seen = []

    async def guard(run, before, after):
        seen.append((before.state, after.state, after.version))
        return no

    async def decline(run, before):
        return no

    assert await standings.move(*SHOP, to(S.SHADOW_READ), [guard]) is no
    assert await standings.move(*SHOP, decline) is no
    assert seen == [(S.FEDERATED_READ, S.SHADOW_READ, 1)]
    assert (await standings.current()).standings == {}
    assert await standings.history(*SHOP, 10) == []
    assert await Audit(store, owned.brand).page(10) == []


async def test_many_at_once_take_one_step_where_they_look_at_the_version(standings):
    async def once(run, before):
        if before.version != 0:
            return AdoptionDeclined(code="ADOPTION_MOVED")
        return await to(S.HALTED)(run, before)

    done = await asyncio.gather(*(standings.move(*SHOP, once) for _ in range(8)))
    assert sorted(type(one).__name__ for one in done) == ["AdoptionDeclined"] * 7 + ["Standing"]
    assert len(await standings.history(*SHOP, 10)) == 1


async def test_a_halt_waits_for_no_write_and_for_no_step_that_waits_for_one(
    standings, owned, database
):
    """A batch of a sync holds its lock for long; the kill switch is in force meanwhile."""
    await standings.move(*SHOP, to(S.DUAL_WRITE_MIDDLE_LEAD))
    taken, ended = asyncio.Event(), asyncio.Event()

    async def batch(run):
        await Leaders(owned.brand).in_force(run, Capability.MEMBER, "shop")
        taken.set()
        await ended.wait()

    store = Store.open(database, deadline_seconds=120)
    patient = Standings(replace(owned, store=store))
    try:
        async with asyncio.timeout(90):
            writing = asyncio.create_task(store.transaction(batch))
            await taken.wait()
            stepping = asyncio.create_task(patient.move(*SHOP, to(S.DUAL_WRITE_LEGACY_LEAD)))
            while not await store.rows(_WAITS):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            halted = await patient.move(*SHOP, to(S.HALTED, action=Action.HALT), keeps_leaders=True)
            assert (halted.state, halted.lead) == (S.HALTED, S.DUAL_WRITE_MIDDLE_LEAD)
            assert not writing.done()
            assert not stepping.done()
            ended.set()
            await writing
            assert (await stepping).version == halted.version + 1
    finally:
        await store.aclose()


async def test_a_step_by_which_another_side_leads_never_passes_writes_by(standings):
    await standings.move(*SHOP, to(S.DUAL_WRITE_MIDDLE_LEAD))
    with pytest.raises(ValueError, match="waits for writes"):
        await standings.move(*SHOP, to(S.DUAL_WRITE_LEGACY_LEAD), keeps_leaders=True)
    assert (await standings.current()).of(*reversed(SHOP)).state is S.DUAL_WRITE_MIDDLE_LEAD


@pytest.mark.parametrize(
    "change", ["UPDATE adoption_steps SET reason = 'x'", "DELETE FROM", "TRUNCATE"]
)
async def test_steps_are_never_changed_nor_removed(standings, database, change):
    await standings.move(*SHOP, to(S.SHADOW_READ))
    statement = change if change.startswith("UPDATE") else f"{change} adoption_steps"
    with psycopg.connect(database) as connection, pytest.raises(psycopg.Error, match="never"):
        connection.execute(statement)
    assert len(await standings.history(*SHOP, 10)) == 1


async def test_every_process_follows_a_step(standings, owned, database):
    assert followed._POLL_SECONDS + 1.0 < 2.0  # the versions are polled once a second
    others = [replace(owned, store=Store.open(database, deadline_seconds=10)) for _ in range(3)]
    try:
        async with (
            opened_adoption(others[0]) as first,
            opened_adoption(others[1]) as second,
            opened_adoption(others[2]) as third,
            asyncio.timeout(30),
        ):
            await standings.move(*SHOP, to(S.HALTED, action=Action.HALT))
            for one in (first, second, third):
                while one.of(Capability.MEMBER, "shop").state is not S.HALTED:  # noqa: ASYNC110 - others are awaited
                    await asyncio.sleep(0.02)
    finally:
        for one in others:
            await one.store.aclose()


async def test_the_last_standings_stand_while_postgres_is_away(standings, owned, tmp_path):
    version = 1
    adoption = Adoption(standings, lambda: version)
    assert not adoption.current.known
    await standings.move(*SHOP, to(S.SHADOW_READ))
    await adoption.look()
    away = Store.open(f"postgresql://santong@/none?host={tmp_path}")
    standings._store, version = away, 2
    with pytest.raises(StoreUnavailable):
        await adoption.look()
    assert adoption.of(Capability.MEMBER, "shop").state is S.SHADOW_READ
    await away.aclose()


async def test_a_standing_is_read_once_per_step(standings):
    reads = 0
    version = 1

    async def counted():
        nonlocal reads
        reads += 1
        return await type(standings).current(standings)

    standings.current = counted
    adoption = Adoption(standings, lambda: version)
    for _ in range(3):
        await adoption.look()
    assert reads == 1
    version = 2
    await adoption.look()
    assert reads == 2
