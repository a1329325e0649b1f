"""A worker alone sends pairs down, and of many watchers one takes the step."""

import asyncio

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action, moved
from capabilities.adoption.states import AdoptionState
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from connectors.connector import digest_of, loaded
from store.adoption.followed import Adoption
from store.adoption.steering import Steering
from store.engine import Store
from tests.gateway.adoption.test_watch import Process
from tests.migrated import migrated
from tests.store.adoption.conftest import Clock
from tests.store.member.taking import fresh_brand
from tests.work.test_sampling import Shop
from work.adoption_watch import BackWatch
from work.shadowing import Shadowing

S, MEMBER = AdoptionState, Capability.MEMBER


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "back_watch")


@pytest.fixture
async def store(database):
    opened = Store.open(database, deadline_seconds=60)
    yield opened
    await opened.aclose()


@pytest.fixture
def process(store):
    """A gateway that is not running: only its owned part, and what it would have seen."""
    return Process(store, fresh_brand(), Clock())


def back(owned):
    steering = Steering(owned)
    adoption = Adoption(steering.standings, lambda: 1)
    return BackWatch(steering, adoption), adoption


async def measured(process, fact, value, sample=1_000):
    one = Evidence(fact=fact, value=value, sample=sample, at=process.owned.now())
    await process.steering.evidence.keep("shop", MEMBER, one)


@pytest.mark.parametrize(
    ("state", "fact", "value", "lower"),
    [
        (S.DUAL_WRITE_LEGACY_LEAD, Fact.DRIFT, 11, S.HALTED),
        (S.CANARY_READ, Fact.MISMATCH_RECENT, 0.02, S.HALTED),
        (S.CANARY_READ, Fact.CONTRACT_PASSED, 0, S.SHADOW_READ),
        (S.SHADOW_READ, Fact.CONSENT_KEPT, 0, S.HALTED),
    ],
)
async def test_with_no_gateway_a_worker_sends_down(process, state, fact, value, lower):
    await process.stand(state)
    watch, adoption = back(process.owned)
    await adoption.refresh()
    await watch.run()
    assert (await process.state()).state is state
    await measured(process, fact, value)
    with capture_logs() as logs:
        await watch.run()
        await watch.run()
    after = await process.state()
    assert (after.state, after.version, after.author) == (lower, 2, "system:adoption")
    (told,) = logs
    assert (told["event"], told["to_state"]) == ("adoption demoted", lower.value)
    assert adoption.of(MEMBER, "shop").state is lower


class Held(Steering):
    """Steps of one pair cannot be taken now: somebody writes."""

    async def demote(self, pair, seen, cause):
        if pair.channel == "held":
            raise StoreUnavailable("the platform's store did not answer in time")
        return await super().demote(pair, seen, cause)


@pytest.mark.parametrize("by", ["worker", "gateway"])
async def test_a_pair_that_cannot_be_moved_holds_up_no_other(process, by):
    async def decide(_run, before):
        fresh = moved(before, S.CANARY_READ, process.owned.now())
        return fresh, Decided(action=Action.PROMOTE, author="ada", reason="try")

    spike = Evidence(fact=Fact.MISMATCH_RECENT, value=0.5, sample=1_000, at=process.owned.now())
    steering = Held(process.owned)
    for channel in ("held", "shop"):
        await steering.standings.move(channel, MEMBER, decide)
        await steering.evidence.keep(channel, MEMBER, spike)
    adoption = process.adoption
    await adoption.refresh()
    pairs = [channel for _, channel in adoption.current.standings]
    watch = BackWatch(steering, adoption)
    process.watch._steering = steering
    with capture_logs() as logs:
        await (watch.run() if by == "worker" else process.watch.look())
    found = {one: adoption.of(MEMBER, one).state for one in pairs}
    assert found == {"held": S.CANARY_READ, "shop": S.HALTED}
    if by == "worker":
        told = {one["channel"]: one["event"] for one in logs}
        assert told == {"held": "adoption not demoted", "shop": "adoption demoted"}


async def test_gateways_and_workers_that_see_the_same_go_down_once(process, store):
    await process.stand(S.DUAL_WRITE_MIDDLE_LEAD)
    backs = [back(process.owned) for _ in range(3)]
    fronts = [Process(store, process.owned.brand, process.owned.now) for _ in range(3)]
    for adoption in (*(one for _, one in backs), *(one.adoption for one in fronts)):
        await adoption.refresh()
    await measured(process, Fact.DRIFT, 11)
    looks = [watch.run() for watch, _ in backs] + [one.watch.look() for one in fronts]
    await asyncio.gather(*looks)
    steps = await process.steering.standings.history("shop", MEMBER, 10)
    assert [one.action for one in steps] == [Action.DEMOTE, Action.PROMOTE]


async def test_what_the_sampler_finds_sends_down_with_no_gateway(store):
    """From drawn keys to the step, by the chores of `santong work` alone."""
    shop = Shop(store)
    shop.legacy.digest = digest_of(loaded(shop.spec), shop.owned.zone)
    await shop.fill()
    steering = Steering(shop.owned)

    async def decide(_run, before):
        fresh = replace(moved(before, S.CANARY_READ, shop.owned.now()), read_points=500)
        return fresh, Decided(action=Action.PROMOTE, author="ada", reason="try")

    await steering.standings.move("shop", MEMBER, decide)
    await shop.place.copied_channels("shop", capability=MEMBER, filled=True)
    watch, adoption = back(shop.owned)
    await adoption.refresh()
    for number in list(shop.legacy.members)[:60]:
        shop.legacy.members.pop(number)
    await shop.run()
    chores = Shadowing(shop.owned, adoption, shop.sampling, lambda *_: shop.spec, loaded, keys=200)
    await chores.measure()
    await watch.run()
    after = (await steering.standings.current()).of(MEMBER, "shop")
    assert (after.state, after.from_state) == (S.HALTED, S.CANARY_READ)
    assert "pairs differ" in after.reason
