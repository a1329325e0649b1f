"""docs/how-to/receive-from-a-pos-that-only-pushes.md, followed word for word by a GBK till."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys

import pytest

from tests.docs.doc_blocks import ROOT, blocks_of
from tests.docs.test_add_a_system import KEY, Shell, _answers, _ask, _until

PAGE = ROOT / "docs" / "how-to" / "receive-from-a-pos-that-only-pushes.md"
BLOCKS = blocks_of(PAGE)
_NAME = "龙井茶叶 㙍"


def _fill(path):
    with sqlite3.connect(path) as till:
        till.execute("CREATE TABLE sales (id, shop, receipt, state, member, sold_at, total)")
        till.execute("CREATE TABLE sale_lines (sale, line, barcode, item, quantity, amount)")
        for number in range(1, 451):
            shop = "M0001" if number != 7 else "M0002"
            sold = f"2026-11-01 08:{number // 60:02d}:{number % 60:02d}"
            row = (number, shop, number, 0, None, sold, f"{number}.50")
            till.execute("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            till.execute(
                "INSERT INTO sale_lines VALUES (?, 1, '690', CAST(? AS TEXT), 2, ?)",
                (number, _NAME.encode("gb18030"), f"{number}.50"),
            )
    till.close()


@pytest.fixture
def place(tmp_path, programs, postgres, valkey):
    """The operator's folder, which is the till's too, and a gateway that runs."""
    (tmp_path / "systems" / "corner").mkdir(parents=True)
    (tmp_path / "estate.yaml").write_text("brand: baiwei\nchannels: []\nconnectors: []\n", "utf-8")
    shutil.copy(ROOT / "docs" / "senders" / "santong_send.py", tmp_path)
    _fill(tmp_path / "till.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANTONG_", "DEMO_"))}
    environment = {
        **clean,
        **dict(re.findall(r"^\$ export (\w+)=(.+)$", BLOCKS[0].text, re.MULTILINE)),
        "SANTONG_ESTATE": str(tmp_path / "estate.yaml"),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_DATABASE_URL": postgres.create_database("receive_from_a_pos"),
        "SANTONG_REDIS_URL": valkey.url,
        "SANTONG_PORT": str(port),
        "SANTONG_HOME": str(tmp_path),
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }
    shell = Shell(tmp_path, environment, port)
    shell.run("santong migrate")
    return shell


@pytest.fixture
def gateway(place):
    running = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "serve"],
        cwd=place.folder,
        env=place.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{place.port}"
        _until(lambda: _answers(f"{address}/health/live"))
        yield address, place.run("santong token").strip()
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


def _follow(place, block):
    """Do what a block says; what its last command told."""
    told = ""
    if "file" in block.options:
        text = block.text.replace(":8000/", f":{place.port}/")
        (place.folder / block.options["file"]).write_text(text, "utf-8")
        return told
    for line in re.findall(r"^\$ (.+)$", block.text, re.MULTILINE):
        told = place.run(line.replace("python ", f"{sys.executable} "))
        if " senders add " in line:
            (place.folder / "till.key").write_text(told)
    return told


@pytest.mark.timeout(300)
def test_the_page_followed_leads_to_an_answered_query(place, gateway):
    told = {}
    for block in BLOCKS[1:]:
        if block.language == "graphql":
            query = block.text
            _until(lambda text=query: _ask(gateway, text)["data"]["orders"]["nodes"], 20)
        else:
            told[block.line] = _follow(place, block)
    found = _ask(gateway, query)["data"]["orders"]
    assert [one["number"] for one in found["nodes"]] == ["M0001-450", "M0001-449", "M0001-448"]
    assert found["nodes"][0] == {
        "number": "M0001-450",
        "status": "COMPLETED",
        "total": {"amount": "450.50"},
        "store": None,
        "lines": [{"name": _NAME, "quantity": "2"}],
    }
    (source,) = found["sources"]
    assert (source["name"], source["status"]) == ("corner", "OK")
    assert 0 < source["ageMs"] < 60_000
    status = list(told.values())[-1]
    assert "m0001" in status
    assert re.search(r"quarantine: m0001 sales batch 1 line 7: it belongs to a store", status)
    key = (place.folder / "till.key").read_text().strip()
    assert len(key) > 40
    assert key not in status + place.run("santong inbox senders list corner")
    place.run("santong inbox senders revoke corner m0001")
    again = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f"timeout 5 {sys.executable} santong_send.py send.json --once --again sales 0",
        ],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "INBOX_SIGNATURE" in again.stderr
