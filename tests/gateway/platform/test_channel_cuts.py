"""What a caller of some channels meets: parts of a person are cut to them, what is whole refused.

Every question of the platform about people stands in one of the two tables, for no channels, one,
the other, and both.
"""

import secrets
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.errors import Forbidden
from capabilities.flash.lifecycle import Step
from capabilities.lifecycle.outcomes import OutcomeKind, TouchOutcome
from capabilities.member.touches import Touchpoint
from capabilities.order.facts import OrderFact
from capabilities.page import ConnectionArgs
from capabilities.profile.attributes import Observation
from capabilities.segment.conditions import Member
from capabilities.segment.records import SegmentDraft
from gateway.federation.asking import Request
from gateway.platform.owned import CallersPlatform
from gateway.platform.whole_brand import WHOLE_BRAND_ONLY
from store.engine import Store
from store.member.taking import intake_of
from store.order.facts import OrderFacts
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.profile.attributes import Attributes
from store.profile.purchases_computing import PurchasesComputing
from store.profile.touchpoints import Touchpoints
from store.sealing import Sealer
from tests.gateway.platform.test_lifecycle import PLAN
from tests.migrated import migrated
from tests.store.member.taking import membership

BRAND = "baiwei"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BOTH = ("shop", "store")
SCOPES = pytest.mark.parametrize(
    "own", [(), ("shop",), ("store",), BOTH, ("elsewhere",)], ids="-".join
)


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, f"cuts_{secrets.token_hex(4)}")


@pytest.fixture
async def owned(database):
    store = Store.open(database, deadline_seconds=10)
    yield Owned(
        store=store,
        brand=BRAND,
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("UTC"),
        now=lambda: NOON,
    )
    await store.aclose()


@pytest.fixture
async def ann(owned, database):
    """A person of two channels of whom each tells something, and the same attribute in both."""
    at = NOON - timedelta(days=9)
    people = [
        membership("shop", "1", phone="13912345678", union="union-of-the-shop"),
        membership("store", "2", phone="13912345678", card="BW2", programme="club"),
    ]
    intake = intake_of(owned)
    await owned.store.transaction(lambda run: intake.take(run, people, at=at))
    with psycopg.connect(database) as connection:
        ((one_id,),) = connection.execute("SELECT DISTINCT one_id FROM membership_links").fetchall()
    keys = [MembershipKey("shop", "1"), MembershipKey("store", "2")]
    told = [
        Observation(
            holder=key,
            key="language",
            value=f"of the {key.channel}",
            source=key.channel,
            observed_at=at + timedelta(days=day),
        )
        for day, key in enumerate(keys)
    ]
    kept = Attributes(owned.store, BRAND, DataKeys(BRAND, owned.sealer), owned.key)
    await kept.observe(told)
    await Touchpoints(owned.store, BRAND).record(
        [
            Touchpoint(
                source=key.channel,
                reference="1",
                number=key.number,
                channel=key.channel,
                kind="call",
                at=at,
            )
            for key in keys
        ],
        NOON,
    )
    orders = [
        OrderFact(
            channel=key.channel,
            number="1",
            connector=key.channel,
            holder=key,
            placed_at=at,
            business_date=at.date(),
            currency="CNY",
            paid=100,
        )
        for key in keys
    ]
    await OrderFacts(owned.store, BRAND).record(orders)
    computing = PurchasesComputing(owned.store, BRAND)
    await owned.store.transaction(lambda run: computing.compute_in(run, [one_id], NOON))
    return one_id


def part(owned, own, role=Role.ADMIN):
    channels = None if own is None else frozenset(own)
    visibility = Visibility(role=role, brand=BRAND, channels=channels)
    caller = Caller(subject="key-1", visibility=visibility)
    return CallersPlatform(owned, caller, Request(None, visibility))


async def shown(platform, one_id):
    """Which channels each part of a person tells of."""
    told = platform.profile
    identities = await platform.identity.identities(one_id)
    kinds = {"WECHAT_UNIONID": "shop", "CARD_NO": "store"}
    return {
        "stats": {one.channel_code for one in (await told.statistics(one_id)).channels},
        "attributes": {one.source for one in await told.attributes(one_id)},
        "touches": {one.channel_code for one in await told.touches(one_id, 20)},
        "identities": {kinds[one.kind.value] for one in identities if one.kind.value in kinds},
    }


@SCOPES
async def test_what_is_of_channels_is_cut_to_the_callers(owned, ann, own):
    hers = set(own) & set(BOTH)
    found = await shown(part(owned, own), ann)
    # Of two words for one attribute one survives: the newest of those that she may see.
    newest = {"store"} if "store" in hers else hers
    assert found == {
        "stats": hers,
        "attributes": newest,
        "touches": hers,
        "identities": hers,
    }


async def test_who_is_bound_to_none_sees_all_also_beside_who_is(owned, ann):
    await shown(part(owned, ("shop",)), ann)
    found = await shown(part(owned, None), ann)
    assert found["stats"] == found["identities"] == found["touches"] == set(BOTH)
    assert found["attributes"] == {"store"}
    whole = await part(owned, None).profile.statistics(ann)
    assert whole.inputs
    assert (await part(owned, BOTH).profile.statistics(ann)).inputs == ()
    assert await part(owned, None).profile.affinity(ann) is not None


async def test_a_phone_of_both_channels_is_shown_to_each(owned, ann):
    for own in BOTH:
        kinds = {one.kind.value for one in await part(owned, (own,)).identity.identities(ann)}
        assert "PHONE" in kinds
    assert await part(owned, ("elsewhere",)).identity.identities(ann) == ()


OUTCOME = TouchOutcome(touch_id="t", kind=OutcomeKind.OPENED, at=NOON)
EVERYBODY, PAGE = Member(), ConnectionArgs(first=5)
REFUSED = {
    "affinity": lambda the, ann: the.profile.affinity(ann),
    "new products": lambda the, ann: the.profile.new_products(ann, 5),
    "lifecycle": lambda the, ann: the.lifecycle.standing(ann),
    "due": lambda the, _: the.lifecycle.due("a", None, PAGE),
    "wake-up": lambda the, _: the.lifecycle.wake_up(PAGE),
    "campaigns": lambda the, _: the.lifecycle.campaigns(),
    "report": lambda the, _: the.lifecycle.report(None, None, None),
    "create": lambda the, _: the.lifecycle.create(PLAN, "k"),
    "start": lambda the, _: the.lifecycle.start("spring", "k"),
    "pause": lambda the, _: the.lifecycle.pause("spring", "k"),
    "outcome": lambda the, _: the.lifecycle.record(OUTCOME, "k"),
    "preview": lambda the, _: the.segments.preview(EVERYBODY),
    "segment": lambda the, _: the.segments.people(EVERYBODY, PAGE),
    "save": lambda the, _: the.segments.save(SegmentDraft(name="s", where=EVERYBODY), "r", "k"),
    "remove": lambda the, _: the.segments.remove("s", "r", "k"),
    "quality": lambda the, _: the.quality.data_quality(),
    "merge": lambda the, ann: the.identity.merge([ann, ann], (), {}, "r", "k"),
    "erase": lambda the, ann: the.privacy.erase(ann, "r", "k"),
    "sales": lambda the, _: the.flash_running.sales(None, 5),
    "pools": lambda the, _: the.flash_running.pools("s1"),
    "pause sale": lambda the, _: the.flash_running.take("s1", Step.PAUSE, "k"),
    "confirm": lambda the, _: the.flash_running.confirm("p1", "k"),
    "erasures": lambda the, _: the.privacy.erasures(5),
}


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED)
async def test_what_rests_on_all_channels_is_refused_also_to_who_has_all_of_them(owned, ann, ask):
    for own in ((), ("shop",), BOTH):
        with pytest.raises(Forbidden) as refused:
            await ask(part(owned, own), ann)
        assert refused.value.code == WHOLE_BRAND_ONLY
