"""A sale under blows: the short run of `make chaos`, and naive sales that it must find out."""

import asyncio
import secrets
from datetime import UTC, datetime
from importlib import import_module

import pytest
from sqlalchemy import text

from bench.chaos.failing import SERVING, WORKING
from bench.chaos.naive import put_in
from bench.chaos.run import Running, run
from bench.chaos.verdict import judged
from bench.santong import BRAND
from cache.connection import Near
from cache.flash_gate import FlashGate
from capabilities.flash.records import SHARED, FlashSale, Reserved, SaleState
from capabilities.flash.tickets import Ticket, TicketKind, Tickets
from gateway.flash.desk import Desk
from gateway.flash.gate import Gate
from store.engine import Store
from store.flash.sales import define
from store.metadata import METADATA
from tests.migrated import migrated

SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=datetime(2020, 1, 1, tzinfo=UTC),
    closes_at=datetime(2100, 1, 1, tzinfo=UTC),
    pools={SHARED: 60},
    state=SaleState.OPEN,
)


@pytest.mark.timeout(600)
def test_whatever_dies_nothing_is_oversold_lost_or_doubled():
    said = []
    ran = run(
        Running(2, deaths=4, seconds=120, stock=240, buyers=16, pay_seconds=1, light=True),
        said.append,
    )
    assert ran.verdict.faults == []
    assert ran.deaths >= 4
    assert ran.verdict.acknowledged >= 240
    assert said


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, f"naive_{secrets.token_hex(4)}")


async def sold(database, url):
    """Two processes sell to more people than there are pieces; every third sends hers again."""
    near, store = Near(url, timeout_seconds=30), Store.open(database, deadline_seconds=30)
    await near.command("FLUSHALL")
    tables = [name for name in METADATA.tables if name.startswith("flash_")]
    await store.rows(text(f"TRUNCATE {', '.join(tables)}"))
    await store.transaction(lambda run: define(run, BRAND, SALE))
    desks = [
        Desk(store, BRAND, Tickets(b"k" * 32, BRAND), Gate(FlashGate(near, BRAND), store, BRAND))
        for _ in range(2)
    ]
    for one in desks:
        await one.look()
    acks = []

    async def buy(number, key):
        member = f"m{number}"
        ticket = Ticket(TicketKind.ADMITTED, member, "app", number, 0)
        outcome = await desks[number % 2].place("s1", ticket, key, 1)
        if isinstance(outcome, Reserved):
            told = {"id": outcome.key, "sale": "s1", "member": member, "key": key}
            acks.append({"what": "reserved", **told})

    for first in (0, 45, 90):
        await asyncio.gather(*(buy(n, "k") for n in range(first, first + 45)))
        await asyncio.gather(*(buy(n, "k") for n in range(first, first + 45, 3)))
        await asyncio.gather(*(buy(n, "second") for n in range(first, first + 45, 5)))
    await near.aclose()
    await store.aclose()
    return acks


def test_the_right_sale_is_found_right(database, valkey):
    acks = asyncio.run(sold(database, valkey.url))
    assert judged(database, [SALE], acks, settled=False).faults == []


@pytest.mark.parametrize(
    ("variant", "fault"),
    [
        ("no limit", "buyers have more than 1"),
        ("no conditional", "sold beyond the stock"),
        ("get and set", "sold beyond the stock"),
        ("counter and journal", "are left though more were wanted"),
    ],
)
def test_a_naive_sale_is_found_out(database, valkey, monkeypatch, variant, fault):
    put_in(variant, monkeypatch.setattr, valkey.url)
    acks = asyncio.run(sold(database, valkey.url))
    assert fault in "; ".join(judged(database, [SALE], acks, settled=False).faults)


def test_every_step_names_a_function_that_is_there():
    for module, name in {**SERVING, **WORKING}.values():
        found = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        assert callable(found)
