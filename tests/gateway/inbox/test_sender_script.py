"""docs/senders/santong_send.py, as it runs on a till, against a real gateway."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.inbox.flaky_link import CUT, LOSE_ANSWER, TWICE, flaky_link
from tests.gateway.inbox.pushing import jsonl, sale

SCRIPT = Path(__file__).parents[3] / "docs" / "senders" / "santong_send.py"
QUERY = """
SELECT id, shop, site, day, 0 AS kind, 1 AS till, id AS receipt, sold_at, 0 AS state,
       member AS customer, total, '0.00' AS rest
FROM sales WHERE id > ? ORDER BY id
"""
LINES = "SELECT line, barcode, item, quantity, amount FROM sale_lines WHERE sale = ? ORDER BY line"
# Characters of gb18030 that gbk has not stand beside common ones.
ITEM = "龙井茶叶 㙍𠮷䶮 €"


class Till:
    """A shop's database and the sender beside it."""

    def __init__(self, folder, url, key, **config):
        self.folder = folder
        self.database = folder / "till.db"
        self.state = folder / "state.json"
        (folder / "key").write_text(key + "\n")
        self.config = {
            "url": url,
            "sender": "m0001",
            "key_file": str(folder / "key"),
            "state": str(self.state),
            "connect": [str(self.database)],
            "encoding": "gb18030",
            "batch": 10,
            "patience": 0.01,
            "tables": {
                "sales": {"query": QUERY, "key": "id", "start": 0, "children": {"lines": LINES}}
            },
            **config,
        }
        with sqlite3.connect(self.database) as database:
            database.execute("CREATE TABLE sales (id, shop, site, day, sold_at, member, total)")
            database.execute(
                "CREATE TABLE sale_lines (sale, line, barcode, item, quantity, amount)"
            )

    def sell(self, first, last, total="10.00"):
        with sqlite3.connect(self.database) as database:
            for number in range(first, last + 1):
                row = sale(number)
                database.execute(
                    "INSERT INTO sales VALUES (?, 'M0001', 'M', ?, ?, NULL, ?)",
                    (number, row["day"], row["sold_at"], total),
                )
                database.execute(
                    "INSERT INTO sale_lines VALUES (?, 1, '690', CAST(? AS TEXT), 1, ?)",
                    (number, ITEM.encode("gb18030"), total),
                )
        database.close()

    def change(self, statement):
        with sqlite3.connect(self.database) as database:
            database.execute(statement)
        database.close()

    def send(self, *words, code=0):
        config = self.folder / "send.json"
        config.write_text(json.dumps(self.config), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(config), "--once", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        return done


@pytest.fixture
def key(gateway):
    return gateway.add_sender("m0001", "M0001")


@pytest.fixture
def till(gateway, key, tmp_path):
    made = Till(tmp_path, f"{gateway.url}/inbox/till", key)
    made.sell(1, 25)
    return made


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


def test_everything_is_sent_the_oldest_first_and_nothing_twice(gateway, till):
    assert [line.split()[:4] for line in till.send().stdout.splitlines()] == [
        ["sales", "1", "10", "rows,"],
        ["sales", "2", "10", "rows,"],
        ["sales", "3", "5", "rows,"],
    ]
    assert gateway.numbers() == list(range(1, 26))
    assert till.send().stdout == ""
    till.sell(26, 27)
    assert till.send().stdout.split()[:3] == ["sales", "4", "2"]
    assert gateway.numbers() == list(range(1, 28))


def test_text_of_an_old_windows_till_arrives_intact(gateway, till):
    till.send()
    nodes, _ = gateway.orders()
    assert {line["name"] for node in nodes for line in node["lines"]} == {ITEM}


def test_a_link_that_is_lost_costs_nothing_and_doubles_nothing(gateway, till):
    plan = [CUT, LOSE_ANSWER, CUT, TWICE, LOSE_ANSWER, LOSE_ANSWER]
    with flaky_link(gateway.address, plan) as (host, port):
        till.config["url"] = f"http://{host}:{port}/inbox/till"
        done = till.send()
    assert done.stderr
    assert gateway.numbers() == list(range(1, 26))
    status = gateway.run_inbox("status", "till").stdout
    assert any(
        line.split("│")[1:4] == [" m0001  ", " sales ", " 3     "] for line in status.splitlines()
    ), status


def test_a_gateway_that_is_away_is_waited_for(gateway, till):
    with flaky_link(("127.0.0.1", 1), []) as nobody:
        till.config["url"] = "http://{}:{}/inbox/till".format(*nobody)
    config = till.folder / "send.json"
    config.write_text(json.dumps(till.config), encoding="utf-8")
    waiting = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(config), "--once"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    with waiting:
        assert waiting.stderr.readline()
        assert waiting.poll() is None
        waiting.terminate()
    assert gateway.numbers() == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off_puts_itself_right(gateway, till, hours, monkeypatch):
    wrong = till.folder / "sitecustomize.py"
    wrong.write_text(
        f"import time\nreal = time.time\ntime.time = lambda: real() + {hours * 3600}\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(till.folder))
    till.send()
    assert gateway.numbers() == list(range(1, 26))


def test_a_gap_is_closed_by_what_the_gateway_wants(gateway, till):
    till.send()
    till.sell(26, 40)
    state = json.loads(till.state.read_text())
    state["sales"].update(sequence=7, last=36)
    till.state.write_text(json.dumps(state))
    till.send()
    assert gateway.numbers() == list(range(1, 41))


def test_a_position_that_was_lost_is_found_again(gateway, till):
    till.send()
    till.state.unlink()
    till.sell(26, 30)
    till.send()
    assert gateway.numbers() == list(range(1, 31))
    assert json.loads(till.state.read_text())["sales"]["last"] == 30


def test_a_day_that_is_sent_again_corrects_and_doubles_nothing(gateway, till):
    till.send()
    till.change("UPDATE sales SET total = '8.80' WHERE id = 12")
    till.send("--again", "sales", "0")
    nodes, _ = gateway.orders()
    assert len(nodes) == 25
    totals = {one["number"].rpartition("-")[2]: one["total"]["amount"] for one in nodes}
    assert totals.pop("12") == "8.80"
    assert set(totals.values()) == {"10.00"}


def test_a_batch_that_came_already_is_not_taken_again(gateway, till, key):
    """A batch of this sender came that the script does not know: it goes on behind it."""
    till.send()
    answer = gateway.push("m0001", key, 4, jsonl(sale(26)))
    assert answer.json()["accepted"] == 1
    till.sell(26, 28)
    till.send()
    assert gateway.numbers() == list(range(1, 29))


def test_a_till_that_is_busy_is_tried_again(gateway, till):
    blocker = sqlite3.connect(till.database, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    till.config["connect"] = [str(till.database), 0.01]
    config = till.folder / "send.json"
    config.write_text(json.dumps(till.config), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(config), "--once"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as waiting:
        assert "locked" in waiting.stderr.readline()
        blocker.execute("ROLLBACK")
        blocker.close()
        assert waiting.wait(30) == 0
    assert gateway.numbers() == list(range(1, 26))
