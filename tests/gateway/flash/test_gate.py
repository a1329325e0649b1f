"""The gate sheds load and decides nothing: lost, away or rewound, a sale stays right."""

import asyncio
import secrets
from datetime import UTC, datetime

import pytest

from cache.connection import Near
from cache.flash_gate import FlashGate
from capabilities.flash.records import SHARED, FlashSale, Reserved, SaleState, Throttled
from capabilities.flash.tickets import Ticket, TicketKind, Tickets
from gateway.flash import gate as gating
from gateway.flash.desk import Desk
from gateway.flash.gate import Gate
from store.engine import Store
from store.flash.audit import audit
from store.flash.rooms import change_rate
from store.flash.sales import define
from store.migrate import upgrade

BRAND = "baiwei"
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
async def store(postgres):
    database = postgres.create_database(f"gate_{secrets.token_hex(4)}")
    upgrade(database)
    opened = Store.open(database, deadline_seconds=30)
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
