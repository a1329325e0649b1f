"""Policies over order facts in a real PostgreSQL: events in, entries out, once."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import psycopg
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from capabilities.caller import MembershipKey
from capabilities.errors import BadInput
from capabilities.events import Topic
from capabilities.member.records import PointsAuthority
from capabilities.points.records import QUALIFYING, SPENDABLE, AccountKey, EntryType
from gateway.cli.member_report import parts_of
from gateway.cli.report_page import page_of
from store.events import Events
from store.member.quality import Quality
from store.operating.standing import Standing
from store.order.facts import OrderFacts
from store.owned import Owned
from store.points.applying import PolicyLedger
from store.points.drifts import PointsDrifts
from store.points.ledger import PointsLedger
from store.points.programmes import ProgrammeChange, Programmes
from store.sealing import Sealer
from tests.capabilities.points.policies import FIRST, HOLDER, fact, policy
from work.points import measure_drift, policy_points, settle_points

BRAND = "baiwei"
NOW = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def clock():
    class Clock:
        now = NOW

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def owned(store, clock):
    return Owned(
        store=store,
        brand=BRAND,
        sealer=Sealer(b"k" * 32),
        key=b"k" * 32,
        zone=ZoneInfo("Asia/Shanghai"),
        now=clock,
    )


@pytest.fixture
async def club(owned):
    return await put(owned, policy())


async def put(owned, wanted, text="v1"):
    change = ProgrammeChange(text=text, policy=wanted, author="ada", reason="a test")
    return await Programmes(owned.store, BRAND, owned.now).put(change)


async def feed(owned, facts):
    await OrderFacts(owned.store, BRAND).record(facts)
    consumer = policy_points(owned)
    events = Events(owned.store, BRAND)
    while await events.consume(consumer.name, consumer.topics, consumer.handle, most=3):
        pass


async def entries(owned, currency=SPENDABLE, holder=HOLDER):
    key = AccountKey.of(holder, currency)
    points = PointsLedger(owned.store, BRAND, owned.now)
    assert await points.check(key) == []
    return await points.every_entry(key)


def told(found):
    return [(one.type, one.amount, one.order.number, one.policy.version) for one in found]


async def test_a_paid_order_earns_and_a_refund_goes_back_pro_rata(owned, club):
    await feed(owned, [fact("1", 0, 100)])
    await feed(owned, [fact("1", 0, 100, back=25)])
    earn, back = await entries(owned)
    assert told([earn, back]) == [(EntryType.EARN, 100, "1", 1), (EntryType.REVERSE, 25, "1", 1)]
    assert earn.pending_until == datetime(2026, 1, 15, 16, tzinfo=UTC)
    assert [one.signed for one in await entries(owned, QUALIFYING)] == [100, -25]


async def test_the_same_events_again_move_nothing(owned, club):
    await feed(owned, [fact("1", 0, 100), fact("2", 1, 50)])
    before = await entries(owned)
    applying = PolicyLedger(owned)
    assert await owned.store.transaction(lambda run: applying.apply_in(run, [HOLDER])) == 0
    assert await entries(owned) == before


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_of_arrival_ends_alike(owned, club, seed):
    facts = [fact("1", 0, 600), fact("2", 5, 500, back=100), fact("3", 9, 300), fact("4", 20, 50)]
    Random(seed).shuffle(facts)  # noqa: S311 - an order, no secret
    for one in facts:
        await feed(owned, [one])
    sums = {}
    for one in await entries(owned):
        sums[one.order.number] = sums.get(one.order.number, 0) + one.signed
    assert sums == {"1": 600, "2": 400, "3": 450, "4": 75}


async def test_an_order_that_finds_its_owner_moves_its_points(owned, club):
    other = MembershipKey("shop", "7002")
    await feed(owned, [fact("1", 0, 100)])
    await feed(owned, [fact("1", 0, 100, holder=other)])
    assert sum(one.signed for one in await entries(owned)) == 0
    assert sum(one.signed for one in await entries(owned, holder=other)) == 100


async def test_an_order_of_another_channel_or_of_nobody_moves_nothing(owned, club):
    pos = MembershipKey("pos", "1")
    await feed(owned, [fact("1", 0, 100, holder=pos), fact("2", 0, 100, holder=None)])
    assert await entries(owned) == []


async def test_what_expired_is_written_once(owned, club, clock):
    await feed(owned, [fact("1", 0, 100)])
    clock.now = datetime(2027, 1, 15, 16, tzinfo=UTC)
    await settle_points(owned)
    await settle_points(owned)
    found = await entries(owned)
    assert [(one.type, one.signed) for one in found] == [
        (EntryType.EARN, 100),
        (EntryType.EXPIRE, -100),
    ]


async def test_a_mirrors_drift_is_measured(owned, database):
    await put(owned, policy(authority=PointsAuthority.LEGACY))
    await feed(owned, [fact("1", 0, 100)])
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO membership_records (brand, number, channel, connector, content, status,"
            " points_available, first_seen, seen_at)"
            " VALUES (%s, '7001', 'shop', 'woo', '', 'ACTIVE', 130, now(), now())",
            (BRAND,),
        )
    with capture_logs() as logs:
        await measure_drift(owned)
    (line,) = logs
    assert (line["programme"], line["told"], line["mirrored"]) == ("club", 130, 100)
    (kept,) = await PointsDrifts(owned.store, BRAND).newest()
    assert (kept.programme, kept.drift, kept.largest, kept.share) == ("club", -30, 30, 0.0)
    assert (await Standing(owned.store, BRAND).read()).drifts == (kept,)
    report = await Quality(owned.store, BRAND).measure(owned.now())
    assert report.drifts == (kept,)
    (told,) = parts_of(report)["points beside the reckoning"]
    assert told == ("club", "0.0% of 1 equal, -30 in all, 30 at most")
    assert "club" in page_of(report)
    await put(owned, policy(programme="cafe", channels=("cafe",)), "cafe")
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM membership_records WHERE number = '7001'")
    await measure_drift(owned)  # the club is mirrored still, and nobody's balance is told
    (kept,) = await PointsDrifts(owned.store, BRAND).newest()
    assert (kept.memberships, kept.share, kept.drift) == (0, None, 0)


async def test_a_version_never_reaches_back(owned, club):
    early = policy(starts=NOW.date() - timedelta(days=1))
    with pytest.raises(BadInput, match="rewrite the past"):
        await put(owned, early, "v2")
    assert await put(owned, policy(starts=NOW.date() + timedelta(days=1)), "v2") == 2
    assert await put(owned, policy(), "v2") == 2


async def test_a_channel_is_of_one_programme(owned, club):
    with pytest.raises(BadInput, match="of the programme 'club'"):
        await put(owned, replace(policy(), programme="other"), "other")


async def test_a_consumer_hears_of_orders_only(owned):
    assert policy_points(owned).topics == (Topic.ORDER_CHANGED,)
    assert NOW.date() > FIRST
