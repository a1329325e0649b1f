"""Flash sales against a plain model: random operations, and many at once."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from capabilities.flash.records import (
    SHARED,
    DuplicateRequest,
    FlashSale,
    LimitReached,
    NotOpen,
    Reserved,
    SaleState,
    Wish,
)
from store.flash import settling
from store.flash.audit import audit
from store.flash.buckets import hold_home, refill
from store.flash.movements import Account, Place, move
from store.flash.sales import change_state, define, read_sale, top_up
from store.flash.selling import _KNOWN, Asked, Short, reserve, reserved_before
from store.flash.settling import expire, pay, release
from store.flash.taking import _GIVE_BACK, Home

BRAND = "baiwei"
SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=datetime(2020, 1, 1, tzinfo=UTC),
    closes_at=datetime(2100, 1, 1, tzinfo=UTC),
    pools={SHARED: 5},
    per_member=2,
    state=SaleState.OPEN,
)
HOME = Home(BRAND, "s1", 0)


def wish(member, key="k", quantity=1, channel="app"):
    return Wish(member, key, channel, quantity)


async def _on_sale(store, **changes):
    sale = FlashSale(
        **{**{name: getattr(SALE, name) for name in SALE.__struct_fields__}, **changes}
    )
    await store.transaction(lambda run: define(run, BRAND, sale))
    return sale


def asked(wishes, home=HOME, quotas=()):
    place = Home(home.brand, home.sale, home.bucket, frozenset(quotas))
    return [Asked(place, each) for each in wishes]


async def sell(store, *wishes, home=HOME, quotas=()):
    batch = asked(wishes, home, quotas)
    return await store.transaction(lambda run: reserve(run, BRAND, batch))


async def checked(store):
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert found.faults == ()
    return found


async def test_the_first_come_are_served_until_nothing_is_left(store):
    await _on_sale(store)
    got = await sell(store, *(wish(f"m{place}", quantity=2) for place in range(3)), wish("m9"))
    assert [type(one) for one in got] == [Reserved, Reserved, Short, Reserved]
    assert await sell(store, wish("late")) == [Short()]
    found = await checked(store)
    assert (found.allocated, found.remaining, found.standing) == (5, 0, 5)


async def test_the_same_wish_again_has_the_same_pieces(store):
    await _on_sale(store)
    (first,) = await sell(store, wish("m"))
    (again,) = await sell(store, wish("m"))
    assert again == Reserved(first.reservation, first.pay_until, replay=True)
    assert await sell(store, wish("m", quantity=2)) == [DuplicateRequest()]
    assert await sell(store, wish("m", channel="pos")) == [DuplicateRequest()]
    assert (await checked(store)).standing == 1


async def test_nobody_has_more_than_one_person_may(store):
    await _on_sale(store)
    assert await sell(store, wish("m", quantity=3)) == [LimitReached(2)]
    await sell(store, wish("m", "a"))
    await sell(store, wish("m", "b"))
    assert await sell(store, wish("m", "c")) == [LimitReached(2)]
    (again,) = await sell(store, wish("m", "a"))
    assert again.replay
    assert (await checked(store)).standing == 2


async def test_a_wish_that_got_nothing_may_win_later(store):
    await _on_sale(store, pools={SHARED: 1})
    (won,) = await sell(store, wish("a"))
    assert await sell(store, wish("b")) == [Short()]
    await store.transaction(lambda run: release(run, BRAND, "s1", [won.reservation], "CANCELLED"))
    (later,) = await sell(store, wish("b"))
    assert isinstance(later, Reserved)
    assert not later.replay


@pytest.mark.parametrize(
    "changes",
    [
        {"state": SaleState.PAUSED},
        {"opens_at": datetime(2099, 1, 1, tzinfo=UTC)},
        {"closes_at": datetime(2021, 1, 1, tzinfo=UTC)},
    ],
)
async def test_a_sale_that_does_not_sell_takes_nothing(store, changes):
    sale = await _on_sale(store, **changes)
    got = await sell(store, wish("m"))
    assert got == [NotOpen(sale.state, sale.opens_at, sale.closes_at)]
    assert await store.rows(text("SELECT 1 FROM flash_buyers")) == []
    assert (await checked(store)).remaining == 5


async def test_a_channel_has_its_quota_first_and_then_what_all_share(store):
    await _on_sale(store, pools={"jd": 1, SHARED: 1})
    got = await sell(
        store, *(wish(f"m{place}", channel="jd") for place in range(3)), wish("a"), quotas={"jd"}
    )
    assert [type(one) for one in got] == [Reserved, Reserved, Short, Short]
    rows = await store.rows(text("SELECT pool, count(*) AS n FROM flash_reservations GROUP BY 1"))
    assert {row.pool: row.n for row in rows} == {"jd": 1, SHARED: 1}
    await checked(store)


async def test_either_paid_or_released(store):
    await _on_sale(store)
    (one,) = await sell(store, wish("m"))
    ids = [one.reservation]
    outcomes = await asyncio.gather(
        *(
            store.transaction(lambda run: pay(run, BRAND, "s1", ids))
            if place % 2
            else store.transaction(lambda run: release(run, BRAND, "s1", ids, "CANCELLED"))
            for place in range(8)
        )
    )
    assert sorted(map(len, outcomes)) == [0] * 7 + [1]
    found = await checked(store)
    assert found.paid == found.standing


async def test_what_is_not_paid_in_time_comes_back(store):
    await _on_sale(store, payment_seconds=0)
    await sell(store, *(wish(f"m{place}") for place in range(4)))
    released = [await store.transaction(lambda run: expire(run, BRAND, "s1", 3)) for _ in range(3)]
    assert released == [3, 1, 0]
    assert (await checked(store)).remaining == 5


async def test_what_a_commit_left_open_is_found_again(store):
    await _on_sale(store)
    (one,) = await sell(store, wish("m"))
    told = asked([wish("m"), wish("n"), wish("m", quantity=2)])
    known = await store.transaction(lambda run: reserved_before(run, BRAND, told[:2]))
    assert known == {one.reservation: Reserved(one.reservation, one.pay_until, replay=True)}
    other = await store.transaction(lambda run: reserved_before(run, BRAND, told[2:]))
    assert list(other.values()) == [DuplicateRequest()]


async def test_each_process_has_a_bucket_and_those_left_behind_are_taken_up(store):
    await _on_sale(store)

    async def home(holder, seconds=60.0):
        return await store.transaction(lambda run: hold_home(run, BRAND, "s1", holder, seconds))

    assert [await home("a"), await home("b", 0.0), await home("a"), await home("c")] == [0, 1, 0, 1]
    assert await home("d") == 2


async def test_stock_moves_to_where_it_is_sold_and_is_one_heap_at_the_end(store):
    await _on_sale(store, pools={SHARED: 1_000})
    for holder in "ab":
        await store.transaction(lambda run, by=holder: hold_home(run, BRAND, "s1", by, 60.0))
    other = Home(BRAND, "s1", 1)
    assert await store.transaction(lambda run: refill(run, other, SHARED)) == 500
    assert await store.transaction(lambda run: refill(run, other, SHARED)) == 750
    await checked(store)
    pool, away = Account(Place.POOL, SHARED), Account(Place.SUPPLY)
    await store.transaction(lambda run: move(run, BRAND, "s1", pool, away, 900))
    assert await store.transaction(lambda run: refill(run, other, SHARED)) == 100
    assert await store.transaction(lambda run: refill(run, HOME, SHARED)) == 100
    assert (await checked(store)).remaining == 100


async def test_two_operators_do_not_overrule_one_another(store):
    await _on_sale(store)

    async def change(state):
        return await store.transaction(lambda run: change_state(run, BRAND, "s1", state, 1))

    assert sorted(
        await asyncio.gather(change(SaleState.PAUSED), change(SaleState.CLOSED)), key=str
    ) == [2, None]


async def test_a_top_up_is_sold_too(store):
    await _on_sale(store, pools={SHARED: 0})
    assert await sell(store, wish("m")) == [Short()]
    await store.transaction(lambda run: top_up(run, BRAND, "s1", SHARED, 2))
    assert isinstance((await sell(store, wish("m")))[0], Reserved)
    sale = await store.transaction(lambda run: read_sale(run, BRAND, "s1"))
    assert sale.pools == {SHARED: 2}


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE flash_stock SET remaining = remaining + 1", "-1 units are neither"),
        ("UPDATE flash_stock SET remaining = remaining - 1", "1 units are neither"),
        ("UPDATE flash_buyers SET quantity = 3", "more than one person may"),
        ("UPDATE flash_buyers SET quantity = 2", "counted otherwise"),
        ("UPDATE flash_reservations SET quantity = 9", "beyond the stock"),
        ("UPDATE flash_reservations SET bucket = 7", "buckets do not add up"),
        ("UPDATE flash_reservations SET pay_until = now() - interval '1 day'", "overdue"),
    ],
)
async def test_the_auditor_sees_what_does_not_agree(store, damage, told):
    await _on_sale(store)
    await sell(store, wish("m"))
    await store.rows(text(damage))
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert any(told in fault for fault in found.faults)


async def test_many_at_once_sell_exactly_what_there_is(store):
    """Four homes, keys that come twice at once, payments and releases in between."""
    await _on_sale(store, pools={"jd": 30, SHARED: 70}, per_member=3)
    for holder in "abcd":
        await store.transaction(lambda run, by=holder: hold_home(run, BRAND, "s1", by, 60.0))
    answers: dict = {}

    async def process(bucket):
        home = Home(BRAND, "s1", bucket)
        for turn in range(12):
            batch = [
                wish(f"m{(turn * 5 + place * (bucket + 1)) % 40}", f"k{turn % 4}", 1, channel)
                for place, channel in enumerate(["jd", "app"] * 4)
            ]
            unique = list({one.member: one for one in batch}.values())
            got = await sell(store, *unique, home=home, quotas={"jd"})
            if any(isinstance(one, Short) for one in got):
                for pool in ("jd", SHARED):
                    await store.transaction(lambda run, at=pool: refill(run, home, at))
            for one, outcome in zip(unique, got, strict=True):
                if isinstance(outcome, Reserved):
                    answers.setdefault((one.member, one.key), set()).add(outcome.reservation)
                    if (turn + bucket) % 3 == 0:
                        ids = [outcome.reservation]
                        act = pay if bucket % 2 else release
                        more = () if bucket % 2 else ("CANCELLED",)
                        await store.transaction(
                            lambda run, ids=ids, act=act, more=more: act(
                                run, BRAND, "s1", ids, *more
                            )
                        )

    await asyncio.gather(*(process(bucket) for bucket in range(4)))
    found = await checked(store)
    assert found.allocated == 100
    assert all(len(ids) == 1 for ids in answers.values())
    rows = await store.rows(text("SELECT count(DISTINCT id) AS n FROM flash_reservations"))
    assert rows[0].n == len({one for ids in answers.values() for one in ids})
    assert Counter(map(len, answers.values()))[1] > 30


async def test_a_batch_looks_its_ids_up_one_by_one_however_much_was_granted(store):
    """Nobody has counted the rows yet: a plan that reads all of a sale looks as cheap."""
    await _on_sale(store, pools={SHARED: 10_000})
    for turn in range(8):
        await sell(store, *(wish(f"m{turn}-{n}") for n in range(250)))
    some = [one.reservation for one in asked(wish(f"m0-{n}") for n in range(250))]

    async def told(run):
        await run(text("SET LOCAL enable_seqscan = off"), {})
        words = {"brand": BRAND, "sales": ["s1"] * len(some), "ids": some}
        rows = await run(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {_KNOWN.text}"), words)
        return rows[0][0]

    (plan,) = await store.transaction(told)
    looks = list(_nodes(plan["Plan"]))
    reading = [one for one in looks if one.get("Relation Name") == "flash_reservations"]
    assert [one["Index Name"] for one in reading] == ["flash_reservations_pkey"]
    assert reading[0]["Actual Loops"] == len(some)
    assert reading[0].get("Rows Removed by Filter", 0) == 0
    assert "id" in reading[0]["Index Cond"]


@pytest.mark.parametrize(
    ("statement", "table", "key"),
    [(_KNOWN, "flash_reservations", "id"), (_GIVE_BACK, "flash_buyers", "member")],
    ids=["known", "give back"],
)
async def test_a_plan_of_an_empty_table_looks_keys_up_too(store, statement, table, key):
    """It is kept while the table fills."""
    numbered = statement.text
    for number, name in enumerate(dict.fromkeys(re.findall(r":(\w+)", statement.text)), 1):
        numbered = numbered.replace(f":{name}", f"${number}")

    async def told(run):
        await run(text("SET LOCAL enable_seqscan = off"), {})
        return (await run(text(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {numbered}"), {}))[0][0]

    (plan,) = await store.transaction(told)
    (look,) = [one for one in _nodes(plan["Plan"]) if "Index Cond" in one]
    assert look["Index Name"] == f"{table}_pkey"
    assert all(f"{name} = " in look["Index Cond"] for name in ("brand", "sale", key))


async def test_a_batch_of_newcomers_is_two_statements(store):
    await _on_sale(store)

    async def statements(*wishes):
        asked_of: list = []

        async def work(run):
            async def counted(statement, parameters):
                asked_of.append(statement)
                return await run(statement, parameters)

            return await reserve(counted, BRAND, asked(wishes))

        return await store.transaction(work), len(asked_of)

    got, many = await statements(wish("a"), wish("b"))
    assert ([type(one) for one in got], many) == ([Reserved] * 2, 2)
    got, many = await statements(wish("a"), wish("c"))
    assert ([one.replay for one in got], many) == ([True, False], 4)
    ids = [one.reservation for one in got]
    await store.transaction(lambda run: release(run, BRAND, "s1", ids, "CANCELLED"))
    got, _ = await statements(wish("a"), wish("c"))
    assert [one.replay for one in got] == [True, True], "what went back is known too"
    assert (await checked(store)).standing == 1


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


@pytest.mark.parametrize("name", ["_PAY", "_RELEASE", "_EXPIRE"])
async def test_reservations_are_locked_once_however_many_a_sale_has(store, name):
    await _on_sale(store, pools={SHARED: 600}, payment_seconds=0, per_member=1)
    for first in range(0, 600, 200):
        await sell(store, *(wish(f"m{number}") for number in range(first, first + 200)))
    ids = [row.id for row in await store.rows(text("SELECT id FROM flash_reservations LIMIT 300"))]
    words = {"brand": BRAND, "sale": "s1", "ids": ids, "reason": "CANCELLED", "most": 300}

    async def told(run):
        statement = getattr(settling, name).text
        rows = await run(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"), words)
        return rows[0][0]

    (plan,) = await store.transaction(told)
    locks = [node for node in _nodes(plan["Plan"]) if node["Node Type"] == "LockRows"]
    assert [node["Actual Loops"] for node in locks] == [1]
