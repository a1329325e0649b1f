"""The gate sheds load and decides nothing: lost, away or rewound, a sale stays right."""

import asyncio
import secrets
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from cache.connection import Near
from cache.flash_gate import ADMITTED, OUT, UNDER_WAY, Crowd, FlashGate, Passing
from capabilities.errors import StoreUnavailable
from capabilities.flash.records import (
    SHARED,
    FlashSale,
    LimitReached,
    Reserved,
    SaleState,
    SoldOut,
    Throttled,
)
from capabilities.flash.tickets import Ticket, TicketKind, Tickets
from gateway.flash import gate as gating
from gateway.flash.batcher import Batcher
from gateway.flash.desk import Desk
from gateway.flash.gate import Coming, Gate
from store.engine import Store
from store.flash.audit import audit
from store.flash.rooms import change_rate
from store.flash.sales import define, top_up
from store.flash.settling import pay, release
from store.metadata import METADATA
from tests.migrated import migrated

BRAND = "baiwei"
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, f"gate_{secrets.token_hex(4)}")


@pytest.fixture
async def store(database):
    opened = Store.open(database, deadline_seconds=30)
    tables = [name for name in METADATA.tables if name.startswith("flash_")]
    await opened.rows(text(f"TRUNCATE {', '.join(tables)}"))
    sale = FlashSale(
        id="s1",
        sku="SN-1",
        price=990,
        opens_at=datetime(2020, 1, 1, tzinfo=UTC),
        closes_at=datetime(2100, 1, 1, tzinfo=UTC),
        pools={SHARED: 60},
        state=SaleState.OPEN,
    )
    await opened.transaction(lambda run: define(run, BRAND, sale))
    yield opened
    await opened.aclose()


@pytest.fixture
async def near(valkey):
    opened = Near(valkey.url, timeout_seconds=30)
    await opened.command("FLUSHALL")
    yield opened
    await opened.aclose()


def desk(store, near):
    gate = Gate(FlashGate(near, BRAND), store, BRAND)
    return Desk(store, BRAND, Tickets(b"k" * 32, BRAND), gate)


async def buy(one, *numbers, member="m{}"):
    tickets = [Ticket(TicketKind.ADMITTED, member.format(n), "app", n, 0) for n in numbers]
    keys = [f"k{n}" for n in numbers]
    return await asyncio.gather(
        *(one.place("s1", ticket, key, 1) for ticket, key in zip(tickets, keys, strict=True))
    )


def kinds(outcomes):
    return {kind: sum(isinstance(one, kind) for one in outcomes) for kind in (Reserved, Throttled)}


async def test_a_gate_that_is_lost_in_the_middle_is_loaded_anew(store, near):
    async with desk(store, near) as one:
        for turn in range(3):
            got = await buy(one, *range(20 * turn, 20 * turn + 20))
            assert kinds(got) == {Reserved: 20, Throttled: 0}
            await near.command("FLUSHALL")
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert (found.remaining, found.standing, found.faults) == (0, 60, ())


async def test_more_than_the_rate_come_again(store, near):
    await store.transaction(lambda run: change_rate(run, BRAND, "s1", 5.0))
    async with desk(store, near) as one:
        got = kinds(await buy(one, *range(50)))
    assert got[Reserved] >= 5
    assert got[Throttled] >= 20
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert (found.standing, found.faults) == (got[Reserved], ())


async def test_who_tries_too_often_is_shed(store, near, monkeypatch):
    monkeypatch.setattr(gating, "_TRIES", 3)
    monkeypatch.setattr(gating, "_WINDOW_SECONDS", 10**9)
    async with desk(store, near) as one:
        got = [(await buy(one, n, member="same"))[0] for n in range(6)]
    assert [isinstance(each, Throttled) for each in got] == [False] * 3 + [True] * 3


async def test_without_redis_a_sale_is_slower_and_right(store, monkeypatch):
    monkeypatch.setattr(gating, "_ALONE", 10.0)
    away = Near(AWAY)
    async with desk(store, away) as one:
        got = kinds(await buy(one, *range(50)))
    await away.aclose()
    assert got[Reserved] >= 10
    assert got[Throttled] >= 1
    found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
    assert (found.standing, found.faults) == (got[Reserved], ())


async def test_who_comes_again_in_the_moment_of_her_refusal_is_answered_too(store, monkeypatch):
    monkeypatch.setattr(gating, "_ALONE", 0.0)
    away = Near(AWAY)
    gate = Gate(FlashGate(away, BRAND), store, BRAND)
    first, again = (asyncio.get_running_loop().create_future() for _ in range(2))

    def come(outcome):
        gate.come("s1", Coming(Passing("m1", "k1", SHARED), 0.0, lambda: None, outcome))

    first.add_done_callback(lambda _: come(again))  # before the gate hears that she has left
    come(first)
    told = await asyncio.wait_for(again, 30)
    await gate.aclose()
    await away.aclose()
    assert (isinstance(first.result(), Throttled), isinstance(told, Throttled)) == (True, True)


async def test_a_queue_that_is_full_refuses_at_once(store, near, monkeypatch):
    monkeypatch.setattr(gating, "_WAITING", 10)
    async with desk(store, near) as one:
        got = kinds(await buy(one, *range(50)))
    assert got == {Reserved: 10, Throttled: 40}


async def test_a_defect_is_told_to_whoever_it_met_and_the_next_are_let_on(store, near, monkeypatch):
    async def broken(*_):
        raise RuntimeError

    async with desk(store, near) as one:
        with monkeypatch.context() as patched:
            patched.setattr(FlashGate, "pass_through", broken)
            with pytest.raises(RuntimeError):
                await asyncio.wait_for(buy(one, 1), 10)
        assert kinds(await buy(one, 2)) == {Reserved: 1, Throttled: 0}


@pytest.fixture
def batches(monkeypatch):
    """Every batch that reached the store."""
    found = []
    sell = Batcher._sell

    async def counted(self, batch):
        found.append(batch)
        await sell(self, batch)

    monkeypatch.setattr(Batcher, "_sell", counted)
    return found


async def sold_out(store, near):
    one = desk(store, near)
    await one.look()
    got = await buy(one, *range(60))
    assert kinds(got)[Reserved] == 60
    await one.look()
    return one, [each.reservation for each in got]


async def test_sold_out_is_said_without_the_store_and_holders_still_hear_of_theirs(
    store, near, batches
):
    one, held = await sold_out(store, near)
    batches.clear()
    assert set(await buy(one, *range(100, 300))) == {SoldOut(may_return=True)}
    assert batches == []
    (again,) = await buy(one, 7)
    assert (again.reservation, again.replay) == (held[7], True)
    await store.transaction(lambda run: pay(run, BRAND, "s1", held))
    await one.look()
    batches.clear()
    assert await buy(one, 300) == [SoldOut(may_return=False)]
    assert batches == []


@pytest.mark.parametrize("how", ["release", "top up"])
async def test_what_comes_back_is_sold_though_all_was_sold_out(store, near, how):
    one, held = await sold_out(store, near)
    assert isinstance((await buy(one, 100))[0], SoldOut)
    if how == "release":
        await store.transaction(lambda run: release(run, BRAND, "s1", held[:1], "CANCELLED"))
    else:
        await store.transaction(lambda run: top_up(run, BRAND, "s1", SHARED, 1))
    await one.look()
    assert isinstance((await buy(one, 100))[0], Reserved)


async def word(gate, member="m", pool=SHARED, done=()):
    crowd = Crowd("s1", (0.0, 20), [Passing(member, "k", pool)], done)
    (said,) = await gate.pass_through(1, [crowd])
    return said.words[0]


async def told_out(gate, version, pools):
    if await gate.tell_stock("s1", version, pools, back=True):
        await gate.tell_holders("s1", version, pools, ["holder"])
        assert not await gate.tell_stock("s1", version, pools, back=True)


async def test_a_late_sold_out_never_overrules_what_came_back(near):
    gate = FlashGate(near, BRAND)
    await gate.load("s1", 1, 0.0, 1)
    await told_out(gate, 5, [SHARED])
    assert await word(gate) == OUT
    assert await word(gate, "holder") == ADMITTED
    await told_out(gate, 6, [])
    assert await word(gate) == ADMITTED
    await told_out(gate, 5, [SHARED])
    assert await word(gate, "other") == ADMITTED


async def test_who_may_draw_from_a_quota_is_not_out_before_it_is(near):
    gate = FlashGate(near, BRAND)
    await gate.load("s1", 1, 0.0, 1)
    await told_out(gate, 5, [SHARED])
    assert await word(gate, pool="jd") == ADMITTED
    await near.command("HDEL", gate._names("s1")[0], "lease")
    await told_out(gate, 5, [SHARED, "jd"])
    assert await word(gate, "other", pool="jd") == OUT
    await near.command("DEL", gate._names("s1")[1])
    assert await word(gate, "third") == ADMITTED, "without the holders it is nobody's to refuse"


async def test_the_same_wish_waits_for_itself_in_another_process(store, near):
    gate = FlashGate(near, BRAND)
    await gate.load("s1", 1, 0.0, 1)
    assert [await word(gate), await word(gate)] == [ADMITTED, UNDER_WAY]
    assert await word(gate, done=[Passing("m", "k", "").wish]) == ADMITTED
    one = desk(store, near)
    await one.look()
    first, second = await buy(one, 1, 1)
    assert (first.reservation, first.replay) == (second.reservation, False)
    assert second.replay, "in one process it goes with the first"


async def test_a_gate_that_was_rewound_is_loaded_anew(store, near):
    one, gate = desk(store, near), FlashGate(near, BRAND)._names("s1")[0]
    await one.look()
    await buy(one, 1)
    kept = await near.command("DUMP", gate)
    await buy(one, 2)
    await near.command("RESTORE", gate, 0, kept, "REPLACE")
    assert await near.command("HGET", gate, "epoch") == b"1"
    assert kinds(await buy(one, 3)) == {Reserved: 1, Throttled: 0}
    assert await near.command("HGET", gate, "epoch") == b"2"


async def test_without_redis_nobody_has_more_than_one_person_may(store):
    away = Near(AWAY)
    desks = [desk(store, away) for _ in range(2)]
    for one in desks:
        await one.look()
    ticket = Ticket(TicketKind.ADMITTED, "greedy", "app", 1, 0)
    got = await asyncio.gather(*(desks[n % 2].place("s1", ticket, f"k{n}", 1) for n in range(8)))
    await away.aclose()
    assert sorted(type(each).__name__ for each in got) == ["LimitReached"] * 7 + ["Reserved"]
    assert LimitReached(1) in got


async def test_an_end_answers_who_waits_before_the_gate(store, near):
    async with desk(store, near) as one:
        buying = asyncio.create_task(buy(one, *range(20)))
        while not one._gate._gathering.waiting:  # noqa: ASYNC110 - what is awaited is a turn of the loop
            await asyncio.sleep(0)
    assert (one._gate._gathering.waiting, one._batcher._same) == (0, {})
    assert kinds(await asyncio.wait_for(buying, 10)) == {Reserved: 20, Throttled: 0}


async def test_before_its_first_look_a_desk_knows_of_no_sale_and_does_not_say_there_is_none():
    near, away = Near(AWAY), Store.open("postgresql://127.0.0.1:1/away")
    async with desk(away, near) as one:
        with pytest.raises(StoreUnavailable):
            one.offer("s1")
    await near.aclose()
    await away.aclose()
