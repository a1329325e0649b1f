"""The contract by the clock: a till is examined, what comes of it is evidence and sends it down."""

from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from capabilities.adoption.bounds import PRODUCTION, STANDARD
from capabilities.adoption.contract_check import contract_check
from capabilities.adoption.evidence import Fact
from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action, moved
from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability
from capabilities.load import Cause, LoadAgreement
from connectors.basis import basis_of
from connectors.connector import open_connector
from store.adoption.followed import Adoption
from store.adoption.steering import Steering
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.adoption.conftest import Clock
from tests.store.member.taking import KEY, fresh_brand
from tests.work.dual import CHANNEL, make_till, till_spec
from work.adoption_watch import BackWatch
from work.contracts import ContractChecks

S, MEMBER = AdoptionState, Capability.MEMBER


class Place:
    """A till that is adopted, the checks over it, and the watch of the back door."""

    def __init__(self, store, till):
        self.clock, self.till = Clock(), till
        self.owned = Owned(
            store=store,
            brand=fresh_brand(),
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZoneInfo("Asia/Shanghai"),
            now=self.clock,
        )
        self.spec = replace(till_spec(till), load=LoadAgreement(max_concurrent=2))
        self.steering = Steering(self.owned)
        self.adoption = Adoption(self.steering.standings, lambda: 1)
        self.checks = ContractChecks(
            self.owned, self.adoption, lambda: [self.spec], self.opened, STANDARD
        )
        self.watch = BackWatch(self.steering, self.adoption)
        self.calls, self.openings, self.basis = {}, 0, None

    @asynccontextmanager
    async def opened(self, spec, observer=None):
        self.openings += 1
        connector = await open_connector(spec, observer, zone=self.owned.zone)
        try:
            self.basis = basis_of(connector, MEMBER)
            yield connector
        finally:
            self.calls = dict(connector.upstream.calls)
            await connector.aclose()

    async def stand(self, state):
        async def decide(_run, before):
            fresh = moved(before, state, self.clock())
            return fresh, Decided(action=Action.PROMOTE, author="ada", reason="try")

        await self.steering.standings.move(CHANNEL, MEMBER, decide)
        await self.adoption.refresh()

    async def known(self):
        return (await self.steering.evidence.of(CHANNEL, MEMBER)).get(Fact.CONTRACT_PASSED)

    async def state(self):
        await self.adoption.refresh()
        return self.adoption.of(MEMBER, CHANNEL)

    def breaks(self):
        """Its owner renames a column."""
        with psycopg.connect(self.till) as connection:
            connection.execute("ALTER TABLE ospos_people RENAME COLUMN phone_number TO tel")


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "contracts")


@pytest.fixture
async def place(postgres, database, monkeypatch):
    monkeypatch.setenv("DUAL_PASSWORD", "trusted")
    till = str(postgres.create_database(f"contracts_{fresh_brand()}"))
    make_till(till, 20)
    store = Store.open(database, deadline_seconds=60)
    yield Place(store, till)
    await store.aclose()


async def test_a_till_that_is_registered_is_examined_once_in_twelve_hours(place):
    await place.checks.run()
    assert place.openings == 0  # a pair without a step was asked of nobody
    await place.stand(S.REGISTERED)
    await place.checks.run()
    found = await place.known()
    assert (found.value, found.author, found.at) == (1, "system:contract", place.clock())
    assert (found.basis, found.query[:16]) == (place.basis, "contract check: ")
    assert place.calls[Cause.DOCTOR] == sum(place.calls.values()) > 0
    standing = await place.state()
    check = contract_check(standing, {found.fact: found}, STANDARD.defaults, place.clock())
    assert check.next_at == place.clock() + timedelta(hours=12)
    place.clock.pass_by(hours=11, minutes=59)
    await place.checks.run()
    assert place.openings == 1
    place.clock.pass_by(minutes=1)
    await place.checks.run()
    assert (place.openings, (await place.known()).at) == (2, place.clock())


@pytest.mark.parametrize(
    ("state", "lower"),
    [
        (S.CONTRACT_OK, S.REGISTERED),
        (S.FEDERATED_READ, S.FEDERATED_READ),
        (S.SHADOW_READ, S.SHADOW_READ),
        (S.CANARY_READ, S.SHADOW_READ),
        (S.DUAL_WRITE_MIDDLE_LEAD, S.HALTED),
    ],
)
async def test_a_contract_that_fails_sends_down(place, state, lower):
    await place.stand(state)
    place.breaks()
    with capture_logs() as logs:
        await place.checks.run()
        await place.watch.run()
        await place.watch.run()
    found, after = await place.known(), await place.state()
    assert (found.value, place.openings) == (0, 2)  # what fails is looked at once more
    assert [one["log_level"] for one in logs if one["event"] == "contract checked"] == ["error"]
    assert (after.state, after.version) == (lower, 1 if lower is state else 2)
    assert len([one for one in logs if one["event"] == "adoption demoted"]) == after.version - 1
    if lower is not state:
        assert after.reason.startswith("its answers do not fit the contract")
        assert after.reason.endswith(found.query)
    case = await place.steering.case(after, PRODUCTION)
    assert "13900000001" not in repr(case.known)


async def test_a_system_that_is_away_breaks_no_contract_and_is_not_hurried(place):
    await place.stand(S.CANARY_READ)
    right, place.spec = (
        place.spec,
        replace(place.spec, settings={"url": "postgresql://till@127.0.0.1:1/none"}),
    )
    with capture_logs() as logs:
        await place.checks.run()
        place.clock.pass_by(minutes=9)
        await place.checks.run()
    assert (place.openings, await place.known()) == (1, None)
    assert [one["event"] for one in logs] == ["contract not checked"]
    place.spec = right
    place.clock.pass_by(minutes=1)
    await place.checks.run()
    assert (await place.known()).value == 1


async def test_a_connector_that_rests_is_left_alone(place):
    await place.stand(S.CANARY_READ)
    place.spec = replace(place.spec, paused=True)
    assert await place.checks.due() == []
