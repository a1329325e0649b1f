"""What is kept, for whom and for how long; on one server and on a cluster."""

import asyncio
import gc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cache import LISTS, QUESTIONS, Served
from capabilities.errors import BadInput, Garbled, Overloaded, Refused, TimedOut, Unavailable
from capabilities.estate import CachePolicy
from capabilities.member.records import (
    Contact,
    Identity,
    IdentityKind,
    Membership,
    Points,
    Tier,
)
from capabilities.money import Money
from capabilities.order.records import (
    Discount,
    IntegrityWarning,
    Order,
    OrderFilter,
    OrderLine,
    OrderMoney,
    OrderStatus,
    Payment,
    ProductRef,
)
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.sources import SourceRef
from tests.cache.conftest import Source, until

_PHONE = "+8613912345678"
_SOURCE = SourceRef(connector="woo", system="woocommerce", external_id="7")


def member(number, points=10):
    return Membership(
        channel="shop",
        number=number,
        tier=Tier(code="gold", valid_to=date(2027, 1, 1)),
        points=Points(available=points),
        joined_at=datetime(2024, 2, 29, 12, 30, 1, 250_000, tzinfo=UTC),
        contact=Contact(name="李雷", phone=_PHONE, email="li@example.cn", phone_verified=True),
        source=_SOURCE,
    )


def order(number):
    price = Money(-1999, "CNY")
    return Order(
        channel="shop",
        number=number,
        status=OrderStatus.COMPLETED,
        source_status=("completed", ""),
        placed_at=datetime(2026, 11, 1, tzinfo=UTC),
        business_date=date(2026, 11, 1),
        currency="CNY",
        money=OrderMoney(total=price, tax_included=True),
        lines=(
            OrderLine(
                ref="1",
                codes=(ProductRef("sku", "BW-1"),),
                quantity=Decimal("1.500"),
                unit_price=price,
                discounts=(Discount(amount=price, name="会员日"),),
            ),
        ),
        payments=(Payment(method="wx", amount=price),),
        integrity_warnings=(IntegrityWarning("SUM_DIFFERS", "…"),),
        source=_SOURCE,
    )


def values(served):
    return [one.value if isinstance(one, Served) else one.code for one in served]


async def test_only_misses_are_fetched_in_one_call_and_order_is_kept(processes):
    process = await processes()
    source = Source({"1": member("1"), "2": member("2")})
    answers = process.of()
    assert values(await answers.load(["1", "none"], source.fetch)) == [member("1"), None]
    await process.settled()
    again = await answers.load(["2", "1", "none", "2", "3"], source.fetch)
    assert values(again) == [member("2"), member("1"), None, member("2"), None]
    assert source.asked == [["1", "none"], ["2", "3"]]
    assert [one.latency_ms for one in again] == [7, None, None, 7, 7]
    assert await answers.load([], source.fetch) == []


_FILTERS = OrderFilter(
    channels=frozenset({"shop", "app"}),
    statuses=frozenset({OrderStatus.COMPLETED, OrderStatus.DRAFT, OrderStatus.SHIPPED}),
    placed_from=datetime(2026, 1, 1, tzinfo=UTC),
)
_ASK = PageAsk(first=11, channels=("app", "shop"), after=SortKey(5, "shop", "9"))
_PAGE = SourcePage(
    rows=(order("1"), order("2")), has_more=True, total=9, truncated_at=SortKey(1, "shop", "2")
)
_CASES = {
    "memberships": ("1", member("1")),
    "memberships_by_identity": (Identity(IdentityKind.PHONE, "CN", _PHONE), (member("1"),)),
    "orders": ("1", order("1")),
    "orders_by_customer": (("1", _FILTERS, _ASK), _PAGE),
    "search_orders": ((_FILTERS, _ASK), _PAGE),
    "coupons_by_membership": (member("1"), ()),
}


@pytest.mark.parametrize("port", _CASES)
async def test_an_answer_comes_back_as_it_was(processes, port):
    key, value = _CASES[port]
    source = Source({key: value})
    for _ in range(2):  # each time a process that has nothing of its own
        process = await processes()
        assert values(await process.of(port).load([key], source.fetch)) == [value]
        await process.settled()
    assert source.asked == [[key]]


async def test_every_question_has_the_types_it_needs(processes):
    process = await processes()
    for port in QUESTIONS:
        process.of(port)


async def _all_of_redis(process):
    redis = process.near._redis
    found = []
    async for key in redis.scan_iter("santong:*"):
        found.append(key)
        if await redis.type(key) == b"string":
            found.append(await redis.get(key))
    return b"\n".join(found)


async def test_no_key_and_no_personal_value_lies_in_the_clear(processes):
    process = await processes()
    for port, (key, value) in _CASES.items():
        await process.of(port).load([key], Source({key: value}).fetch)
    await process.settled()
    text = await _all_of_redis(process)
    assert text.count(b"santong:c1:woo:") >= len(_CASES)
    for secret in ("李雷", _PHONE, "13912345678", "li@example", "COMPLETED", "会员日"):
        assert secret.encode() not in text


async def test_the_windows_of_a_policy(processes, clock):
    process = await processes()
    source = Source({"1": member("1", 1)})
    answers = process.of()
    await answers.load(["1"], source.fetch)
    await process.settled()
    source.answers["1"] = member("1", 2)

    clock.now += 29.5
    (kept,) = await answers.load(["1"], source.fetch)
    assert (kept.value.points.available, kept.age_ms, kept.stale) == (1, 29_500, False)
    assert len(source.asked) == 1

    clock.now += 1
    (kept,) = await answers.load(["1"], source.fetch)
    assert (kept.value.points.available, kept.age_ms, kept.stale) == (1, 30_500, True)
    assert kept.error is None
    await process.settled()
    assert len(source.asked) == 2
    (kept,) = await answers.load(["1"], source.fetch)
    assert (kept.value.points.available, kept.age_ms, kept.stale) == (2, 0, False)

    source.answers["1"] = member("1", 3)
    clock.now += 331
    (kept,) = await answers.load(["1"], source.fetch)
    assert (kept.value.points.available, kept.latency_ms, kept.stale) == (3, 7, False)


async def test_an_absent_record_is_kept_for_less_and_never_given_old(processes, clock):
    process = await processes()
    source = Source()
    answers = process.of()
    await answers.load(["1"], source.fetch)
    await process.settled()
    clock.now += 4.9
    assert values(await answers.load(["1"], source.fetch)) == [None]
    assert len(source.asked) == 1
    clock.now += 0.2
    source.answers["1"] = member("1")
    assert values(await answers.load(["1"], source.fetch)) == [member("1")]
    source.answers.clear()
    source.error = Unavailable("away", source="woo")
    assert values(await answers.load(["9"], source.fetch)) == ["UPSTREAM_UNAVAILABLE"]


@pytest.mark.parametrize("error", [Unavailable("a"), TimedOut("a"), Overloaded("a")])
async def test_a_failing_system_gives_the_old_answer_and_says_so(processes, clock, error):
    process = await processes()
    source = Source({"1": member("1")})
    answers = process.of()
    await answers.load(["1"], source.fetch)
    await process.settled()
    source.error = error
    clock.now += 400  # beyond the window in which it is given at once
    kept, other = await answers.load(["1", "2"], source.fetch)
    assert (kept.value, kept.age_ms, kept.stale) == (member("1"), 400_000, True)
    assert kept.error is error
    assert other is error
    clock.now += 3600
    assert await answers.load(["1"], source.fetch) == [error]


@pytest.mark.parametrize("error", [Refused("a"), Garbled("a"), BadInput("a")])
async def test_what_is_no_absence_gives_no_old_answer(processes, clock, error):
    process = await processes()
    source = Source({"1": member("1")})
    answers = process.of()
    await answers.load(["1"], source.fetch)
    await process.settled()
    source.error = error
    clock.now += 400
    assert await answers.load(["1"], source.fetch) == [error]


async def test_a_failure_is_not_kept(processes):
    process = await processes()
    source = Source({"1": member("1"), "2": Unavailable("one row only")})
    answers = process.of()
    assert values(await answers.load(["1", "2"], source.fetch)) == [
        member("1"),
        "UPSTREAM_UNAVAILABLE",
    ]
    await process.settled()
    source.answers["2"] = member("2")
    assert values(await answers.load(["1", "2"], source.fetch)) == [member("1"), member("2")]
    assert source.asked == [["1", "2"], ["2"]]


async def test_who_cannot_wait_gets_the_old_answer_or_a_timeout(processes, clock):
    process = await processes()
    source = Source({"1": member("1")})
    answers = process.of()
    await answers.load(["1"], source.fetch)
    await process.settled()
    clock.now += 400
    source.gate.clear()
    patient = asyncio.create_task(answers.load(["1", "2"], source.fetch))
    kept, other = await answers.load(["1", "2"], source.fetch, seconds=0.2)
    assert (kept.value, kept.stale, kept.error.code) == (member("1"), True, "UPSTREAM_TIMEOUT")
    assert isinstance(other, TimedOut)
    assert other.source == "woo"
    source.answers["1"] = member("1", 99)
    source.gate.set()
    assert values(await patient) == [member("1", 99), None]
    assert source.asked[1:] == [["1", "2"]]


async def test_live_is_asked_whatever_is_kept_and_is_kept(processes):
    process = await processes(follow=True)
    source = Source({"1": member("1", 1)})
    answers = process.of()
    await answers.load(["1"], source.fetch)
    await process.settled()
    source.answers["1"] = member("1", 2)
    (kept,) = await answers.load(["1"], source.fetch, live=True)
    assert (kept.value, kept.age_ms, kept.latency_ms) == (member("1", 2), 0, 7)
    await process.settled()
    assert values(await answers.load(["1"], source.fetch)) == [member("1", 2)]
    assert len(source.asked) == 2
    source.error = Unavailable("away")
    assert await answers.load(["1"], source.fetch, live=True) == [source.error]


async def test_live_does_not_travel_with_a_load_that_began_before(processes):
    process = await processes()
    source = Source({"1": member("1", 1)})
    answers = process.of()
    source.gate.clear()
    cached = asyncio.create_task(answers.load(["1"], source.fetch))
    await until(lambda: source.asked)
    live = asyncio.create_task(answers.load(["1"], source.fetch, live=True))
    await until(lambda: len(source.asked) == 2)
    source.gate.set()
    await asyncio.gather(cached, live)


async def test_the_process_layer_answers_without_redis(processes, clock):
    process = await processes(follow=True)
    source = Source({"1": member("1")})
    answers = process.of()
    assert answers.peek("1") is None
    await answers.load(["1"], source.fetch)
    await process.settled()
    clock.now += 0.25
    first, second = answers.peek("1"), answers.peek("1")
    assert first.value is second.value
    assert (first.age_ms, first.latency_ms, first.stale) == (250, None, False)
    clock.now += 30
    assert answers.peek("1") is None
    assert process.cache.counts["woo", QUESTIONS["memberships"].capability].process == 2


async def test_a_policy_that_became_shorter_holds_at_once(processes, clock):
    process = await processes(follow=True)
    source = Source({"1": member("1")})
    await process.of().load(["1"], source.fetch)
    await process.settled()
    clock.now += 10
    shorter = process.of(policy=CachePolicy(fresh=5, absent=5))
    await shorter.load(["1"], source.fetch)
    assert len(source.asked) == 2


@pytest.mark.parametrize("other", [{"version": "2"}, {"audience": "b"}, {"connector": "woo2"}])
async def test_another_version_class_or_connector_has_its_own_answers(processes, other):
    process = await processes(follow=True)
    source = Source({"1": member("1")})
    await process.of().load(["1"], source.fetch)
    await process.settled()
    await process.of(**other).load(["1"], source.fetch)
    assert len(source.asked) == 2


async def test_callers_of_two_classes_never_read_each_other(processes):
    """Loads of two classes cross in every layer, on the same keys, at the same time."""
    pair = [await processes(follow=True), await processes(follow=True)]
    policy = CachePolicy(fresh=0.05, absent=0.05, stale_while_revalidate=0.1, stale_if_error=60)
    classes = ("a", "b")
    sources = {one: Source({str(n): member(f"{one}{n}") for n in range(5)}) for one in classes}
    shelves = [
        (one, process.of(policy=policy, audience=one)) for process in pair for one in classes
    ]
    mixed = 0

    async def ask(number):
        nonlocal mixed
        one, answers = shelves[number % len(shelves)]
        key = str(number % 5)
        (served,) = await answers.load([key], sources[one].fetch, live=number % 97 == 0)
        mixed += served.value.number != f"{one}{key}"

    for start in range(0, 10_000, 500):
        await asyncio.gather(*(ask(start + number) for number in range(500)))
        pair[0].cache._shared.clock.now += 0.03
    assert mixed == 0
    assert sum(len(source.asked) for source in sources.values()) < 2_000


@pytest.mark.parametrize("broken", ["cut", "turned", "foreign", "list", "moved", "old_words"])
async def test_what_is_none_of_ours_is_a_miss(processes, broken):
    process = await processes()
    source = Source({"1": member("1"), "2": member("2")})
    answers = process.of()
    await answers.load(["1", "2"], source.fetch)
    await process.settled()
    redis = process.near._redis
    one, two = (answers._shelf._place(key).entry for key in "12")
    sealed = await redis.get(one)
    if broken == "list":
        await redis.delete(one)
        await redis.rpush(one, b"x")
    elif broken == "old_words":
        vault, seen = process.cache._shared.vault, process.cache._entries
        (kept,) = await seen.look(answers._shelf._drops, [answers._shelf._place("1")])
        drops = kept.drops
        await redis.set(one, vault.seal(one, drops.epoch, drops.number, 1.8e9, {"channel": 3}))
    else:
        flipped = sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]
        moved = await redis.get(two)
        bad = {"cut": sealed[:20], "turned": flipped, "foreign": b"something", "moved": moved}
        await redis.set(one, bad[broken])
    assert values(await answers.load(["1", "2"], source.fetch)) == [member("1"), member("2")]
    assert source.asked == [["1", "2"], ["1"]]


async def test_another_key_reads_nothing(processes, redis_url, clock):
    process, other = await processes(), await processes()
    other.cache._shared.vault.__init__(b"x" * 32)
    source = Source({"1": member("1")})
    for one in (process, other):
        await one.of().load(["1"], source.fetch)
        await one.settled()
    assert len(source.asked) == 2


async def test_a_value_that_is_too_large_is_given_and_not_kept(processes):
    process = await processes(follow=True)
    large = SourcePage(rows=(order("9" * 1_100_000),), has_more=False)
    key = (_FILTERS, _ASK)
    source = Source({key: large})
    for _ in range(2):
        assert values(await process.of("search_orders").load([key], source.fetch)) == [large]
        await process.settled()
    assert len(source.asked) == 2


async def test_nothing_is_left_behind(processes):
    process = await processes(follow=True)
    source = Source({"1": member("1")})
    answers = process.of()
    for _ in range(3):
        await asyncio.gather(*(answers.load(["1", "2"], source.fetch) for _ in range(20)))
    await process.settled()
    gc.collect()
    assert not answers._flights._flying
    assert not answers._refreshing
    assert LISTS == ""
