"""The kill switch of everything: one transaction, in force in every process without Redis."""

import asyncio

import pytest

from capabilities.adoption.deciding import Wanted
from capabilities.adoption.demotion import Demotion
from capabilities.adoption.halting import Halts
from capabilities.adoption.moves import Action
from capabilities.adoption.states import AdoptionState
from capabilities.audit import AuditFilter
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from store.access.audit import Audit
from store.adoption.followed import opened_adoption
from store.adoption.halting import Halting
from store.adoption.steering import Pair, Steering
from tests.store.adoption.conftest import to

S = AdoptionState
MEMBER, ORDER = Capability.MEMBER, Capability.ORDER
CANARY = [("jd", MEMBER), ("jd", ORDER), ("pos", MEMBER), ("shop", MEMBER)]


@pytest.fixture
async def halting(owned, standings):
    for channel, capability in CANARY:
        await standings.move(channel, capability, to(S.CANARY_READ))
    await standings.move("old", ORDER, to(S.STAYS_LEGACY))
    await standings.move("gone", ORDER, to(S.LEGACY_RETIRED))
    return Halting(owned)


def wanted(key="1"):
    return Wanted(author="ada", role="ADMIN", reason="the points are wrong", key=key)


async def halted(standings):
    found = (await standings.current()).standings
    pairs = [(c, k) for (k, c), one in found.items() if one.state is S.HALTED]
    return sorted(pairs, key=lambda pair: (pair[0], pair[1].value))


@pytest.mark.parametrize(
    ("halts", "pairs"),
    [
        (Halts(), CANARY),
        (Halts(channel="jd"), CANARY[:2]),
        (Halts(capability=MEMBER), [CANARY[0], *CANARY[2:]]),
        (Halts(channel="jd", capability=ORDER), [CANARY[1]]),
        (Halts(capability=MEMBER, channels=frozenset({"pos"})), [CANARY[2]]),
        (Halts(channel="nowhere"), []),
    ],
)
async def test_those_that_are_meant_are_listed_and_halted_and_no_others(
    halting, standings, owned, halts, pairs
):
    would = await halting.would(halts)
    assert [(one.channel, one.capability) for one in would] == pairs
    assert await halted(standings) == []
    done = await halting.halt(halts, wanted())
    assert [(one.channel, one.capability) for one in done.pairs] == pairs
    assert await halted(standings) == pairs
    assert await halting.would(halts) == []
    for channel, capability in pairs:
        (step,) = await standings.history(channel, capability, 1)
        told = (step.action, step.from_state, step.author, step.role, step.reason)
        assert told == (Action.HALT, S.CANARY_READ, "ada", "ADMIN", "the points are wrong")
    trail = await Audit(owned.store, owned.brand).page(20, AuditFilter(action="adoption.halt"))
    assert len(trail) == len(pairs)


async def test_the_same_wish_is_done_once_and_its_key_is_no_others(halting, standings):
    done = await halting.halt(Halts(channel="jd"), wanted())
    assert await halting.halt(Halts(channel="jd"), wanted()) == done
    assert isinstance(await halting.halt(Halts(), wanted()), IdempotencyKeyReused)
    assert await halted(standings) == CANARY[:2]


async def test_all_or_none(halting, standings, monkeypatch):
    right, calls = type(standings)._put, []

    async def breaks(self, run, *asked):
        calls.append(asked[0])
        if len(calls) == 3:
            raise StoreUnavailable("gone")
        await right(self, run, *asked)

    monkeypatch.setattr(type(standings), "_put", breaks)
    with pytest.raises(StoreUnavailable):
        await halting.halt(Halts(), wanted())
    assert await halted(standings) == []
    monkeypatch.undo()
    await halting.halt(Halts(), wanted())
    assert await halted(standings) == CANARY


async def test_steps_of_others_go_before_or_behind_and_never_across(owned, halting, standings):
    steering, seen = Steering(owned), (await standings.current()).standings
    cause = Demotion(S.SHADOW_READ, "answers failed")
    others = [
        steering.demote(Pair(channel, capability), one.version, cause)
        for (capability, channel), one in seen.items()
        if one.state is S.CANARY_READ
    ]
    halts = [Halting(owned).halt(Halts(), wanted(str(number))) for number in range(3)]
    await asyncio.gather(*halts, *others)
    assert await halted(standings) == CANARY


async def test_a_pair_that_begins_meanwhile_is_waited_for_and_halted_too(
    owned, halting, standings, monkeypatch
):
    right, held, taken = type(standings).turns_in, [], []

    async def turns_in(self, run, pairs):
        await right(self, run, pairs)
        held.extend(pairs)
        if not taken:
            taken.append(await standings.move("late", MEMBER, to(S.CANARY_READ)))

    monkeypatch.setattr(type(standings), "turns_in", turns_in)
    done = await halting.halt(Halts(), wanted())
    late = ("late", MEMBER)
    assert late in held, "it is not moved without its turn"
    assert late in [(one.channel, one.capability) for one in done.pairs]
    assert len(held) == len(set(held)) == len(CANARY) + 1


async def test_every_process_follows_with_no_redis_at_all(owned, halting):
    async with opened_adoption(owned) as one, opened_adoption(owned) as two:
        for process in (one, two):
            await process.refresh()
            assert process.of(MEMBER, "shop").state is S.CANARY_READ
        await halting.halt(Halts(), wanted())
        for process in (one, two):
            await until(lambda p=process: all(p.of(k, c).state is S.HALTED for c, k in CANARY))


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - it follows the store by itself
            await asyncio.sleep(0.01)
