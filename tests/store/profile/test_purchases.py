"""The figures of people: SQL equals the rules in Python, whatever happened before."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.events import Subject
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import OrderKind, OrderStatus
from capabilities.profile.purchases import affinity_of, statistics_of
from store.order.facts import OrderFacts
from store.profile.purchases import Purchases
from store.profile.purchases_computing import PurchasesComputing
from store.profile.recommendations import Recommendations

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
KEYS = [MembershipKey(channel, number) for channel in ("shop", "pos") for number in "123"]
PATHS = {"T-1": ("食品", "茶"), "T-2": ("食品", "茶"), "N-1": ("食品", "坚果"), "X-1": ()}
PEOPLE = ("ann", "bea", "eve")
PRODUCTS = "".join(
    f"{sku},{sku},味,{'>'.join(path)},,,2026-09-{day},\n"
    for day, (sku, path) in enumerate(PATHS.items(), start=10)
)


def bought(number, *skus, holder=KEYS[0], days=0, **changes):
    return OrderFact(
        **{
            "channel": holder.channel,
            "number": number,
            "connector": "woo",
            "holder": holder,
            "placed_at": NOON + timedelta(days=days),
            "currency": "CNY",
            "paid": 1000,
            "lines": tuple(LineFact(ref=str(at), sku=sku) for at, sku in enumerate(skus)),
            **changes,
        }
    )


@pytest.fixture
def link(database):
    def linked(owners, aliases=()):
        with psycopg.connect(database) as connection:
            connection.execute("DELETE FROM membership_links")
            connection.execute("DELETE FROM member_aliases")
            for key, one_id in owners.items():
                connection.execute(
                    "INSERT INTO membership_links (brand, number, channel, one_id)"
                    " VALUES (%s, %s, %s, %s)",
                    (BRAND, key.number, key.channel, one_id),
                )
            for old, new in aliases:
                connection.execute(
                    "INSERT INTO member_aliases VALUES (%s, %s, %s)", (BRAND, old, new)
                )

    return linked


async def compute(store, *people, orders=(), at=NOON):
    computing = PurchasesComputing(store, BRAND)

    async def work(run):
        touched = await computing.touched_in(run, people, orders)
        await computing.compute_in(run, touched, at)
        return touched

    return await store.transaction(work)


_LINES = st.lists(
    st.builds(
        LineFact,
        ref=st.just("1"),
        sku=st.sampled_from([*PATHS, "UNKNOWN", None]),
        gift=st.booleans(),
    ),
    max_size=3,
)
_FACTS = st.lists(
    st.builds(
        bought,
        st.integers(0, 9).map(str),
        holder=st.sampled_from(KEYS),
        placed_at=st.none() | st.integers(-900, 300).map(lambda days: NOON + timedelta(days=days)),
        currency=st.sampled_from(("CNY", "HKD", None)),
        paid=st.integers(-500, 2000),
        refunded=st.integers(0, 1000),
        kind=st.sampled_from((OrderKind.SALE, OrderKind.RETURN, OrderKind.QUOTE)),
        status=st.sampled_from((OrderStatus.COMPLETED, OrderStatus.CANCELLED)),
        gone=st.booleans(),
        lines=_LINES.map(tuple),
    ),
    max_size=12,
)
_OWNERS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(PEOPLE), max_size=6)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_computing_what_changed_equals_the_rules_over_everything(store, bring, link, data):
    bring(PRODUCTS)
    with_facts = OrderFacts(store, BRAND)
    await store.transaction(_emptied)
    owners = {}
    for _ in range(data.draw(st.integers(1, 3), label="rounds")):
        facts = data.draw(_FACTS)
        await with_facts.record(facts)
        before, owners = owners, data.draw(_OWNERS)
        link(owners)
        moved = {one for key in KEYS for one in (before.get(key), owners.get(key)) if one}
        subjects = [Subject(key=one.number, channel=one.channel) for one in facts]
        await compute(store, *moved, orders=subjects)
    await _equal_to_the_rules(store, with_facts, owners)


async def _emptied(run):
    for table in ("order_facts", "member_purchases", "member_statistics", "member_affinity"):
        await run(text(f"DELETE FROM {table}"), {})  # noqa: S608


async def _equal_to_the_rules(store, facts, owners):
    read = Purchases(store, BRAND)
    every = await facts.of_people(PEOPLE)
    statistics, affinity = await read.statistics(PEOPLE), await read.affinity(PEOPLE, NOON)
    for who, own, figures, taste in zip(PEOPLE, every, statistics, affinity, strict=True):
        if who not in owners.values():
            assert figures is None
            continue
        assert figures.channels == statistics_of(own)
        wanted = affinity_of(own, PATHS)
        assert [(one.category, one.orders, one.last_at) for one in taste.categories] == [
            (one.category, one.orders, one.last_at) for one in wanted
        ]
        for one, other in zip(taste.categories, wanted, strict=True):
            assert one.weight == pytest.approx(other.weight, rel=1e-9)
            assert one.share == pytest.approx(other.share, rel=1e-9)


async def test_figures_say_when_by_which_model_and_from_what_they_were_computed(store, bring, link):
    bring(PRODUCTS)
    link({KEYS[0]: "ann", KEYS[3]: "ann", KEYS[1]: "bea"})
    facts = [
        bought("1", "T-1", "UNKNOWN"),
        bought("2", "T-2", "N-1", days=90),
        bought("3", holder=KEYS[3], days=30, paid=333),
        bought("4", "T-1", days=10, paid=0),
        bought("5", kind=OrderKind.RETURN, days=11, paid=-300),
    ]
    await OrderFacts(store, BRAND).record(facts)
    assert await compute(store, orders=[Subject(key="1", channel="shop")]) == ["ann"]
    (ann, bea) = await Purchases(store, BRAND).statistics(["ann", "bea"])
    assert bea is None
    pos, shop = ann.channels
    assert (shop.orders, shop.net_amount.minor, shop.average_basket.minor) == (2, 1700, 850)
    assert (shop.average_gap_days, pos.average_gap_days) == (90.0, None)
    assert (ann.computed_at, ann.model_version) == (NOON, "statistics-1")
    assert [(one.name, one.value) for one in ann.inputs] == [("orderFacts", "5")]
    (taste,) = await Purchases(store, BRAND).affinity(["ann"], NOON + timedelta(days=90))
    tea, nuts = taste.categories
    assert (tea.category, tea.orders, nuts.orders) == (("食品", "茶"), 2, 1)
    assert (tea.score, nuts.score) == (pytest.approx(1.5), pytest.approx(1.0))
    assert tea.share == pytest.approx(1.5 / 2.5)  # an order 90 days older weighs half
    assert {one.name: one.value for one in taste.inputs}["linesWithoutCategory"] == "1"


async def test_an_old_id_has_its_survivors_figures_and_keeps_none_of_its_own(store, link):
    await OrderFacts(store, BRAND).record([bought("1"), bought("2", holder=KEYS[1])])
    link({KEYS[0]: "ann", KEYS[1]: "bea"})
    await compute(store, "ann", "bea")
    read = Purchases(store, BRAND)
    apart = await read.statistics(["ann", "bea"])
    link({KEYS[0]: "ann", KEYS[1]: "ann"}, [("bea", "ann")])
    assert await compute(store, "bea") == ["ann", "bea"]
    ann, bea = await read.statistics(["ann", "bea"])
    assert ann == bea
    assert ann.channels[0].orders == 2
    link({KEYS[0]: "ann", KEYS[1]: "bea"})
    await compute(store, "ann", "bea")
    assert await read.statistics(["ann", "bea"]) == apart


async def test_everybody_is_computed_page_by_page(store, link):
    await OrderFacts(store, BRAND).record([bought(str(at), holder=KEYS[at]) for at in range(3)])
    link({KEYS[at]: PEOPLE[at] for at in range(3)})
    computing, after, seen = PurchasesComputing(store, BRAND), "", []
    while people := await computing.compute_after(after, 2, NOON):
        seen.append(tuple(people))
        after = people[-1]
    assert seen == [("ann", "bea"), ("eve",)]
    assert None not in await Purchases(store, BRAND).statistics(PEOPLE)


async def test_new_products_of_her_categories_that_she_never_had(store, bring, link):
    today = date(2026, 11, 1)
    bring(
        "T-0,老茶,味,食品>茶,,,2026-01-01,\n"
        "T-1,新茶,味,食品>茶,,,2026-10-01,\n"
        "T-2,更新茶,味,食品>茶,,,2026-10-20,\n"
        "T-3,停产茶,味,食品>茶,,,2026-10-20,2026-10-30\n"
        "T-4,未上市茶,味,食品>茶,,,2026-11-02,\n"
        "N-0,老坚果,味,食品>坚果,,,2025-01-01,\n"
        "N-1,新坚果,味,食品>坚果,,,2026-10-25,\n"
        "W-1,新酒,味,食品>酒,,,2026-10-25,\n"
    )
    link({KEYS[0]: "ann", KEYS[1]: "bea"})
    await OrderFacts(store, BRAND).record(
        [
            bought("1", "T-0", "N-0"),
            bought("2", "T-0", days=1),
            bought("3", "N-1", "N-0", holder=KEYS[1], refunded=1000),
            bought("4", "N-0", holder=KEYS[1]),
        ]
    )
    await compute(store, "ann", "bea")
    ann, bea, eve = await Recommendations(store, BRAND).new_products(
        ["ann", "bea", "eve"], 5, today
    )
    assert [one.sku for one in ann] == ["T-2", "T-1", "N-1"]
    assert (ann[0].reason.category, ann[0].reason.orders) == (("食品", "茶"), 2)
    assert ann[0].reason.last_at == NOON + timedelta(days=1)
    assert (bea, eve) == ((), ())  # she gave N-1 back: it is not new to her
    (few,) = await Recommendations(store, BRAND).new_products(["ann"], 1, today)
    assert few == ann[:1]
