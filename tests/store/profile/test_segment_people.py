"""A segment's SQL finds whom its conditions describe: checked person by person in Python."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.errors import BadInput
from capabilities.member.consent import (
    ConsentAnswer,
    ConsentMedium,
    ConsentPurpose,
    ConsentStatus,
)
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import OrderKind, OrderStatus
from capabilities.profile.attributes import Observation, surviving
from capabilities.profile.purchases import affinity_of
from capabilities.profile.rules import AttributeType, KeyRule, ProfileRules, Survivorship
from capabilities.profile.tags import Tag
from capabilities.segment import conditions as c
from store.engine import Store
from store.order.facts import OrderFacts
from store.privacy.consents import record_answer
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.profile.attribute_rows import AttributeRows
from store.profile.attributes import Attributes
from store.profile.purchases_computing import PurchasesComputing
from store.profile.rules import ProfileRulesVersions
from store.profile.segment_people import SegmentPeople
from store.profile.segment_sql import COMPILERS
from store.profile.tags import MemberTags
from store.sealing import Sealer
from tests.migrated import migrated

BRAND, ZONE = "baiwei", ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
PATHS = {"T-1": ("食品", "茶"), "N-1": ("食品", "坚果"), "C-1": ("食品",), "F-1": ("食品x",)}
ALICE, BEA, CAT, DORA = (MembershipKey("shop", n) for n in ("1", "2", "3", "4"))
POS = MembershipKey("pos", "9")
OWNERS = {ALICE: "ann", POS: "ann", BEA: "bea", CAT: "cat", DORA: "dora"}
PEOPLE = ("ann", "bea", "cat", "dora", "eve")
RECORDS = {  # programme, tier, home store, joined so many days ago
    ALICE: ("club", "G", "M1", 400),
    POS: ("card", "S", "M2", 10),
    BEA: ("club", "S", None, 20),
    CAT: (None, None, "M1", None),
}
STAGES = {"ann": ("ACTIVE", 3), "bea": ("DORMANT", 40), "cat": ("DORMANT", 10)}
TAGS = {"ann": ("vip", None), "bea": ("vip", -1), "cat": ("tea", 5), "old": ("tea", None)}
ALIASES = {"old": "dora"}


def bought(number, holder, days, *skus, **changes):
    given = {
        "channel": holder.channel,
        "number": number,
        "connector": "woo",
        "holder": holder,
        "placed_at": NOW - timedelta(days=days),
        "currency": "CNY",
        "paid": 1000,
        "lines": tuple(LineFact(ref=str(at), sku=sku) for at, sku in enumerate(skus)),
    }
    return OrderFact(**{**given, **changes})


FACTS = (
    bought("1", ALICE, 5, "T-1", "N-1"),
    bought("2", ALICE, 100, "T-1"),
    bought("3", POS, 20, "N-1", paid=500),
    bought("4", BEA, 60, "C-1", currency="HKD"),
    bought("5", BEA, 10, "T-1", refunded=1000),
    bought("6", BEA, 3, paid=-200, kind=OrderKind.RETURN, currency="HKD"),
    bought("7", CAT, 200, "F-1"),
    bought("8", CAT, 1, "T-1", status=OrderStatus.CANCELLED),
    bought("9", CAT, 2, "T-1", kind=OrderKind.QUOTE),
)

KEY = b"h" * 32
RULES = ProfileRules(
    keys={
        "birthday": KeyRule(type=AttributeType.DATE, survivorship=Survivorship.HIGHEST_CONFIDENCE),
        "gender": KeyRule(values=("F", "M"), personal=False),
        "level": KeyRule(survivorship=Survivorship.OLDEST, personal=False),
        "city": KeyRule(
            survivorship=Survivorship.SOURCE_PRIORITY,
            sources=("pos", "woo"),
            least_confidence=0.5,
            personal=False,
        ),
        "interest": KeyRule(survivorship=Survivorship.UNION, personal=False),
        "size": KeyRule(type=AttributeType.NUMBER, personal=False),
    }
)


def told(holder, key, value, days=1, source="woo", confidence=1.0):
    return Observation(
        holder=holder,
        key=key,
        value=value,
        source=source,
        observed_at=NOW - timedelta(days=days),
        confidence=confidence,
    )


TOLD = (
    told(ALICE, "birthday", "1990-11-02", confidence=0.9),
    told(POS, "birthday", "1991-12-03", days=0, source="pos", confidence=0.5),
    told(BEA, "birthday", "in November", days=0),  # no date
    told(BEA, "birthday", "1985-01-31", days=9, source="pos", confidence=0.1),
    told(ALICE, "gender", "F", days=3),
    told(POS, "gender", "unknown", days=0, source="pos"),  # none of its values
    told(BEA, "gender", "M", days=3),
    told(BEA, "gender", "F", days=2, source="pos"),
    told(CAT, "gender", "F", days=3),
    told(CAT, "gender", "M", days=3),  # at the same moment, by the same source
    told(DORA, "gender", "F", days=3, source="a"),
    told(DORA, "gender", "M", days=3, source="b"),
    told(ALICE, "level", "1", days=9),
    told(POS, "level", "2", days=3),
    told(BEA, "level", "2", days=9),
    told(BEA, "level", "1", days=9, source="pos"),
    told(ALICE, "city", "SZ", days=0, source="other"),
    told(POS, "city", "GZ", days=5, source="woo"),
    told(BEA, "city", "GZ", days=0, source="other"),
    told(BEA, "city", "SZ", days=1, source="pos", confidence=0.4),
    told(ALICE, "interest", "tea", days=9),
    told(POS, "interest", "nuts", days=1),
    told(CAT, "interest", "tea", days=1),
    told(ALICE, "size", "38"),
    told(POS, "size", "38.5", days=0),
    told(CAT, "size", "thirty-eight", days=0),
)


@pytest.fixture(scope="module")
def world(postgres, tmp_path_factory):
    """Five people, described above; dora has another id from before."""
    database = migrated(postgres, "segment_world")
    with psycopg.connect(database) as connection:
        _rows(connection)

    async def fill():
        store = Store.open(database, deadline_seconds=20)
        await OrderFacts(store, BRAND).record(FACTS)
        computing = PurchasesComputing(store, BRAND)
        await store.transaction(lambda run: computing.compute_in(run, PEOPLE, NOW))
        await store.transaction(_answered)
        keys = DataKeys(BRAND, Sealer(b"m" * 32))
        await Attributes(store, BRAND, keys, KEY).observe(TOLD)
        await ProfileRulesVersions(store, BRAND).put(RULES, author="t", reason="t", at=NOW)
        tags = MemberTags(store, BRAND)
        for one_id, (word, days) in TAGS.items():
            ends = None if days is None else NOW + timedelta(days=days)
            tag = Tag(tag=word, author="ops", tagged_at=NOW, expires_at=ends)
            await store.transaction(
                lambda run, who=one_id, tag=tag: tags.put_in(run, who, tag, NOW)
            )
        await store.aclose()

    asyncio.run(fill())
    return database


def _rows(connection):
    for sku, path in PATHS.items():
        connection.execute(
            "INSERT INTO products (brand, sku, category_path, barcodes) VALUES (%s, %s, %s, '{}')",
            (BRAND, sku, list(path)),
        )
    statuses = {**dict.fromkeys(PEOPLE, "ACTIVE"), "gone": "ERASED"}
    for one_id, status in statuses.items():
        connection.execute(
            "INSERT INTO members (brand, one_id, status, created_at, version)"
            " VALUES (%s, %s, %s, now(), 1)",
            (BRAND, one_id, status),
        )
    for key, one_id in OWNERS.items():
        connection.execute(
            "INSERT INTO membership_links (brand, number, channel, one_id) VALUES (%s, %s, %s, %s)",
            (BRAND, key.number, key.channel, one_id),
        )
    for key, (programme, tier, home, days) in RECORDS.items():
        connection.execute(
            "INSERT INTO membership_records (brand, number, channel, connector, content, status,"
            " programme, tier_code, home_store, joined_at, first_seen, seen_at)"
            " VALUES (%s, %s, %s, 'woo', '', 'ACTIVE', %s, %s, %s, %s, now(), now())",
            (
                *(BRAND, key.number, key.channel, programme, tier, home),
                None if days is None else NOW - timedelta(days=days),
            ),
        )
    for old, one_id in ALIASES.items():
        connection.execute("INSERT INTO member_aliases VALUES (%s, %s, %s)", (BRAND, old, one_id))
    for one_id, (stage, days) in STAGES.items():
        connection.execute(
            "INSERT INTO lifecycle_standings (brand, one_id, stage, since, rule_version, inputs,"
            " revision, position, computed_at) VALUES (%s, %s, %s, %s, 1, '{}', 1, 1, now())",
            (BRAND, one_id, stage, NOW.astimezone(ZONE).date() - timedelta(days=days)),
        )


async def _answered(run):
    marketing, profiling = ConsentPurpose.MARKETING, ConsentPurpose.PROFILING
    for key, status, purpose in (
        (ALICE, "GRANTED", marketing),
        (POS, "DENIED", marketing),
        (BEA, "GRANTED", marketing),
        (BEA, "GRANTED", profiling),
        (CAT, "REVOKED", profiling),
    ):
        answer = ConsentAnswer(
            one_id=OWNERS[key],
            membership=key,
            purpose=purpose,
            medium=ConsentMedium.SMS,
            status=ConsentStatus(status),
            text_version=None,
            source="web",
            at=NOW - timedelta(days=1),
        )
        owner = owner_of_membership(key.channel, key.number)
        await record_answer(run, BRAND, [owner], answer, author="t", now=NOW)


@pytest.fixture
async def people(world):
    store = Store.open(world, deadline_seconds=20)
    yield SegmentPeople(store, BRAND, ZONE, KEY)
    await store.aclose()


def facts_of(who, channels=None):
    return [
        one
        for one in FACTS
        if OWNERS[one.holder] == who and (channels is None or one.channel in channels)
    ]


def _within(number, one):
    return (one.at_least or 0) <= number and (one.at_most is None or number <= one.at_most)


def _orders(one, who):
    since = NOW - timedelta(days=one.within_days or 36_500)
    own = [f for f in facts_of(who, one.channels) if f.net_paid and f.placed_at >= since]
    return _within(len(own), one)


def _net_amount(one, who):
    own = [f for f in facts_of(who, one.channels) if f.sold and f.currency == one.currency]
    spent = Decimal(sum(f.net for f in own)) / 100
    if not one.at_least and spent < 0:
        return True  # less than nothing is at most anything
    return _within(spent, one)


def _last_order(one, who):
    days = [f.placed_at for f in facts_of(who, one.channels) if f.net_paid]
    if not days:
        return False
    age = NOW - max(days)
    young = one.within_days is None or age <= timedelta(days=one.within_days)
    return young and (one.before_days is None or age > timedelta(days=one.before_days))


def _affinity(one, who):
    own = [
        a
        for a in affinity_of(facts_of(who), PATHS)
        if a.category[: len(one.category)] == one.category
    ]
    enough = one.orders is None or sum(a.orders for a in own) >= one.orders
    return bool(own) and sum(a.share for a in own) >= one.share - 1e-12 and enough


def _stage(one, who):
    stage, days = STAGES.get(who, (None, 0))
    return stage in one.stages and (one.for_days is None or days >= one.for_days)


def _tagged(one, who):
    return any(
        word in one.tags and (days is None or days > 0)
        for owner, (word, days) in TAGS.items()
        if ALIASES.get(owner, owner) == who
    )


def _member(one, who):
    return any(_fits(one, key) for key, owner in OWNERS.items() if owner == who)


def _fits(one, key):
    asked = (one.channels, one.programmes, one.tiers, one.home_stores)
    programme, tier, home, days = RECORDS.get(key, (None, None, None, None))
    has = (key.channel, programme, tier, home)
    fits = all(want is None or value in want for want, value in zip(asked, has, strict=True))
    within = one.joined_within_days
    return fits and (within is None or (days is not None and days <= within))


def _attribute(one, who):
    rows = AttributeRows(BRAND, KEY)
    own = [
        replace(each, value_hash=rows.value_hash(each.key, each.value))
        for each in TOLD
        if OWNERS[each.holder] == who
    ]
    stands = [each.value for each in surviving(own, RULES) if each.key == one.key]
    months = one.months or ()
    if one.months_ahead is not None:
        months = ((NOW.astimezone(ZONE).month - 1 + one.months_ahead) % 12 + 1,)
    if months:
        return any(int(value[5:7]) in months for value in stands)
    return bool(stands) if one.values is None else any(value in one.values for value in stands)


ORACLE = {
    c.All: lambda one, who: all(holds(part, who) for part in one.of),
    c.AnyOf: lambda one, who: any(holds(part, who) for part in one.of),
    c.Not: lambda one, who: not holds(one.of, who),
    c.Stage: _stage,
    c.Orders: _orders,
    c.NetAmount: _net_amount,
    c.LastOrder: _last_order,
    c.Affinity: lambda one, who: who != "cat" and _affinity(one, who),  # she refused
    c.Attribute: _attribute,
    c.Tagged: _tagged,
    c.Member: _member,
    c.Consent: lambda one, who: who == "bea" and one.medium is ConsentMedium.SMS,
}


def holds(condition, who):
    return ORACLE[type(condition)](condition, who)


_CHANNELS = st.none() | st.sampled_from((("shop",), ("pos",), ("pos", "shop")))
_DAYS = st.sampled_from((4, 15, 50, 150))
_COUNTS = st.none() | st.integers(0, 3)
_AMOUNTS = st.none() | st.sampled_from(("0", "0.01", "5", "8", "10", "20", "25")).map(Decimal)
_LEAVES = st.one_of(
    st.builds(
        c.Stage,
        stages=st.sampled_from((("DORMANT",), ("ACTIVE", "DORMANT"))),
        for_days=st.none() | st.sampled_from((10, 11)),
    ),
    st.builds(
        c.Orders,
        channels=_CHANNELS,
        at_least=_COUNTS,
        at_most=_COUNTS,
        within_days=st.none() | _DAYS,
    ),
    st.builds(
        c.NetAmount,
        currency=st.sampled_from(("CNY", "HKD")),
        channels=_CHANNELS,
        at_least=_AMOUNTS,
        at_most=_AMOUNTS,
    ),
    st.builds(
        c.LastOrder,
        channels=_CHANNELS,
        within_days=st.none() | _DAYS,
        before_days=st.none() | _DAYS,
    ),
    st.builds(
        c.Affinity,
        category=st.sampled_from((("食品",), ("食品", "茶"), ("食",))),
        share=st.sampled_from((0.0, 0.3, 0.9)),
        orders=_COUNTS,
    ),
    *(st.just(c.Attribute(key=key)) for key in RULES.keys),
    st.builds(c.Attribute, key=st.just("birthday"), months=st.sampled_from(((11,), (1, 12)))),
    st.builds(c.Attribute, key=st.just("birthday"), months_ahead=st.sampled_from((0, 2))),
    *(
        st.builds(c.Attribute, key=st.just(key), values=st.sampled_from(values))
        for key, values in {
            "gender": (("F",), ("M",), ("F", "M")),
            "level": (("1",), ("2",)),
            "city": (("GZ",), ("SZ",)),
            "interest": (("tea",), ("nuts", "tea")),
            "size": (("38",), ("38.5",)),
        }.items()
    ),
    st.builds(c.Tagged, tags=st.sampled_from((("vip",), ("vip", "tea")))),
    st.builds(
        c.Member,
        channels=_CHANNELS,
        programmes=st.none() | st.sampled_from((("club",), ("club", "card"))),
        tiers=st.none() | st.just(("S",)),
        home_stores=st.none() | st.just(("M1",)),
        joined_within_days=st.none() | st.sampled_from((15, 500)),
    ),
    st.builds(
        c.Consent,
        purpose=st.just(ConsentPurpose.MARKETING),
        medium=st.sampled_from((ConsentMedium.SMS, ConsentMedium.PUSH)),
    ),
).filter(lambda leaf: not c.faults(leaf))
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(c.All, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(c.AnyOf, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(c.Not, of=inner),
    ),
    max_leaves=5,
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(condition=_TREES)
async def test_a_tree_finds_whom_it_describes(people, condition):
    wanted = [who for who in PEOPLE if holds(condition, who)]
    assert list(await people.page(condition, NOW, first=10)) == wanted
    assert await people.count(condition, NOW) == (len(wanted), True)


async def test_pages_walk_the_segment_forward_and_backward(people):
    everybody = c.Not(of=c.Stage(stages=("NONE",)))
    assert list(await people.page(everybody, NOW, first=2)) == ["ann", "bea"]
    assert list(await people.page(everybody, NOW, first=2, after="bea")) == ["cat", "dora"]
    assert list(await people.page(everybody, NOW, first=2, after="dora")) == ["eve"]
    back = await people.page(everybody, NOW, first=2, after="cat", backward=True)
    assert list(back) == ["bea", "ann"]
    assert await people.count(everybody, NOW, most=3) == (3, False)
    assert await people.count(everybody, NOW, most=5) == (5, True)


async def test_a_hostile_value_is_a_value(people):
    for word in ("'; DROP TABLE members; --", ":brand", "%", "\\"):
        tree = c.AnyOf(
            of=(c.Tagged(tags=(word,)), c.Affinity(category=(word,)), c.Stage(stages=(word,)))
        )
        assert await people.page(tree, NOW, first=10) == []
    assert len(await people.page(c.Not(of=c.Tagged(tags=("x",))), NOW, first=10)) == 5


@pytest.mark.parametrize("condition", [c.Attribute(key="gender", values=(v,)) for v in "FM"])
async def test_of_two_values_told_at_once_one_stands_in_sql_as_in_python(people, condition):
    wanted = [who for who in PEOPLE if holds(condition, who)]
    assert list(await people.page(condition, NOW, first=10)) == wanted
    assert await people.count(condition, NOW) == (len(wanted), True)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (c.Attribute(key="shoe"), "no attribute 'shoe' is declared; declared: birthday, city"),
        (c.Attribute(key="birthday", values=("1990-11-02",)), "'birthday' are personal"),
        (c.Attribute(key="gender", values=("X",)), "is none that it can be: F, M"),
        (c.Attribute(key="size", values=("38", "big")), "is none that it can be: NUMBER"),
        (c.Attribute(key="gender", months=(1,)), "'gender' is no date"),
    ],
)
async def test_no_more_is_asked_of_attributes_than_is_shown_of_them(people, condition, reason):
    for tree in (condition, c.Not(of=condition)):
        with pytest.raises(BadInput, match=reason) as caught:
            await people.count(tree, NOW)
        assert caught.value.code == "SEGMENT_INVALID"


def test_every_condition_has_its_sql():
    assert set(COMPILERS) == set(c.CONDITIONS) == set(ORACLE)
