"""Points as a caller meets them, over a real store: batched, idempotent, honest without it."""

import asyncio
import secrets
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput, Forbidden
from capabilities.member.records import Membership, Points, PointsAuthority, Tier
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs, CountPrecision
from capabilities.points.policy import Earn, Rate
from capabilities.points.records import InsufficientPoints
from capabilities.points.shown import PointsCurrency
from capabilities.sources import SourceRef
from capabilities.visibility import POLICY
from gateway.federation.asking import Request
from gateway.platform.owned import CallersPlatform
from store.access.audit import Audit
from store.engine import Store
from store.order.facts import OrderFacts
from store.owned import Owned
from store.points.applying import PolicyLedger
from store.points.programmes import ProgrammeChange, Programmes
from store.sealing import Sealer
from tests.capabilities.points.policies import HOLDER, fact, policy
from tests.migrated import migrated

NOW = datetime(2026, 2, 1, 4, tzinfo=UTC)
SOURCE = SourceRef(connector="woo", system="woocommerce", external_id="1")
MINE = Membership(
    channel="shop",
    number="7001",
    tier=Tier(code="OLD"),
    points=Points(available=7),
    source=SOURCE,
)
CAFE = replace(MINE, channel="cafe", number="C-1")
SAP = replace(MINE, channel="sap", number="S-1")
SPENDABLE = PointsCurrency.SPENDABLE


class Counting(Store):
    """A store that counts what it is asked."""

    asked = 0

    async def rows(self, *statement):
        self.asked += 1
        return await super().rows(*statement)


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, f"points_{secrets.token_hex(4)}")


@pytest.fixture
async def owned(database):
    store = Counting.open(database)
    yield Owned(
        store=store,
        brand=f"b{secrets.token_hex(4)}",
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("Asia/Shanghai"),
        now=lambda: NOW,
    )
    await store.aclose()


@pytest.fixture
async def programmes(owned):
    known = Programmes(owned.store, owned.brand, owned.now)
    cafe = Earn(rate=Rate(points=1))
    for one in (
        policy(),
        policy(programme="cafe", channels=("cafe",), earn=cafe, tiers=None, exchange=()),
        policy(programme="erp", channels=("sap",), authority=PointsAuthority.LEGACY),
    ):
        put = ProgrammeChange(text=one.programme, policy=one, author="ada", reason="a test")
        await known.put(put)
    return known


@pytest.fixture
def points(owned, programmes):
    return platform(owned)


def whole(owned, role=Role.SERVICE, subject="desk-1"):
    visibility = Visibility(role=role, brand=owned.brand)
    caller = Caller(subject=subject, visibility=visibility)
    return CallersPlatform(owned, caller, Request(None, visibility))


def platform(owned, role=Role.SERVICE, subject="desk-1"):
    return whole(owned, role, subject).points


async def ordered(owned, *facts):
    await OrderFacts(owned.store, owned.brand).record(facts)
    applying = PolicyLedger(owned)
    await owned.store.transaction(lambda run: applying.apply_in(run, [HOLDER]))


async def test_where_another_system_decides_its_own_words_are_shown(points):
    told = await points.points(SAP)
    assert (told.available, told.authority) == (7, PointsAuthority.LEGACY)
    tier = await points.tier(SAP)
    assert (tier.code, tier.progress) == ("OLD", None)
    assert await points.benefits(SAP) == ()
    page = await points.ledger(told, SPENDABLE, ConnectionArgs())
    assert (page.edges, page.total_count.precision) == ((), CountPrecision.UNKNOWN)


async def test_where_the_platform_decides_its_ledger_answers(points, owned):
    await ordered(owned, fact("1", 0, 600), fact("2", 30, 50))
    told = await points.points(MINE)
    assert (told.available, told.pending, told.programme) == (600, 50, "club")
    assert [(one.amount, one.expires_at.date()) for one in told.expiring] == [
        (600, date(2027, 1, 15))
    ]
    tier = await points.tier(MINE)
    assert (tier.code, tier.rank, tier.valid_to) == ("SILVER", 1, date(2026, 12, 31))
    assert (tier.progress.next_code, tier.progress.reached) == ("GOLD", 650)
    assert [one.code for one in await points.benefits(MINE)] == ["birthday"]


async def test_all_memberships_of_a_wave_are_one_statement(owned, programmes):
    wave = [replace(MINE, number=str(number)) for number in range(40)]
    for ask in ("points", "tier", "benefits"):
        part = platform(owned)
        await part.points(SAP)  # the programmes are known from here
        owned.store.asked = 0
        await asyncio.gather(*(getattr(part, ask)(one) for one in wave))
        assert owned.store.asked == (2 if ask == "benefits" else 1)  # the tier, and the uses


async def test_points_are_given_spent_put_aside_and_given_back(points):
    moved = await points.earn(MINE, 100, "a campaign", "k1")
    assert moved.points.available == 100
    assert moved.entries[0].expires_at.date() == date(2027, 2, 1)
    assert (await points.redeem(MINE, 30, None, "a mug", "k2")).points.available == 70
    held = await points.lock(MINE, 50, NOW + timedelta(hours=1), "an order", "k3")
    assert (held.points.available, held.points.locked) == (20, 50)
    spent = await points.redeem(MINE, 40, held.entries[0].sequence, "the order", "k4")
    assert [one.type.value for one in spent.entries] == ["UNLOCK", "SPEND"]
    assert (spent.points.available, spent.points.locked) == (30, 0)
    gone = await points.unlock(MINE, held.entries[0].sequence, "k5")
    assert gone.code == "LOCK_UNKNOWN"


async def test_a_holder_does_not_open_what_was_put_aside(owned, points):
    await points.earn(MINE, 100, "a campaign", "k1")
    held = await points.lock(MINE, 50, NOW + timedelta(hours=1), "an order", "k2")
    hers = platform(owned, Role.CONSUMER, "she")
    with pytest.raises(Forbidden):
        await hers.redeem(MINE, 40, held.entries[0].sequence, "a mug", "k3")
    assert Role.CONSUMER not in POLICY.fields["Mutation.unlockPoints"]


async def test_a_wish_is_done_once_and_its_key_stands_for_nothing_else(points):
    first = await points.earn(MINE, 100, "a campaign", "k1")
    again = await points.earn(MINE, 100, "a campaign", "k1")
    assert again == first
    assert isinstance(await points.earn(MINE, 101, "a campaign", "k1"), IdempotencyKeyReused)


async def test_what_is_not_there_is_refused_with_what_is(points):
    await points.earn(MINE, 10, "a campaign", "k1")
    refused = await points.redeem(MINE, 11, None, "a mug", "k2")
    assert isinstance(refused, InsufficientPoints)
    assert refused.available == 10
    assert (await points.redeem(SAP, 1, None, "a mug", "k3")).code == "POINTS_NOT_OURS"
    assert (await points.redeem(None, 1, None, "a mug", "k4")).code == "MEMBERSHIP_UNKNOWN"
    assert (await points.lock(MINE, 1, NOW, "an order", "k5")).code == "LOCK_ENDED"


async def test_a_correction_stands_in_the_audit_trail_once(points, owned):
    for _ in range(2):
        await points.adjust(MINE, 50, PointsCurrency.QUALIFYING, "a birthday", "k1")
    (row,) = await Audit(owned.store, owned.brand).page(first=5)
    assert (row.action, row.actor, row.reason) == ("points.adjust", "desk-1", "a birthday")
    assert (await points.points(MINE)).available == 0
    assert (await points.tier(MINE)).progress.reached == 50


async def test_points_are_exchanged_by_a_rule_and_only_so(points):
    await points.earn(MINE, 250, "a campaign", "k1")
    moved = await points.exchange(MINE, CAFE, 200, "k2")
    assert [one.signed for one in moved.entries] == [-200, 60]
    assert {one.policy.programme for one in moved.entries} == {"club"}
    assert (moved.points.available, (await points.points(CAFE)).available) == (50, 60)
    for source, target, amount in ((MINE, CAFE, 150), (MINE, CAFE, 50), (CAFE, MINE, 30)):
        refused = await points.exchange(source, target, amount, f"k-{amount}")
        assert refused.code == "EXCHANGE_NOT_OFFERED"
    few = await points.exchange(MINE, CAFE, 100, "k3")
    assert few.available == 50
    assert (await points.points(CAFE)).available == 60


@pytest.mark.parametrize("newest_first", [True, False])
async def test_a_ledger_is_paged_both_ways(points, newest_first):
    for number in range(5):
        await points.earn(MINE, 1, "a campaign", f"k{number}")
    told = await points.points(MINE)

    async def page(**asked):
        args = ConnectionArgs(**{"first": None, "newest_first": newest_first, **asked})
        return await points.ledger(told, SPENDABLE, args)

    order = [5, 4, 3, 2, 1] if newest_first else [1, 2, 3, 4, 5]
    walked, after, more = [], None, True
    while more:
        found = await page(first=2, after=after)
        walked += [one.sequence for one in found.nodes]
        after, more = found.page_info.end_cursor, found.page_info.has_next_page
    assert walked == order
    back = await page(last=2, before=after)
    assert [one.sequence for one in back.nodes] == order[2:4]
    assert (back.page_info.has_previous_page, back.total_count.value) == (True, 5)


@pytest.mark.parametrize("cursor", ["", "x", "cG9pbnRzOi0x", "cG9pbnRzOng", "b3RoZXI6MQ"])
async def test_a_foreign_cursor_is_refused(points, cursor):
    told = await points.points(MINE)
    with pytest.raises(BadInput):
        await points.ledger(told, SPENDABLE, ConnectionArgs(after=cursor))


async def test_without_the_store_other_systems_points_are_shown_still(owned):
    away = Store.open("postgresql://nobody@127.0.0.1:1/none", deadline_seconds=0.5)
    part = platform(replace(owned, store=away))
    assert (await part.points(SAP)).available == 7
    assert part._request.notices["platform"].retryable
    await away.aclose()
