"""Several processes move points of the same people and are killed in the midst of it, again and
again: no entry is lost or doubled, and whoever asks again is answered as at first."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from store.engine import Store
from store.points.ledger import PointsLedger
from tests.store.points.clerk import BRAND, KEYS, decide_for, now

ROOT = Path(__file__).parents[2]
_PROCESSES = 3
_ROUNDS = 3
_ALIVE_SECONDS = 1.2


def start(database, path, seed):
    words = (sys.executable, "-m", "tests.store.points.clerk", database, str(path), str(seed))
    return subprocess.Popen(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def killed(database, folder, round_):
    """A few processes at once, each killed at a moment of its own once it has begun."""
    dice = random.Random(round_)  # noqa: S311 - a walk, no secret
    paths = [folder / f"{round_}-{at}" for at in range(_PROCESSES)]
    running = [start(database, path, round_ * 10 + at) for at, path in enumerate(paths)]
    ends = time.monotonic() + 60
    while not all(path.exists() and path.stat().st_size for path in paths):
        assert time.monotonic() < ends, "nobody began"
        time.sleep(0.02)
    for process in dice.sample(running, len(running)):
        time.sleep(dice.uniform(0.2, _ALIVE_SECONDS) / _PROCESSES)
        process.send_signal(signal.SIGKILL)
        process.wait()
    return paths


def told(paths):
    """Every wish that was made, and the entries of those that were answered."""
    wished, answered = set(), {}
    for path in paths:
        for line in path.read_text().splitlines():
            name, _, places = line[1:].partition(" ")
            if line.startswith("?"):
                wished.add(name)
            else:
                assert answered.setdefault(name, places) == places
    return wished, answered


def in_ledger(database):
    """Entries by wish, in their parts."""
    statement = (
        "SELECT idempotency_key, string_agg(number || '/' || sequence, ',' ORDER BY part)"
        " FROM points_entries WHERE brand = %s GROUP BY 1"
    )
    with psycopg.connect(database) as connection:
        return dict(connection.execute(statement, (BRAND,)).fetchall())


async def checked(database):
    store = Store.open(database, deadline_seconds=20.0)
    points = PointsLedger(store, BRAND, now)
    faults = [fault for key in KEYS for fault in await points.check(key)]
    await store.aclose()
    return faults


async def again(database, names):
    store = Store.open(database, deadline_seconds=20.0)
    points = PointsLedger(store, BRAND, now)
    found = {}
    for name in names:
        keys, decide, wish = decide_for(name, random.Random(name))  # noqa: S311 - a walk, no secret
        done = await points.change(keys, decide, wish)
        if isinstance(done, tuple):
            found[name] = ",".join(f"{one.account.number}/{one.sequence}" for one in done)
    await store.aclose()
    return found


def test_killed_processes_lose_and_double_nothing(database, tmp_path):
    paths = [path for at in range(_ROUNDS) for path in killed(database, tmp_path, at)]
    wished, answered = told(paths)
    kept = in_ledger(database)
    assert len(answered) > 50
    assert answered.items() <= kept.items()
    assert kept.keys() <= wished
    assert asyncio.run(checked(database)) == []
    some = random.Random(1).sample(sorted(answered), 30)  # noqa: S311 - a walk, no secret
    assert asyncio.run(again(database, some)) == {name: kept[name] for name in some}
    assert in_ledger(database).items() >= kept.items()
