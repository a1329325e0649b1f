"""What one process sees of pairs: evidence, and steps down that need no worker."""

import asyncio
import secrets
from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.gates import verdict_of_share
from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action, moved
from capabilities.adoption.states import AdoptionState, Share, Side
from capabilities.errors import Unavailable
from capabilities.estate import (
    BreakerState,
    Capability,
    Channel,
    ChannelKind,
    ConnectorSpec,
)
from capabilities.load import Cause, LoadAgreement
from connectors.basis import basis_of
from gateway.adoption.connector_facts import ConnectorFacts
from gateway.adoption.figures import AdoptionFigures
from gateway.adoption.watch import AdoptionWatch
from gateway.federation.adopted_figures import PartFigures
from gateway.federation.estate import Connection, Estate
from gateway.federation.estate_file import EstatePlan
from store.adoption.followed import Adoption
from store.adoption.steering import Steering
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.adoption.conftest import Clock

S = AdoptionState
MEMBER = Capability.MEMBER
SPEC = ConnectorSpec(
    name="woo",
    system="woocommerce",
    channels={MEMBER: {"*": "shop"}},
    load=LoadAgreement(per_second=10),
)


class Shop:
    """A connector whose way to its system a test sets."""

    native_types = ()
    digest = "1"

    def __init__(self):
        self.spec = SPEC


class Way:
    """As `Upstream`, as far as the watch looks."""

    def __init__(self):
        self.breaker = SimpleNamespace(state=BreakerState.CLOSED)
        self.latch = SimpleNamespace(latched=False)
        self.calls = dict.fromkeys(Cause, 0)


class Connected(Connection):
    """A connection with such a way."""

    way = None

    @property
    def upstream(self):
        return self.way


class Process:
    """One process's watch over a brand of its own or another's."""

    def __init__(self, store, brand, clock):
        self.owned = Owned(
            store=store,
            brand=brand,
            sealer=Sealer(b"v" * 32),
            key=b"h" * 32,
            zone=ZoneInfo("Asia/Shanghai"),
            now=clock,
        )
        self.shop, self.part = Shop(), PartFigures("woo", MEMBER)
        self.connection = Connected(SPEC, self.shop)
        self.connection.way = Way()
        plan = EstatePlan(
            brand=brand,
            time_zone="Asia/Shanghai",
            channels=(Channel(brand=brand, code="shop", name="x", kind=ChannelKind.APP),),
            connectors=(SPEC,),
        )
        self.estate = Estate(plan, (self.connection,))
        self.steering = Steering(self.owned)
        self.adoption = Adoption(self.steering.standings, lambda: 1)
        self.registry, self.seconds = CollectorRegistry(), 0.0
        self.watch = AdoptionWatch(
            self.steering,
            self.adoption,
            lambda: self.estate,
            lambda _, capability: self.part if capability is MEMBER else None,
            ConnectorFacts(2, lambda: self.seconds),
            AdoptionFigures(self.registry),
            burst_seconds=3_600,  # however slow the machine is
        )

    async def stand(self, state, **more):
        async def decide(run, before):
            fresh = replace(moved(before, state, self.owned.now()), **more)
            return fresh, Decided(action=Action.PROMOTE, author="ada", reason="try")

        await self.steering.standings.move("shop", MEMBER, decide)
        await self.adoption.refresh()

    def answer(self, good, failed):
        """So many answers of the platform."""
        for number in range(good + failed):
            error = Unavailable("the copy is away") if number < failed else None
            self.part.reading().__exit__(type(error), error, None)

    async def state(self):
        await self.adoption.refresh()
        return self.adoption.of(MEMBER, "shop")

    @property
    def demotions(self):
        metric = "santong_adoption_demotions_total"
        return sum(
            one.value
            for family in self.registry.collect()
            for one in family.samples
            if one.name == metric
        )


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, f"watch_{secrets.token_hex(4)}")


@pytest.fixture
async def store(database):
    opened = Store.open(database, deadline_seconds=30)
    yield opened
    await opened.aclose()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def process(store, clock):
    return Process(store, secrets.token_hex(4), clock)


async def known(process):
    return await process.steering.evidence.of("shop", MEMBER)


@pytest.mark.parametrize(
    ("state", "lower"),
    [(S.CANARY_READ, S.SHADOW_READ), (S.MIDDLE_READ, S.CANARY_READ)],
)
async def test_a_burst_of_errors_at_a_quarter_goes_down_by_itself(process, clock, state, lower):
    await process.stand(state, read_points=10_000)
    clock.pass_by(hours=2)
    process.answer(30, 1)
    await process.watch.look()
    assert (await process.state()).state is state
    process.answer(30, 20)
    await process.watch.look()
    after = await process.state()
    assert (after.state, after.one_side, after.author) == (lower, Side.LEGACY, "system:adoption")
    assert "answers of the platform failed" in after.reason
    assert process.demotions == 1
    await process.watch.look()
    value = process.registry.get_sample_value
    pair = {"channel": "shop", "capability": "member"}
    assert value("santong_adoption_state", {**pair, "state": lower.value}) == 1
    assert value("santong_adoption_state", {**pair, "state": state.value}) is None
    assert value("santong_adoption_points", {**pair, "of": "read"}) == 0
    assert (await process.state()).state is lower


async def test_few_answers_say_nothing(process, clock):
    await process.stand(S.CANARY_READ, read_points=10_000)
    clock.pass_by(hours=2)
    process.answer(0, 19)
    await process.watch.look()
    assert (await process.state()).state is S.CANARY_READ


async def test_what_failed_before_a_state_began_is_not_its_burst(process):
    process.answer(0, 50)
    await process.stand(S.CANARY_READ, read_points=10_000)
    await process.watch.look()
    assert (await process.state()).state is S.CANARY_READ


async def test_many_processes_that_see_it_go_down_once(process, store, clock):
    others = [Process(store, process.owned.brand, clock) for _ in range(4)]
    await process.stand(S.MIDDLE_READ)
    clock.pass_by(hours=2)
    for one in (process, *others):
        await one.adoption.refresh()
        one.answer(10, 20)
    await asyncio.gather(*(one.watch.look() for one in (process, *others)))
    assert (await process.state()).state is S.CANARY_READ
    assert sum(one.demotions for one in (process, *others)) == 1
    steps = await process.steering.standings.history("shop", MEMBER, 10)
    assert [one.action for one in steps] == [Action.DEMOTE, Action.PROMOTE]


async def test_an_open_circuit_leaves_reads_where_they_are(process):
    await process.stand(S.MIDDLE_READ)
    process.connection.way.breaker.state = BreakerState.OPEN
    await process.watch.look()
    after = await process.state()
    assert (after.state, after.frozen, after.one_side) == (S.HALTED, True, Side.PLATFORM)


async def test_a_new_definition_sends_back_to_comparing_and_one_that_is_away_does_not(process):
    await process.stand(S.MIDDLE_READ)
    basis = basis_of(process.shop, MEMBER)
    compared = Evidence(fact=Fact.COMPARISONS, value=20_000, at=process.owned.now(), basis=basis)
    await process.steering.evidence.keep("shop", MEMBER, compared)
    await process.watch.keep()
    await process.watch.look()
    process.connection.connector = None
    await process.watch.look()
    assert (await process.state()).state is S.MIDDLE_READ
    process.connection.connector = process.shop
    process.shop.digest = "2"
    await process.watch.look()
    after = await process.state()
    assert (after.state, after.reason) == (
        S.SHADOW_READ,
        "schema, connector or mapping changed since it was compared",
    )


async def test_evidence_that_others_wrote_sends_down_too(process):
    await process.stand(S.DUAL_WRITE_LEGACY_LEAD)
    drift = Evidence(fact=Fact.DRIFT, value=11, at=process.owned.now())
    await process.steering.evidence.keep("shop", MEMBER, drift)
    await process.watch.look()
    assert (await process.state()).state is S.HALTED


async def test_what_is_seen_of_a_connector_becomes_evidence(process):
    await process.watch.keep()
    first = await known(process)
    assert {fact: one.value for fact, one in first.items()} == {
        Fact.CONFIG_VALID: 1,
        Fact.LOAD_AGREED: 1,
        Fact.BREAKER_OPEN: 0,
        Fact.PII_CLASSED: 1,
    }
    assert first[Fact.CONFIG_VALID].basis == basis_of(process.shop, MEMBER)
    for latency, error in ((100, None), (300, None), (200, Unavailable("away")), (50, None)):
        process.connection.figures.finished(latency, error)
    process.connection.way.calls[Cause.CALLER] += 7
    process.seconds = 2.0
    process.answer(3, 1)
    await process.watch.keep()
    told = {fact: (one.value, one.sample) for fact, one in (await known(process)).items()}
    assert told[Fact.LEGACY_P99] == (300, 4)
    assert told[Fact.LEGACY_ERRORS] == (0.25, 4)
    assert told[Fact.PLATFORM_ERRORS] == (0.25, 4)
    assert told[Fact.HEALTHY] == (1, 0)
    # 3.5 calls a second here, 7 of both processes, of 10 agreed
    assert told[Fact.HEADROOM][0] == pytest.approx(0.3)


async def test_what_failed_before_a_state_began_holds_up_no_step_of_the_way_back(process, clock):
    await process.stand(S.CANARY_READ, read_points=2_500)
    clock.pass_by(seconds=20)
    process.answer(30, 20)
    await process.watch.keep()
    assert (await known(process))[Fact.PLATFORM_ERRORS].value == 0.4
    clock.pass_by(seconds=1)
    await process.stand(S.SHADOW_READ)
    await process.stand(S.CANARY_READ, read_points=500)
    case = await process.steering.case(await process.state(), PRODUCTION)
    gates = {one.name: one.observed for one in verdict_of_share(case, Share.READ, 2_500).gates}
    assert gates["platform-errors"] == "measured before it came to CANARY_READ"
    for _ in range(3):  # each look is of no more than the state's own answers
        clock.pass_by(microseconds=1)
        await process.watch.keep()
    assert (await known(process))[Fact.PLATFORM_ERRORS].value == 0.4
    process.part = PartFigures("woo", MEMBER)
    process.answer(40, 0)
    clock.pass_by(seconds=20)
    await process.watch.keep()
    told = (await known(process))[Fact.PLATFORM_ERRORS]
    assert (told.value, told.sample, told.query[:33]) == (
        0,
        40,
        "answers of the platform in 20 s, ",
    )


async def test_a_new_state_is_measured_at_once_also_where_nothing_changed(process, clock):
    await process.stand(S.CANARY_READ, read_points=500)
    clock.pass_by(seconds=20)
    process.answer(40, 0)
    await process.watch.keep()
    clock.pass_by(seconds=1)
    await process.stand(S.MIDDLE_READ)
    clock.pass_by(seconds=20)
    await process.watch.keep()
    assert (await known(process))[Fact.PLATFORM_ERRORS].at == clock()


async def test_nothing_is_written_again_that_is_no_news(process, clock):
    await process.watch.keep()
    first = (await known(process))[Fact.LOAD_AGREED].at
    clock.pass_by(seconds=30)
    await process.watch.keep()
    assert (await known(process))[Fact.LOAD_AGREED].at == first
    clock.pass_by(seconds=40)
    await process.watch.keep()
    assert (await known(process))[Fact.LOAD_AGREED].at == first + timedelta(seconds=70)


async def test_an_estate_that_adopts_nothing_asks_the_store_nothing_each_second(process):
    process.steering.cases = None
    await process.watch.look()
    case = await Steering(process.owned).case(await process.state(), PRODUCTION)
    assert case.known == {}
