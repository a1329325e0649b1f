from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import OrderKind, OrderStatus, PaymentStatus, ProductRef
from store.events import Events
from store.order.facts import OrderFacts, Recorded

BRAND = "baiwei"
HOLDER = MembershipKey("shop", "101")
FACT = OrderFact(
    channel="shop",
    number="9001",
    connector="woo",
    holder=HOLDER,
    store_code="M0001",
    placed_at=datetime(2026, 11, 1, 4, 5, 6, tzinfo=UTC),
    business_date=date(2026, 11, 1),
    kind=OrderKind.SALE,
    status=OrderStatus.COMPLETED,
    payment_status=PaymentStatus.PAID,
    currency="CNY",
    paid=2580,
    lines=(
        LineFact(
            ref="1",
            sku="SN-1",
            codes=(ProductRef("sku", "SN-1"),),
            quantity=Decimal("1.5"),
            net=2580,
        ),
        LineFact(ref="2", gift=True),
    ),
)


@pytest.fixture
def facts(store):
    return OrderFacts(store, BRAND)


def _owned(database, *links):
    with psycopg.connect(database) as connection:
        for key, one_id in links:
            connection.execute(
                "INSERT INTO membership_links (brand, number, channel, one_id)"
                " VALUES (%s, %s, %s, %s)",
                (BRAND, key.number, key.channel, one_id),
            )


async def _read(store, facts, subject):
    return (await store.transaction(lambda run: facts.by_key_in(run, [subject])))[0]


async def test_an_order_is_read_as_it_was_recorded(store, facts):
    assert await facts.record([FACT]) == Recorded(new=1)
    assert await _read(store, facts, Subject(key="9001", channel="shop")) == FACT
    assert await _read(store, facts, Subject(key="9001", channel="pos")) is None


async def test_an_anonymous_order_without_a_date_is_kept(store, facts):
    bare = OrderFact(channel="pos", number="7", connector="ospos")
    await facts.record([bare])
    assert await _read(store, facts, Subject(key="7", channel="pos")) == bare


@pytest.mark.parametrize("order", ["earlier first", "later first"])
async def test_of_two_readings_the_later_stands_whichever_comes_first(store, facts, order):
    at = datetime(2026, 11, 2, tzinfo=UTC)
    shipped = replace(FACT, status=OrderStatus.SHIPPED)
    readings = [(FACT, at), (shipped, at + timedelta(seconds=1))]
    came = readings if order == "earlier first" else readings[::-1]
    done = [await facts.record([fact], read_at) for fact, read_at in came]
    assert await _read(store, facts, Subject(key="9001", channel="shop")) == shipped
    older = frozenset({("shop", "9001")}) if order == "later first" else frozenset()
    assert done[1].older == older


async def test_a_reading_that_says_the_same_still_counts_as_later(store, facts):
    at = datetime(2026, 11, 2, tzinfo=UTC)
    await facts.record([FACT], at)
    assert await facts.record([FACT], at + timedelta(seconds=9)) == Recorded(unchanged=1)
    between = replace(FACT, status=OrderStatus.SHIPPED)
    assert (await facts.record([between], at + timedelta(seconds=5))).older
    assert await _read(store, facts, Subject(key="9001", channel="shop")) == FACT


async def test_what_is_no_reading_always_stands(store, facts):
    await facts.record([FACT], datetime(2126, 11, 2, tzinfo=UTC))
    own = replace(FACT, paid=1)
    assert await facts.record([own]) == Recorded(changed=1)
    assert await _read(store, facts, Subject(key="9001", channel="shop")) == own


async def test_only_what_differs_is_written_and_told(store, facts):
    later = replace(FACT, refunded=100, payment_status=PaymentStatus.PARTIALLY_REFUNDED)
    await facts.record([FACT, replace(FACT, number="9002")])
    assert await facts.record([FACT, later, replace(FACT, number="9002")]) == Recorded(0, 1, 1)
    assert await facts.record([later]) == Recorded(unchanged=1)
    told = []

    async def handle(_run, events):
        told.extend((one.topic, one.subject.channel, one.subject.key) for one in events)

    await Events(store, BRAND).consume("c", Topic, handle)
    assert [key for _, _, key in told] == ["9001", "9002", "9001"]
    assert {topic for topic, _, _ in told} == {Topic.ORDER_CHANGED}


async def test_orders_follow_the_membership_they_were_made_under(store, facts, database):
    other = MembershipKey("pos", "5")
    _owned(database, (HOLDER, "a"), (other, "b"))
    early = replace(
        FACT, channel="pos", number="1", holder=other, placed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    await facts.record([FACT, early, replace(FACT, number="9003", holder=None)])
    assert await facts.of_people(["b", "nobody", "a"]) == [(early,), (), (FACT,)]
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE membership_links SET one_id = 'a'")
        connection.execute("INSERT INTO member_aliases VALUES (%s, 'b', 'a')", (BRAND,))
    assert await facts.of_people(["b", "a"]) == [(early, FACT), (early, FACT)]
    subjects = [Subject(key="1", channel="pos"), Subject(key="9003", channel="shop")]
    assert await store.transaction(lambda run: facts.holders_in(run, subjects)) == ["a"]


async def test_nothing_asked_is_nothing_told(store, facts):
    assert await facts.record([]) == Recorded()
    assert await facts.of_people([]) == []


async def test_who_loses_an_order_to_somebody_else_is_told_of_too(store, facts, database):
    other = MembershipKey("pos", "5")
    _owned(database, (HOLDER, "a"), (other, "b"))
    await facts.record([FACT, replace(FACT, number="9002")])
    told = []

    async def handle(_run, events):
        told.extend((one.topic, one.subject.key) for one in events)

    events = Events(store, BRAND)
    await events.consume("c", Topic, handle)
    told.clear()
    await facts.record([replace(FACT, holder=other), replace(FACT, number="9002", paid=1)])
    await facts.record([replace(FACT, holder=None)])
    await events.consume("c", Topic, handle)
    assert told == [
        (Topic.ORDER_CHANGED, "9001"),
        (Topic.ORDER_CHANGED, "9002"),
        (Topic.MEMBER_CHANGED, "a"),
        (Topic.ORDER_CHANGED, "9001"),
        (Topic.MEMBER_CHANGED, "b"),
    ]


async def test_whose_an_order_is_is_told_to_its_holder_alone(facts):
    await facts.record([FACT, replace(FACT, number="gone", gone=True)])
    hers, other = [MembershipKey("store", "1"), HOLDER], [MembershipKey("store", "101")]
    assert await facts.is_of("shop", "9001", hers)
    assert not await facts.is_of("shop", "9001", other)
    assert not await facts.is_of("shop", "9001", [])
    assert not await facts.is_of("store", "9001", hers)
    assert not await facts.is_of("shop", "gone", hers)
