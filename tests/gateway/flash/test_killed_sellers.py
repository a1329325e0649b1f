"""Processes that sell are killed in the middle: nothing is oversold, lost or doubled."""

import asyncio
import random
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from capabilities.flash.records import SHARED, FlashSale, SaleState
from store.engine import Store
from store.flash.audit import audit
from store.flash.sales import define
from tests.migrated import migrated

BRAND = "baiwei"
SELLER = Path(__file__).parent / "seller.py"
STOCK = {"jd": 700, SHARED: 1_100}
KILLS, SELLERS, COUNT = 6, 3, 1_600


@pytest.fixture
def database(postgres):
    return migrated(postgres, f"killed_{secrets.token_hex(4)}")


def _audited(database, *, before=None):
    async def run():
        store = Store.open(database, deadline_seconds=5)
        if before is not None:
            await store.transaction(before)
        found = await store.transaction(lambda run: audit(run, BRAND, "s1"))
        await store.aclose()
        return found

    return asyncio.run(run())


def _sold(database):
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM flash_reservations").fetchone()[0]


def test_processes_that_are_killed_lose_and_double_nothing(database, tmp_path):
    sale = FlashSale(
        id="s1",
        sku="SN-1",
        price=990,
        opens_at=datetime(2020, 1, 1, tzinfo=UTC),
        closes_at=datetime(2100, 1, 1, tzinfo=UTC),
        pools=STOCK,
        per_member=2,
        state=SaleState.OPEN,
    )
    _audited(database, before=lambda run: define(run, BRAND, sale))
    chance = random.Random(11)  # noqa: S311 - when a test kills
    acks = tmp_path / "acks"
    started = 0

    def seller():
        nonlocal started
        started += 1
        arguments = (database, "s1", str(started), str(COUNT), str(acks))
        return subprocess.Popen([sys.executable, str(SELLER), *arguments])

    running = [seller() for _ in range(SELLERS)]
    try:
        for kill in range(KILLS):
            target = _sold(database) + chance.randrange(40, 120)
            while _sold(database) < target and any(one.poll() is None for one in running):
                pass
            victim = running[kill % SELLERS]
            victim.kill()
            victim.wait()
            assert _audited(database).faults == (), "a sale may be audited while it sells"
            running[kill % SELLERS] = seller()
        assert [one.wait(60) for one in running] == [0] * SELLERS
    finally:
        for one in running:
            one.kill()
            one.wait()
    found = _audited(database)
    assert found.faults == ()
    assert found.allocated == sum(STOCK.values())
    assert found.remaining == 0, "more was wanted than there was"
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT id, member FROM flash_reservations").fetchall()
    told = [line.split() for line in acks.read_text("utf-8").splitlines() if line.count(" ") == 2]
    assert len(told) > COUNT
    standing = {str(one): member for one, member in rows}
    assert all(standing.get(one) == member for one, member, _ in told), "what was told stands"
    assert len({(member, key) for _, member, key in told}) == len({one for one, _, _ in told})
