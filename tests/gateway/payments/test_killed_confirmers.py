"""Processes that confirm are killed in the middle: what was acknowledged stands, and once."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from store.engine import Store
from tests.gateway.payments.confirmer import BRAND, ORDERS, told
from tests.migrated import migrated
from tests.store.order.holding import NOW, Books, order

CONFIRMER = Path(__file__).parent / "confirmer.py"
KILLS, PROCESSES, COUNT = 4, 2, 900
_WRONG = """
  SELECT o.number FROM platform_orders o
  WHERE o.paid <> (SELECT coalesce(sum(p.amount), 0) FROM order_payments p
                   WHERE p.brand = o.brand AND p.number = o.number)
     OR o.paid <> (SELECT coalesce(sum(c.amount), 0) FROM order_changes c
                   WHERE c.brand = o.brand AND c.number = o.number AND c.action = 'PAID')
     OR o.version <> 1 + (SELECT count(*) FROM order_payments p
                          WHERE p.brand = o.brand AND p.number = o.number)
"""


@pytest.fixture
def database(postgres):
    return migrated(postgres, "killed_confirmers")


def _at_books(database, do):
    async def run():
        store = Store.open(database, deadline_seconds=30)
        try:
            return await do(Books(store, BRAND))
        finally:
            await store.aclose()

    return asyncio.run(run())


def _rows(database, statement):
    with psycopg.connect(database) as connection:
        return connection.execute(statement).fetchall()


async def _placed(books):
    for number in range(1, ORDERS):  # the first is placed when all is told
        await books.place(order(number=f"{number:04d}"))


async def _late(books):
    await books.place(order(number="0000"))
    while await books.payments.match(NOW):
        pass


def test_what_was_acknowledged_stands_once_whatever_is_killed(database, tmp_path):
    _at_books(database, _placed)
    chance = random.Random(7)  # noqa: S311 - when a test kills
    acks = tmp_path / "acks"

    def confirmer(seed):
        arguments = (database, str(seed), str(COUNT), str(acks))
        return subprocess.Popen([sys.executable, str(CONFIRMER), *arguments])

    def count():
        return _rows(database, "SELECT count(*) FROM order_payments")[0][0]

    running = [confirmer(seed) for seed in range(PROCESSES)]
    try:
        for kill in range(KILLS):
            target = min(count() + chance.randrange(40, 160), COUNT)
            while count() < target and any(one.poll() is None for one in running):
                pass
            victim = running[kill % PROCESSES]
            victim.kill()
            victim.wait()
            running[kill % PROCESSES] = confirmer(10 + kill)
        assert [one.wait(120) for one in running] == [0] * PROCESSES
    finally:
        for one in running:
            one.kill()
            one.wait()
    _at_books(database, _late)
    kept = _rows(database, "SELECT transaction, amount FROM order_payments")
    assert sorted(kept) == sorted((one.transaction, one.amount) for one in map(told, range(COUNT)))
    assert _rows(database, _WRONG) == []
    acked = [line.split() for line in acks.read_text("utf-8").splitlines() if line.count(" ") == 1]
    assert len(acked) > COUNT
    outcomes = {outcome for _, outcome in acked}
    assert outcomes == {"CONFIRMED", "OVERPAID", "UNKNOWN_ORDER"}
    assert {f"t{number}" for number, _ in acked} <= {transaction for transaction, _ in kept}
