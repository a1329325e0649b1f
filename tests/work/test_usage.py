"""Evidence that nobody is answered by a system any more, from the counts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.adoption.evidence import Fact
from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import implicit
from capabilities.adoption.states import AdoptionState, Side
from capabilities.estate import Capability
from capabilities.usage.client import Client
from capabilities.usage.records import Counted, CountedOperation, OperationKey, Path
from store.adoption.evidence import EvidenceRows
from store.adoption.standings import Standings
from store.engine import Store
from store.migrate import upgrade
from store.owned import Owned
from store.sealing import Sealer
from store.usage.counts import UsageCounts
from work.usage import measure_quiet

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
MEMBER = Capability.MEMBER
KEY, TILL = OperationKey("a" * 64, "Person"), Client("key:till")


@pytest.fixture
async def owned(postgres):
    database = postgres.create_database("quiet")
    upgrade(database)
    store = Store.open(database, deadline_seconds=30)
    sealer, zone = Sealer(b"v" * 32), ZoneInfo("Asia/Shanghai")
    yield Owned(store=store, brand="baiwei", sealer=sealer, key=b"h" * 32, zone=zone)
    await store.aclose()


async def test_the_time_without_a_read_of_a_system_is_evidence(owned):
    owned = replace(owned, now=lambda: NOW)
    counts = UsageCounts(owned.store, owned.brand)
    rows = EvidenceRows(owned.store, owned.brand)

    async def decide(_run, _before):
        fresh = replace(implicit("web", MEMBER), state=AdoptionState.SHADOW_READ)
        return fresh, Decided(action=Action.PROMOTE, author="ada", reason="test")

    await measure_quiet(owned)
    await Standings(owned).move("web", MEMBER, decide)
    await measure_quiet(owned)
    assert await rows.all() == {}, "nothing is known before counting began"

    begun, read = NOW - timedelta(days=40), NOW - timedelta(days=3)
    nothing = Counted(operations={}, runs={}, reads={})
    await counts.add(nothing, day=begun.date(), at=begun)
    await measure_quiet(owned)
    evidence = (await rows.of("web", MEMBER))[Fact.LEGACY_UNREAD_SECONDS]
    assert (evidence.value, evidence.sample) == (40 * 86_400, 0)

    operation = CountedOperation(key=KEY, kind="QUERY", coordinates=())
    path = Path("woo", "web", MEMBER, Side.LEGACY)
    asked = Counted(
        operations={KEY: operation}, runs={(TILL, KEY): 7}, reads={(TILL, KEY, path): 7}
    )
    await counts.add(asked, day=read.date(), at=read)
    owned = replace(owned, now=lambda: NOW + timedelta(seconds=60))
    await measure_quiet(owned)
    evidence = (await rows.of("web", MEMBER))[Fact.LEGACY_UNREAD_SECONDS]
    assert (evidence.value, evidence.sample, evidence.since) == (3 * 86_400 + 60, 7, read)
