"""The load agreement at the system's own counter: four processes, all causes, Redis killed."""

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from itertools import pairwise

import pytest

from gateway.embedded import EmbeddedValkey
from tests.connectors._kit.raw_server import Peer, RawServer, message
from tests.processes.processes import started

PER_SECOND, AT_ONCE = 40, 8
_CHANCE = random.Random(7)  # noqa: S311 - no secret
_FINE, _ILL = message(200, b"{}"), message(503)


class Counting:
    """A system that knows when each call came, and how many were under way."""

    def __init__(self):
        self.came = []
        self.busy = 0
        self.most_at_once = 0

    async def __call__(self, peer: Peer) -> None:
        self.came.append(time.monotonic())
        self.busy += 1
        self.most_at_once = max(self.most_at_once, self.busy)
        try:
            await asyncio.sleep(_CHANCE.uniform(0.005, 0.12))
        finally:
            self.busy -= 1
        peer.send(_ILL if _CHANCE.random() < 0.03 else _FINE)

    def between(self, begin, end):
        return sum(begin <= one < end for one in self.came) / (end - begin)

    def worst_second(self):
        """The most calls within any second, wherever it begins."""
        most, first = 0, 0
        for last, moment in enumerate(self.came):
            while self.came[first] <= moment - 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most


def told(system, redis, **changes):
    return {
        "part": "load",
        "url": system.url,
        "redis": redis,
        "processes": 4,
        "agreement": {"per_second": PER_SECOND, "max_concurrent": AT_ONCE},
        "callers": 6,
        **changes,
    }


async def ended(processes):
    """What each process called, by cause."""
    found = []
    for one in processes:
        await one.go()
        found.append(json.loads(await one.line()))
    return found


@pytest.fixture
async def system():
    made = RawServer()
    made.script = Counting()
    await made.start()
    yield made
    await made.stop()


async def test_no_second_sees_more_calls_than_were_agreed(system, tmp_path):
    counting, redis = system.script, EmbeddedValkey.start(tmp_path)
    busy, idle = told(system, redis.url), told(system, redis.url, callers=0)
    # one process has callers, three only background work: their shares differ
    async with started(1, busy) as first, started(3, idle) as others:
        processes = [*first, *others]
        for one in processes:
            await one.go()
        marks = [time.monotonic()]
        await asyncio.sleep(8.0)
        os.kill(redis.process.pid, signal.SIGKILL)
        redis.stop()
        marks.append(time.monotonic())
        await asyncio.sleep(12.0)
        redis = EmbeddedValkey.start(tmp_path)
        marks.append(time.monotonic())
        await asyncio.sleep(8.0)
        marks.append(time.monotonic())
        calls = await ended(processes)
    redis.stop()
    causes = sum(map(Counter, calls), Counter())
    figures = f"{counting.worst_second()} a second, {counting.most_at_once} at once; {calls}"
    assert counting.worst_second() <= PER_SECOND, figures
    assert counting.most_at_once <= AT_ONCE, figures
    # and the agreement is made use of: with Redis, without it, and when it is back
    rates = [counting.between(*marks) for marks in pairwise(marks)]
    assert rates[0] >= 0.5 * PER_SECOND, (rates, figures)
    assert min(rates[1:]) >= 0.2 * PER_SECOND, (rates, figures)
    assert set(causes) == {"CALLER", "BACKFILL", "PROBE", "RETRY"}
    # the callers of one process get more than a quarter, and background work yields to them
    assert calls[0]["CALLER"] > 2 * calls[0].get("BACKFILL", 0), figures
    assert sum(causes.values()) >= len(counting.came)


async def test_the_counter_tells_when_a_process_takes_all_for_itself(system):
    """Four that each believe to be alone, without Redis."""
    away = told(system, "redis://127.0.0.1:1/0", processes=1)
    async with started(4, away) as processes:
        for one in processes:
            await one.go()
        await asyncio.sleep(3.0)
        await ended(processes)
    assert system.script.worst_second() > PER_SECOND
    assert system.script.most_at_once > AT_ONCE
