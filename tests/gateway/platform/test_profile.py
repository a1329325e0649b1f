"""Profiles as a caller meets them, over a real store: batched, idempotent, honest without it."""

import asyncio
import secrets
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.audit import AuditFilter
from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.errors import BadInput
from capabilities.member.consent import (
    ConsentAnswer,
    ConsentMedium,
    ConsentPurpose,
    ConsentStatus,
)
from capabilities.member.touches import Touchpoint, TouchRecorded
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.facts import LineFact, OrderFact
from capabilities.profile.attributes import Observation
from capabilities.profile.tags import TagDeclined
from gateway.federation.asking import Request
from gateway.platform.owned import CallersPlatform
from store.access.audit import Audit
from store.engine import Store
from store.order.facts import OrderFacts
from store.owned import Owned
from store.privacy.consents import record_answer
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.product.products_file import import_products
from store.profile.attributes import Attributes
from store.profile.purchases_computing import PurchasesComputing
from store.profile.touchpoints import Touchpoints
from store.sealing import Sealer
from tests.migrated import migrated

BRAND = "baiwei"
NOON = datetime(2026, 10, 31, 17, tzinfo=UTC)  # the first of November in Shanghai
PEOPLE = {"ann": MembershipKey("shop", "1"), "bea": MembershipKey("shop", "2")}


@pytest.fixture(scope="module")
def database(postgres):
    made = migrated(postgres, f"profile_{secrets.token_hex(4)}")
    with psycopg.connect(made) as connection:
        for one_id, key in PEOPLE.items():
            connection.execute(
                "INSERT INTO membership_links (brand, number, channel, one_id)"
                " VALUES (%s, %s, %s, %s)",
                (BRAND, key.number, key.channel, one_id),
            )
    return made


class Counting(Store):
    """A store that counts what it is asked."""

    asked = 0

    async def rows(self, *statement):
        self.asked += 1
        return await super().rows(*statement)


@pytest.fixture
async def owned(database):
    store = Counting.open(database)
    yield Owned(
        store=store,
        brand=BRAND,
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("Asia/Shanghai"),
        now=lambda: NOON,
    )
    await store.aclose()


def platform(owned, role=Role.SERVICE, subject="desk-1"):
    visibility = Visibility(role=role, brand=BRAND)
    caller = Caller(subject=subject, visibility=visibility)
    return CallersPlatform(owned, caller, Request(None, visibility))


async def test_people_of_one_wave_are_asked_for_in_one_statement(owned):
    profile = platform(owned).profile
    for ask, most in (
        (profile.statistics, 1),
        (profile.affinity, 2),  # the categories, and who refused
        (profile.tags, 1),
        (lambda one: profile.touches(one, 5), 2),  # what channels told, and what was sent
        (lambda one: profile.new_products(one, 5), 2),
        (profile.attributes, 2),  # the rules, and what was told
    ):
        owned.store.asked = 0
        await asyncio.gather(*(ask(f"p{at}") for at in range(30)))
        assert owned.store.asked <= most


async def test_what_her_source_told_is_shown_masked_with_where_it_is_from(owned):
    told = Observation(
        holder=PEOPLE["ann"], key="birthday", value="1990-05-17", source="woo", observed_at=NOON
    )
    keys = DataKeys(BRAND, owned.sealer)
    await Attributes(owned.store, BRAND, keys, owned.key).observe([told])
    (one,) = await platform(owned).profile.attributes("ann")
    assert (one.value_masked, one.source, one.rules_version) == ("****-05-**", "woo", 0)


async def test_new_products_are_new_where_the_retailer_is(owned, database, tmp_path):
    reference, crosswalk = tmp_path / "products.csv", tmp_path / "codes.csv"
    reference.write_text(
        "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n"
        "T-0,老茶,味,食品>茶,,,2020-01-01,\n"
        "T-1,新茶,味,食品>茶,,,2026-11-01,\n",
        encoding="utf-8",
    )
    crosswalk.write_text("system,connector,kind,code,sku,valid_from,valid_to\n", encoding="utf-8")
    import_products(database, reference, crosswalk, brand=BRAND)
    bought = OrderFact(
        channel="shop",
        number="1",
        connector="woo",
        holder=PEOPLE["ann"],
        placed_at=NOON,
        business_date=date(2026, 11, 1),
        currency="CNY",
        paid=100,
        lines=(LineFact(ref="1", sku="T-0"),),
    )
    await OrderFacts(owned.store, BRAND).record([bought])
    computing = PurchasesComputing(owned.store, BRAND)
    await owned.store.transaction(lambda run: computing.compute_in(run, ["ann"], NOON))
    profile = platform(owned).profile
    (one,) = await profile.new_products("ann", 5)
    assert (one.sku, one.reason.share) == ("T-1", 1.0)
    assert (await profile.affinity("ann")).categories[0].score == pytest.approx(1.0)
    assert (await profile.statistics("ann")).channels[0].orders == 1
    for status, shown in (("DENIED", False), ("GRANTED", True), ("REVOKED", False)):
        await said(owned, PEOPLE["ann"], status)
        assert (await platform(owned).profile.affinity("ann") is not None) is shown
        assert bool(await platform(owned).profile.new_products("ann", 5)) is shown
        assert await platform(owned).profile.statistics("ann") is not None


async def said(owned, holder, status, medium=ConsentMedium.ANY):
    """What somebody answered to being profiled, each time a second later."""
    said.seconds += 1
    answer = ConsentAnswer(
        one_id=None,
        membership=holder,
        purpose=ConsentPurpose.PROFILING,
        medium=medium,
        status=ConsentStatus(status),
        text_version="v1" if status == "GRANTED" else None,
        source="web",
        at=NOON - timedelta(days=1) + timedelta(seconds=said.seconds),
    )
    owner = owner_of_membership(holder.channel, holder.number)
    await owned.store.transaction(
        lambda run: record_answer(run, BRAND, [owner], answer, author="ann", now=NOON)
    )


said.seconds = 0


async def test_a_wish_is_done_once_and_its_key_stands_for_nothing_else(owned):
    profile = platform(owned).profile
    first = await profile.tag("ann", "vip", None, "k1")
    assert [one.tag for one in first.tags] == ["vip"]
    await profile.untag("ann", "vip", "k2")
    assert await profile.tag("ann", "vip", None, "k1") == first
    assert await profile.tags("ann") == ()  # asked again, not done again
    assert isinstance(await profile.tag("ann", "tea", None, "k1"), IdempotencyKeyReused)
    other = await platform(owned, subject="desk-2").profile.tag("ann", "tea", None, "k1")
    assert [(one.tag, one.author) for one in other.tags] == [("tea", "desk-2")]
    trail = await Audit(owned.store, BRAND).page(9, AuditFilter(about="ann"))
    assert [(one.action, one.actor) for one in trail] == [
        ("member.tagged", "desk-2"),
        ("member.untagged", "desk-1"),
        ("member.tagged", "desk-1"),
    ]
    assert "vip" not in repr(trail)


@pytest.mark.parametrize(
    ("one_id", "expires_at", "code"),
    [(None, None, "MEMBER_UNKNOWN"), ("ann", NOON, "TAG_ENDED")],
)
async def test_what_cannot_be_tagged_is_declined(owned, one_id, expires_at, code):
    declined = await platform(owned).profile.tag(one_id, "vip", expires_at, "k9")
    assert isinstance(declined, TagDeclined)
    assert declined.code == code


async def test_a_long_tag_is_refused_and_a_consumer_sees_none(owned):
    with pytest.raises(BadInput):
        await platform(owned).profile.tag("ann", "v" * 51, None, "k8")
    await platform(owned).profile.tag("bea", "vip", NOON + timedelta(days=1), "k7")
    assert [one.tag for one in await platform(owned, Role.GUIDE).profile.tags("bea")] == ["vip"]
    assert await platform(owned, Role.CONSUMER).profile.tags("bea") == ()


async def test_touches_are_the_newest_first_and_told_twice_are_one(owned):
    told = Touchpoint(
        source="scrm", reference="1", channel="shop", number="2", kind="VISIT", at=NOON
    )
    later = replace(told, reference="2", at=NOON + timedelta(hours=1), outcome="BOUGHT")
    points = Touchpoints(owned.store, BRAND)
    assert await points.record([told, later], NOON) == 2
    assert await points.record([told, later], NOON) == 0
    assert await points.record([replace(told, outcome="LEFT")], NOON) == 1
    profile = platform(owned).profile
    touches = await profile.touches("bea", 5)
    assert [(one.reference, one.outcome) for one in touches] == [("2", "BOUGHT"), ("1", "LEFT")]
    assert len(await profile.touches("bea", 1)) == 1


async def test_a_touch_is_recorded_once_per_wish_and_with_somebody(owned):
    told = Touchpoint(
        source="scrm", reference="9", channel="shop", number="1", kind="CALL", at=NOON
    )
    profile = platform(owned).profile
    assert await profile.record_touch(told, "t1") == TouchRecorded(reference="9")
    assert await profile.record_touch(told, "t1") == TouchRecorded(reference="9")
    other = replace(told, kind="VISIT")
    assert isinstance(await profile.record_touch(other, "t1"), IdempotencyKeyReused)
    assert (await profile.record_touch(None, "t2")).code == "MEMBER_UNKNOWN"
    assert [one.kind for one in await profile.touches("ann", 5)] == ["CALL"]


async def test_without_the_store_there_is_nothing_and_a_notice_says_so(database):
    store = Store.open("postgresql:///nowhere?host=/nonexistent", deadline_seconds=0.5)
    away = Owned(
        store=store, brand=BRAND, sealer=Sealer(b"v" * 32), key=b"h" * 32, zone=ZoneInfo("UTC")
    )
    asked = platform(away)
    try:
        assert await asked.profile.tags("ann") == ()
        assert await asked.profile.statistics("ann") is None
        assert [one.code for one in asked.request.notices.values()] == ["STORE_UNAVAILABLE"]
    finally:
        await store.aclose()
