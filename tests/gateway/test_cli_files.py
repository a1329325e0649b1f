"""`santong work` and `santong files`: from a dropped file to its gaps and quarantine."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from demo.drops.folder import drop
from tests.migrated import migrated

_ROOT = Path(__file__).parents[2]
_HEAD = (
    "店号,类别,日期,POS号,流水号,交易类型,时间,合计金额,付款方式,序号,商品条码,销售数量,销售金额\n"
)
_LINE = (
    "M0001,门店,{day:%Y%m%d},1,{number},销售,{day:%Y/%m/%d} 10:00:00,9.90,现金,1,{code},1,9.90\n"
)
_ESTATE = """
brand: baiwei
channels: [{{ code: store, name: 门店, kind: STORE }}]
connectors:
  - name: tills
    system: store_csv
    settings: {{ folder: {folder} }}
    channels: {{ order: {{ 门店: store }} }}
"""


@pytest.fixture
def environment(tmp_path, postgres):
    database = migrated(postgres, f"files_{tmp_path.name}")
    (tmp_path / "drops").mkdir()
    estate = tmp_path / "estate.yaml"
    estate.write_text(_ESTATE.format(folder=tmp_path / "drops"), "utf-8")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SANTONG_")},
        "COLUMNS": "200",
        "SANTONG_HOME": str(tmp_path),
        "SANTONG_ESTATE": str(estate),
        "SANTONG_DATABASE_URL": database,
        "SANTONG_SECRET_KEY": "k" * 48,
        "SANTONG_WORK_SECONDS": "1",
    }


@pytest.fixture
def files(environment):
    def run(*words):
        command = [sys.executable, "-m", "gateway.cli", "files", *words]
        done = subprocess.run(
            command, cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def work(environment):
    command = [sys.executable, "-m", "gateway.cli", "work"]
    with subprocess.Popen(command, cwd=_ROOT, env=environment, stderr=subprocess.PIPE) as process:
        yield process
        process.kill()


def hears(process, event):
    for line in process.stderr:
        told = json.loads(line)
        if told["event"] == event:
            return told
    raise AssertionError("the process ended before")


def day_before(days):
    return datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(days=days)


def content(day, code="6901234567892"):
    return (_HEAD + _LINE.format(day=day, number=1, code=code)).encode("gb18030")


def test_from_a_dropped_file_to_what_its_operator_sees(work, files, tmp_path):
    first, third = day_before(4), day_before(2)
    drop(
        tmp_path / "drops",
        {
            f"M0001_{first:%Y%m%d}.csv": content(first),
            f"M0001_{third:%Y%m%d}.csv": content(third, "6.92E+12"),
        },
    )
    drop(tmp_path / "drops", {f"M0001_{day_before(1):%Y%m%d}.csv": b"half"}, mark=False)
    assert {hears(work, "file")["outcome"] for _ in range(2)} == {"taken"}
    code, shown, _ = files("status", "tills", "--json")
    rows = json.loads(shown)
    assert code == 0
    assert rows[0]["state"] == "its mark is missing"
    assert (rows[1]["feed"], rows[1]["what"]) == ("sales", "2 files, 3 lines")
    code, shown, _ = files("gaps", "tills", "--json")
    days = [(one["first"], one["last"]) for one in json.loads(shown)]
    second, fourth = f"{day_before(3):%Y-%m-%d}", f"{day_before(1):%Y-%m-%d}"
    assert (code, days) == (1, [(second, second), (fourth, fourth)])
    code, shown, _ = files("quarantine", "tills")
    assert code == 0
    assert "CODE_DAMAGED: column 'barcode', kept" in shown
    assert "6.92" not in shown
    work.send_signal(signal.SIGTERM)
    hears(work, "work ends")
    assert work.wait(30) == 0


def test_a_connector_without_a_folder_is_told_so(files):
    code, _, told = files("status", "nobody")
    assert code == 1
    assert "there is no connector 'nobody'" in told
