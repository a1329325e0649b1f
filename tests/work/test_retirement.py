"""From the last client that a system answers to its retirement: counted, gated, by two people."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.adoption.bounds import PRODUCTION
from capabilities.adoption.deciding import Wanted
from capabilities.adoption.evidence import Fact
from capabilities.adoption.history import AdoptionDeclined, Decided
from capabilities.adoption.moves import Action, moved
from capabilities.adoption.states import AdoptionState, Side
from capabilities.estate import Capability
from capabilities.usage.client import Client
from capabilities.usage.records import Counted, CountedOperation, OperationKey, Path
from store.adoption.steering import Pair, Steering
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from store.usage.counts import UsageCounts
from store.usage.reports import UsageReports
from tests.migrated import migrated
from work.usage import measure_quiet

BEGAN = datetime(2026, 9, 1, 4, tzinfo=UTC)
SHOP = Pair("shop", Capability.MEMBER)
CRM, TILLS = Client("key:crm"), Client("key:tills", "till 4")
RETIRED = AdoptionState.LEGACY_RETIRED


class Shop:
    """A shop whose members are the platform's, on a day; `pass_days` lets it be later."""

    def __init__(self, owned):
        self.now = BEGAN
        self.owned = replace(owned, now=lambda: self.now)
        self.steering = Steering(self.owned)

    async def begin(self):
        decided = Decided(action=Action.PROMOTE, author="ada", reason="test")

        async def decide(_run, before):
            return moved(before, AdoptionState.MIDDLE_OWNED, self.now), decided

        await self.steering.standings.move(SHOP.channel, SHOP.capability, decide)
        await self.answered(TILLS, Side.LEGACY)

    async def answered(self, client, side, times=1):
        """So many answers to a client today."""
        key = OperationKey("a" * 64, "Person")
        path = Path("woo", SHOP.channel, SHOP.capability, side)
        counted = Counted(
            operations={key: CountedOperation(key=key, kind="QUERY", coordinates=())},
            runs={(client, key): times},
            reads={(client, key, path): times},
        )
        counts = UsageCounts(self.owned.store, self.owned.brand)
        await counts.add(counted, day=self.now.date(), at=self.now)

    async def pass_days(self, days):
        self.now += timedelta(days=days)
        await measure_quiet(self.owned)

    async def legacy_reads(self):
        """How often each client was answered by the system in thirty days."""
        since = self.now.date() - timedelta(days=29)
        found = await UsageReports(self.owned.store, self.owned.brand).reads(
            since, channel=SHOP.channel, capability=SHOP.capability, side=Side.LEGACY
        )
        return {one.client: one.count for one in found}

    async def retire(self, author):
        """One person's word for it: the state then, or the gates that are not met."""
        wanted = Wanted(
            author=author, reason="nobody reads it", key=f"{self.now}", role="ADMIN", person=True
        )
        done = await self.steering.promote(SHOP, RETIRED, PRODUCTION, wanted)
        if not isinstance(done, AdoptionDeclined):
            return done.state
        return {one.name: one.observed for one in done.gates} or done.code


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "retirement")


@pytest.fixture
async def shop(database, request):
    store = Store.open(database, deadline_seconds=30)
    made = Shop(
        Owned(
            store=store,
            brand=request.node.name[:40],
            sealer=Sealer(b"v" * 32),
            key=b"h" * 32,
            zone=ZoneInfo("Asia/Shanghai"),
        )
    )
    await made.begin()
    yield made
    await store.aclose()


async def test_a_system_is_retired_once_no_client_is_answered_by_it(shop):
    await shop.answered(CRM, Side.LEGACY, 2)
    await shop.pass_days(1)
    assert await shop.legacy_reads() == {TILLS: 1, CRM: 2}
    lacking = {"legacy-unread-for", "archive-exported", "two-approvals"}
    assert (await shop.retire("ada")).keys() == lacking

    # One application was moved; the other is seen in the counts, and holds the system.
    await shop.pass_days(19)
    await shop.answered(CRM, Side.LEGACY)
    await shop.pass_days(29)
    assert await shop.legacy_reads() == {CRM: 1}
    wanted = Wanted(author="ada", reason="in the vault", key="signed", role="ADMIN")
    await shop.steering.sign(SHOP, Fact.ARCHIVE_EXPORTED, wanted)
    refused = await shop.retire("ada")
    assert refused.keys() == {"legacy-unread-for", "two-approvals"}
    assert refused["legacy-unread-for"] == "29 d"

    # What the platform answers holds nothing.
    await shop.answered(CRM, Side.PLATFORM, 1_000)
    await shop.pass_days(1)
    assert await shop.legacy_reads() == {}
    assert await shop.retire("ada") is AdoptionState.MIDDLE_OWNED
    shop.now += timedelta(seconds=1)
    assert await shop.retire("ada") == "ADOPTION_SECOND_PERSON"
    assert await shop.retire("bob") is RETIRED
    steps = await shop.steering.standings.history(SHOP.channel, SHOP.capability, 2)
    assert {(one.action, one.author) for one in steps} == {
        (Action.APPROVE, "ada"),
        (Action.PROMOTE, "bob"),
    }


async def test_a_read_between_both_approvals_stops_the_second(shop):
    await shop.pass_days(40)
    wanted = Wanted(author="ada", reason="in the vault", key="signed", role="ADMIN")
    await shop.steering.sign(SHOP, Fact.ARCHIVE_EXPORTED, wanted)
    assert await shop.retire("ada") is AdoptionState.MIDDLE_OWNED
    await shop.answered(TILLS, Side.LEGACY)
    await shop.pass_days(0)
    shop.now += timedelta(seconds=1)
    assert (await shop.retire("bob")).keys() == {"legacy-unread-for"}
