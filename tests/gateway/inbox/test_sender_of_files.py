"""docs/senders/santong_send_files.py, as it runs in a shop, against a real gateway."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tests.gateway.inbox.flaky_link import CUT, LOSE_ANSWER, PASS, TWICE, flaky_link
from tests.gateway.inbox.pushing_files import csv_of, takes_files
from tests.migrated import migrated

SCRIPT = Path(__file__).parents[3] / "docs" / "senders" / "santong_send_files.py"
_NUMBERS = count()


class Shop:
    """A folder of files, and the sender beside it."""

    def __init__(self, folder, url, key, **config):
        self.folder = folder
        self.files = folder / "out"
        self.files.mkdir()
        (folder / "key").write_text(key + "\n")
        self.config = {
            "url": url,
            "sender": "m0001",
            "key_file": str(folder / "key"),
            "state": str(folder / "state.json"),
            "folder": str(self.files),
            "pattern": "*.csv",
            "settle": 0,
            "part": 300,
            "patience": 0.01,
            **config,
        }

    def write(self, day, *numbers, age=100, total="9.90"):
        path = self.files / f"M0001_202610{day}.csv"
        path.write_bytes(csv_of(*numbers, total=total))
        moment = path.stat().st_mtime - age
        os.utime(path, (moment, moment))
        return path

    def send(self, *words):
        config = self.folder / "files.json"
        config.write_text(json.dumps(self.config), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(config), "--once", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done


@pytest.fixture
def gateway(tmp_path, postgres):
    database = migrated(postgres, f"sender_of_files_{next(_NUMBERS)}")
    with takes_files(tmp_path, str(database)) as found:
        yield found


@pytest.fixture
def shop(gateway, tmp_path):
    key = gateway.add_sender("m0001", "M0001")
    return Shop(tmp_path, f"{gateway.url}/inbox/till", key)


def test_it_is_short_and_needs_nothing():
    text = SCRIPT.read_text("utf-8")
    assert len(text.splitlines()) < 100
    imported = {
        word.strip().split(".")[0]
        for line in text.splitlines()
        if line.startswith("import ")
        for word in line.removeprefix("import ").split(",")
    }
    assert imported <= sys.stdlib_module_names


def test_every_file_is_sent_once_the_oldest_first_and_a_changed_one_again(gateway, shop):
    shop.write(21, 2, age=50)
    shop.write(20, 1, age=100)
    (shop.files / "notes.txt").write_text("none of ours")
    told = shop.send().stdout.split()
    assert [word for word in told if word.endswith(".csv")] == [
        "M0001_20261020.csv",
        "M0001_20261021.csv",
    ]
    assert len(gateway.scan()) == 2
    assert shop.send().stdout == ""
    shop.write(20, 1, 3, age=90)
    assert shop.send().stdout.split()[0] == "M0001_20261020.csv"
    gateway.scan()
    assert len(gateway.taken()) == 3


def test_a_file_that_may_still_grow_waits(shop):
    shop.write(20, 1, age=0)
    shop.config["settle"] = 600
    assert shop.send().stdout == ""


def test_a_link_that_is_lost_costs_nothing_and_doubles_nothing(gateway, shop):
    path = shop.write(20, *range(1, 20))
    assert path.stat().st_size > 4 * 300
    plan = [CUT, PASS, LOSE_ANSWER, CUT, TWICE, PASS, LOSE_ANSWER, TWICE, LOSE_ANSWER]
    with flaky_link(gateway.address, plan) as (host, port):
        shop.config["url"] = f"http://{host}:{port}/inbox/till"
        done = shop.send()
    assert done.stderr
    assert gateway.landed() == [path.name]
    assert (gateway.folder / "pushed" / path.name).read_bytes() == path.read_bytes()
    assert [one.rows for one in gateway.scan()] == [19]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off_puts_itself_right(gateway, shop, hours, monkeypatch):
    shop.write(20, 1)
    shop.config["settle"] = -7200
    wrong = shop.folder / "sitecustomize.py"
    wrong.write_text(
        f"import time\nreal = time.time\ntime.time = lambda: real() + {hours * 3600}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(shop.folder))
    shop.send()
    assert gateway.landed() == ["M0001_20261020.csv"]


def test_a_state_that_was_lost_sends_again_and_doubles_nothing(gateway, shop):
    shop.write(20, *range(1, 20))
    shop.send()
    gateway.scan()
    (shop.folder / "state.json").unlink()
    shop.send()
    assert gateway.scan() == []
    assert len(gateway.taken()) == 19
