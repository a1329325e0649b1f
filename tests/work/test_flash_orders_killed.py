"""Who makes orders of reservations is killed in the middle: no order is lost or made twice."""

import asyncio
import os
import subprocess
import sys
from random import Random

from sqlalchemy import text

from store.engine import Store
from store.flash.orders import shown
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand
from tests.work.flash_books import SALE, FlashBooks

KILLS, WAVE = 4, 60
_MADE = text("SELECT count(*) AS n FROM flash_orders WHERE brand = :b")


async def test_consumers_that_are_killed_lose_and_double_nothing(postgres):
    database = migrated(postgres, "flash_orders_killed")
    store = Store.open(database, deadline_seconds=30)
    books = await FlashBooks(store, fresh_brand()).open(stock=10_000, per_member=1)
    lot = Random(5)  # noqa: S311 - no secret
    granted = []
    for kill in range(KILLS):
        child = subprocess.Popen(  # noqa: ASYNC220 - it is killed, not waited for
            [sys.executable, "-m", "tests.work.flash_child", database, books.brand],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "."},
        )
        try:
            assert child.stdout
            await asyncio.to_thread(child.stdout.readline)
            target = await _made(books) + lot.randrange(WAVE // 2)
            granted += await _wave(books, kill, lot)
            while await _made(books) < target and child.poll() is None:
                pass
            assert await books.faults() == (), "a sale may be audited while orders are made"
        finally:
            child.kill()
            await asyncio.to_thread(child.wait)
            child.stdout.close()
    await books.hear()
    found = await books.audited()
    assert found.unordered == 0
    links = await books.do(lambda run: shown(run, books.brand, [(SALE, one) for one in granted]))
    assert len({one.number for one in links if one is not None}) == found.orders - _late(links)
    await store.aclose()


def _late(links):
    """Reservations that late payments were moved to: they were granted by nobody's wish."""
    return sum(one is not None and one.moved_to is not None for one in links)


async def _wave(books, kill, lot):
    """Reservations of a moment, some paid, some lapsed, some paid too late."""
    some = []
    for batch in range(6):
        some += await books.reserve(*(f"m{kill}-{batch}-{n}" for n in range(WAVE // 6)))
    lot.shuffle(some)
    await books.pay(*some[:15])
    await books.release(*some[15:25])
    await books.pay(*some[20:25])
    return some


async def _made(books):
    return (await books.store.rows(_MADE, {"b": books.brand}))[0].n
