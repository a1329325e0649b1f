"""A run killed anywhere leaves whole batches: the next goes on, and nothing counts twice."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from demo.sample import make_retailer
from tests.migrated import migrated
from tests.work.syncing_child import COUNT, POINTS

ROOT = Path(__file__).parents[2]
_FREE = "UPDATE sync_streams SET lease_until = now() - interval '1 second'"


@pytest.fixture(scope="module")
def shop():
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.shop", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        found = [word for word in line.split() if word.startswith("http://")]
        if found:
            break
    yield found[0]
    process.terminate()
    process.wait(10)
    process.stdout.close()


@pytest.fixture
def database(postgres, request):
    made = migrated(postgres, f"killed_{os.getpid()}_{abs(hash(request.node.name))}")
    with psycopg.connect(made) as connection:
        connection.execute(COUNT)
    return made


@pytest.fixture
def run(database, shop):
    """Runs the sync in a child of its own; how it ended, and its stream afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.work.syncing_child", database, shop],
        cwd=ROOT,
        env={**os.environ, "DEMO_WOO_SECRET": "cs_demo"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def once(point, count):
        process.stdin.write(f"{count} {point}\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        with psycopg.connect(database) as connection:
            connection.execute(_FREE)  # as if the time of a silent run were over
            rows = connection.execute("SELECT state, position, read, changed FROM sync_streams")
            return code, rows.fetchone()

    yield once
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


def taken(database):
    with psycopg.connect(database) as connection:
        return dict(connection.execute("SELECT number, times FROM taken").fetchall())


ORDERS = {str(one.number) for one in make_retailer().woo_orders if one.status != "trash"}


def test_killed_at_every_point_each_order_is_taken_once(database, run):
    positions = set()
    for count, point in enumerate(POINTS):
        code, stream = run(point, 1 + count % 3)
        assert code == -signal.SIGKILL, f"{point} is never passed"
        positions.add(stream[1])
    assert len(positions) > len(POINTS) // 2, "it does not go on from where it stood"
    before = taken(database)
    assert 0 < len(before) < len(ORDERS)
    code, stream = run("never", 0)
    assert code == 0
    assert stream[0] == "DONE"
    assert taken(database) == dict.fromkeys(ORDERS, 1)
    assert stream[3] == len(ORDERS)


@pytest.mark.suite
@pytest.mark.timeout(180)
def test_killed_at_random_moments_each_order_is_taken_once(database, run):
    luck, kills = random.Random(45), 0  # noqa: S311 - of a test
    for _ in range(25):
        code, stream = run("after", luck.randrange(5, 400))
        kills += code == -signal.SIGKILL
        if code == 0:
            break
    if code != 0:
        code, stream = run("never", 0)
    assert code == 0
    assert kills > 0
    assert stream[0] == "DONE"
    assert taken(database) == dict.fromkeys(ORDERS, 1)
