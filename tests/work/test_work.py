"""The back door as a process: told what to do, takes what is dropped, ends when its teller does."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from capabilities.estate import Capability, ConnectorOrigin, ConnectorSpec
from capabilities.working import WorkPlan, encode_plan
from demo.drops.csv_files import csv_files
from demo.drops.folder import drop
from demo.drops.sales import COMPLETED, sold_in
from demo.sample import make_retailer
from tests.migrated import migrated

ROOT = Path(__file__).parents[2]
CHANNELS = {Capability.ORDER: {"门店": "store", "终端": "terminal", "快闪": "popup"}}


def spec_of(folder, name="till", **facts):
    return ConnectorSpec(
        name=name, system="store_csv", settings={"folder": str(folder)}, channels=CHANNELS, **facts
    )


def plan(*specs):
    return encode_plan(WorkPlan(brand="baiwei", time_zone="Asia/Shanghai", connectors=specs))


class Worker:
    """The process, and what it logs."""

    def __init__(self, database):
        environment = {
            **os.environ,
            "SANTONG_DATABASE_URL": database,
            "SANTONG_SECRET_KEY": "k" * 48,
            "SANTONG_WORK_SECONDS": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "work"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def tell(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def hears(self, event, **facts):
        """The next log line of an event; the test's own time bounds the wait."""
        for line in self.process.stderr:
            told = json.loads(line)
            if told["event"] == event and facts.items() <= told.items():
                return told
        raise AssertionError("the process ended before")

    def close(self):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stderr):
            pipe.close()


@pytest.fixture
def database(postgres, request):
    return migrated(postgres, f"work_{os.getpid()}_{abs(hash(request.node.name))}")


@pytest.fixture
def worker(database):
    started = Worker(database)
    yield started
    started.close()


@pytest.fixture(scope="module")
def files():
    found = csv_files(sold_in(make_retailer()))
    return {name: found[name] for name in sorted(found)[:3]}


def test_what_is_dropped_is_taken_and_the_end_of_the_plan_ends_the_work(
    worker, database, files, tmp_path
):
    drop(tmp_path, files)
    worker.tell(plan(spec_of(tmp_path)))
    assert worker.hears("work begins")["connectors"] == ["till"]
    names = {worker.hears("file", outcome="taken")["file"] for _ in files}
    assert names == set(files)
    worker.process.stdin.close()
    worker.hears("work ends")
    assert worker.process.wait(30) == 0
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM copied_rows").fetchone() == (True,)
        schemas = connection.execute(
            "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'procrastinate%'"
        )
        assert schemas.fetchall() == [("work",)]


def test_a_plan_that_changes_is_followed(worker, files, tmp_path):
    worker.tell(plan())
    assert worker.hears("work begins")["connectors"] == []
    drop(tmp_path, files)
    worker.tell(plan(spec_of(tmp_path, "late")))
    assert worker.hears("file", connector="late")["outcome"] == "taken"


def test_a_signal_ends_it_well(worker, tmp_path):
    worker.tell(plan(spec_of(tmp_path)))
    worker.hears("work begins")
    worker.process.send_signal(signal.SIGTERM)
    worker.hears("work ends")
    assert worker.process.wait(30) == 0


def test_a_folder_that_is_not_there_stops_nothing_else(worker, files, tmp_path):
    drop(tmp_path / "good", files)
    registered = spec_of(tmp_path / "good", "far", origin=ConnectorOrigin.REGISTERED)
    worker.tell(plan(spec_of(tmp_path / "gone", "gone"), registered, spec_of(tmp_path / "good")))
    told = [worker.hears("scan failed") for _ in range(2)]
    reasons = {one["connector"]: one["reason"] for one in told}
    assert "not there" in reasons.get("gone", "not there")
    assert "operator's own files" in reasons.get("far", "operator's own files")
    assert worker.hears("file")["connector"] == "till"


@pytest.mark.suite
@pytest.mark.timeout(180)
def test_a_worker_that_is_killed_leaves_no_folder_behind(worker, database, tmp_path):
    every = csv_files(sold_in(make_retailer()))
    drop(tmp_path, every)
    worker.tell(plan(spec_of(tmp_path)))
    worker.hears("file")
    worker.process.kill()
    other = Worker(database)
    try:
        other.tell(plan(spec_of(tmp_path)))
        other.hears("job taken up again")
        while list(tmp_path.glob("*.csv")) or list(tmp_path.glob("claimed/*.csv")):
            other.hears("file")
    finally:
        other.close()
    with psycopg.connect(database) as connection:
        sales = connection.execute("SELECT count(*), count(DISTINCT key) FROM copied_rows")
        expected = sum(sale.status == COMPLETED for sale in sold_in(make_retailer()))
        assert sales.fetchone() == (expected, expected)


def test_nobody_who_tells_is_a_word_and_no_trace(worker):
    worker.process.stdin.close()
    assert worker.process.wait(30) == 1
    assert worker.process.stderr.read() == (
        b"BAD_USER_INPUT nobody told what to work on; start it with `santong work`\n"
    )
