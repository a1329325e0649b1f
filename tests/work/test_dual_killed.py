"""Gateways, workers and steps that are killed in every state: no answered write is lost."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from sqlalchemy import text

from capabilities.adoption.states import AdoptionState
from store.engine import Store
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand
from tests.work.dual import Both, Clerk, everybody, make_till, till_spec
from tests.work.dual_child import JOURNAL, PEOPLE

S = AdoptionState
pytestmark = pytest.mark.timeout(900)
# Up the whole way and down again; each step is taken while both kinds of process die.
WAY = (
    *((S.SHADOW_READ, 0), (S.MIDDLE_READ, 0), (S.DUAL_WRITE_LEGACY_LEAD, 0)),
    *((S.DUAL_WRITE_MIDDLE_LEAD, 0), (S.DUAL_WRITE_MIDDLE_LEAD, 5_000)),
    *((S.DUAL_WRITE_MIDDLE_LEAD, 10_000), (S.MIDDLE_OWNED, 0)),
    *((S.DUAL_WRITE_MIDDLE_LEAD, 10_000), (S.DUAL_WRITE_LEGACY_LEAD, 0), (S.MIDDLE_READ, 0)),
)
# Times the way is gone; `make dual-writes` goes it more often.
ROUNDS = int(os.environ.get("DUAL_ROUNDS", "1"))
_ALIVE_SECONDS = (0.05, 0.3)


class Crowd:
    """Processes that can be started and killed."""

    def __init__(self, *words):
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.work.dual_child", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._seeds = iter(range(10_000))
        self.killed = 0
        self._started = []

    def start(self, words):
        words = f"{words} {next(self._seeds)}" if words == "gateway" else words
        self._server.stdin.write(words + "\n")
        self._server.stdin.flush()
        self._started.append(int(self._server.stdout.readline()))
        return self._started[-1]

    def kill(self, process):
        """At once, whatever it does; False where it had ended by itself."""
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.killed += 1
        return True

    def end(self):
        """However the test ends, nothing of it goes on."""
        for process in self._started:
            self.kill(process)
        self._server.stdin.close()
        self._server.wait(30)
        self._server.stdout.close()


@pytest.fixture
async def both(postgres, monkeypatch):
    monkeypatch.setenv("DUAL_PASSWORD", "trusted")
    brand = fresh_brand()
    till = str(postgres.create_database(f"till_{brand}"))
    make_till(till, PEOPLE)
    database = migrated(postgres, "dual_killed")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(JOURNAL)
    store = Store.open(database, deadline_seconds=60)
    async with Both(store, brand, till_spec(till)) as opened:
        opened.words = (database, till, brand)
        await opened.sync()
        yield opened
    await store.aclose()


async def test_kills_in_every_state_and_step_lose_no_answered_write(both):
    luck = random.Random(20261127)  # noqa: S311 - whom it hits
    crowd = Crowd(*both.words)
    try:
        for _ in range(ROUNDS):
            await asyncio.to_thread(_walk, crowd, luck)
        killed = crowd.killed
    finally:
        crowd.end()
    assert killed >= len(WAY) * ROUNDS * 2
    await _quiet(both)
    await _checked(both)


def _walk(crowd, luck):
    """Each step is taken among deaths: of a gateway, of a worker, and of whoever takes it."""
    for state, points in WAY:
        living = [crowd.start(words) for words in ("gateway", "worker", "gateway")]
        mover = crowd.start(f"move {state.value} {points}")
        for _ in range(2):
            time.sleep(luck.uniform(*_ALIVE_SECONDS))
            victim = luck.randrange(2)
            crowd.kill(living[victim])
            living[victim] = crowd.start(("gateway", "worker")[victim])
        # a step that was killed is taken again, and one that was taken is no step
        if crowd.kill(mover):
            mover = crowd.start(f"move {state.value} {points}")
            _await_end(mover)
        for one in living:
            crowd.kill(one)


def _await_end(process, seconds=60.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("a step was not taken")


async def _quiet(both):
    """Whatever those who died had begun ends, once their leases are over."""
    until = time.monotonic() + 90
    while await both.outbox.all():
        assert time.monotonic() < until
        await both.relay.run()
        await asyncio.sleep(0.1)
    await both.settle()


async def _checked(both):
    rows = await both.store.rows(
        text("SELECT number, value, version, led FROM journal WHERE brand = :b ORDER BY place"),
        {"b": both.brand},
    )
    answered = await both.store.rows(
        text("SELECT value FROM answered WHERE brand = :b"), {"b": both.brand}
    )
    committed = {row.value for row in rows}
    assert {row.value for row in answered} <= committed
    assert len(answered) > len(WAY)
    # every write went by the newest standing: one leader at each moment
    versions = [row.version for row in rows]
    assert versions == sorted(versions)
    assert {row.led for row in rows} == {"DONE", "QUEUED"}
    last = {row.number: row.value for row in rows}
    there, here = Clerk(both.words[1]).people(), await everybody(both, list(last))
    assert {number: there[number][1] for number in last} == last
    assert {number: one[1] for number, one in here.items()} == last
    drift = await both.reconciling.once("store")
    assert (drift.total, drift.in_flight) == (0, 0)
