"""Files on their way into the copy: once, corrected, superseded, refused, and after a kill."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest

from connectors.dropping import open_intakes
from connectors.protocols.files import intake
from demo.drops.folder import drop
from store.engine import Store
from store.privacy.tombstones import Grave, Tombstones
from tests.connectors.protocols.files import dropping_child
from tests.connectors.protocols.files.dropping_child import STEPS, ZONE, copied_in, scan, spec_of
from tests.migrated import migrated

_NUMBERS = count()
HEAD = "店号,类别,日期,POS号,流水号,交易类型,时间,会员卡号,合计金额,付款方式,序号,商品条码,商品名称,销售数量,销售金额\n"  # noqa: E501 - a heading is one line
LINE = "{store},门店,20261020,1,{number},销售,2026/10/21 0:10:00,,{total},现金,{row},{code},茶杯,1,{amount}\n"  # noqa: E501 - as above


def line(number, amount="9.90", *, store="M0001", row=1, total=None, code="6901234567892"):
    facts = {"store": store, "number": number, "total": total or amount, "row": row}
    return LINE.format(**facts, amount=amount, code=code)


def file(*lines):
    return (HEAD + "".join(lines)).encode("gb18030")


NAME = "M0001_20261020.csv"
DAY = {NAME: file(line(1), line(2), line(3))}


@pytest.fixture(scope="module")
def databases(postgres):
    return migrated(postgres, f"files_intake_{os.getpid()}_{next(_NUMBERS)}")


@pytest.fixture
def database(databases):
    with psycopg.connect(databases) as connection:
        connection.execute(
            "TRUNCATE copied_rows, copied_streams, copied_batches, copied_quarantine"
        )
    return databases


def standing(database):
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT key, store, day, channel FROM copied_rows ORDER BY key")
        return [
            (key.rpartition("-")[2], store, str(day), channel) for key, store, day, channel in rows
        ]


def numbers(database):
    return [row[0] for row in standing(database)]


async def scanned(database, folder, files=None, **kind):
    drop(folder, files or {}, **kind)
    return [(one.name, one.outcome, one.rows, one.bad) for one in await scan(database, folder)]


def killed_at(step, database, folder):
    command = [sys.executable, dropping_child.__file__, step, database, str(folder)]
    where = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    return subprocess.run(command, env=where, check=False, timeout=60).returncode


async def test_a_file_is_taken_once_with_its_store_and_day(database, tmp_path):
    assert await scanned(database, tmp_path, DAY) == [(NAME, "taken", 3, 0)]
    assert standing(database) == [(n, "M0001", "2026-10-20", "store") for n in "123"]
    assert await scanned(database, tmp_path) == []
    assert await scanned(database, tmp_path, DAY) == [(NAME, "again", 3, 0)]
    assert numbers(database) == ["1", "2", "3"]
    assert [one.name for one in (tmp_path / "processed").iterdir()] == [NAME]


async def test_a_corrected_file_replaces_and_removes(database, tmp_path):
    await scanned(database, tmp_path, DAY)
    await scanned(database, tmp_path, {"M0002_20261020.csv": file(line(9, store="M0002"))})
    corrected = {NAME: file(line(1), line(3, "5.00"), line(4))}
    assert await scanned(database, tmp_path, corrected) == [(NAME, "taken", 3, 0)]
    assert numbers(database) == ["1", "3", "4", "9"]
    assert len(list((tmp_path / "processed").iterdir())) == 3


async def test_a_bad_line_is_named_and_the_rest_goes_on(database, tmp_path):
    content = file(line(1), line(2, "zwölf"), line(3, code="6.92E+12"), "M0001,门店\n", line(4))
    assert await scanned(database, tmp_path, {NAME: content}) == [(NAME, "taken", 3, 3)]
    assert numbers(database) == ["1", "3", "4"]
    with psycopg.connect(database) as connection:
        told = connection.execute("SELECT line, reason FROM copied_quarantine ORDER BY line")
        assert told.fetchall() == [
            (3, "NUMBER_DAMAGED: column 'total'"),
            (4, "CODE_DAMAGED: column 'barcode', kept"),
            (5, "CELLS_MISCOUNTED: 2 cells, the headings are 15"),
        ]


async def test_what_is_no_file_of_the_feed_is_refused_whole(database, tmp_path):
    await scanned(database, tmp_path, DAY)
    wrong = {NAME: b"a,b\n1,2\n"}
    assert await scanned(database, tmp_path, wrong) == [(NAME, "refused", 0, 1)]
    assert numbers(database) == ["1", "2", "3"]
    assert [one.name for one in (tmp_path / "quarantine").iterdir()] == [NAME]


async def test_a_partial_upload_waits_for_its_mark(database, tmp_path):
    assert await scanned(database, tmp_path, {NAME: DAY[NAME][:-20]}, mark=False) == []
    assert await scanned(database, tmp_path, DAY) == [(NAME, "taken", 3, 0)]


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step_each_row_is_there_once(database, tmp_path, step):
    drop(tmp_path, {**DAY, "M0002_20261020.csv": file(line(9, store="M0002"))})
    assert killed_at(step, database, tmp_path) == -signal.SIGKILL
    await scan(database, tmp_path)
    assert numbers(database) == ["1", "2", "3", "9"]
    names = {one.name for one in (tmp_path / "processed").iterdir()}
    assert names == {NAME, "M0002_20261020.csv"}
    assert [one for one in tmp_path.iterdir() if one.is_file()] == []
    assert list((tmp_path / "claimed").glob("[!.]*")) == []


async def test_the_first_version_comes_back_when_it_is_sent_again(database, tmp_path):
    await scanned(database, tmp_path, DAY)
    await scanned(database, tmp_path, {NAME: file(line(4))})
    await scanned(database, tmp_path, DAY)
    assert numbers(database) == ["1", "2", "3"]


async def test_days_are_known_for_gaps(database, tmp_path):
    await scanned(database, tmp_path, DAY)
    store = Store.open(database)
    try:
        days = await copied_in(store).days("till", "sales", date(2026, 1, 1))
    finally:
        await store.aclose()
    assert list(days) == [("M0001", date(2026, 10, 20))]


async def test_a_file_of_several_parts_replaces_as_a_small_one_does(
    database, tmp_path, monkeypatch
):
    monkeypatch.setattr(intake, "ROWS_AT_ONCE", 2)
    whole = {NAME: file(*(line(number) for number in range(1, 8)))}
    await scanned(database, tmp_path, whole)
    assert numbers(database) == list("1234567")
    await scanned(database, tmp_path, {NAME: file(line(2), line(7), line(9))})
    assert numbers(database) == list("279")
    await scanned(database, tmp_path, whole)
    assert numbers(database) == list("1234567")


async def test_a_long_file_that_breaks_at_its_end_leaves_no_trace(database, tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(intake, "BYTES_AT_ONCE", 100)
    broken = file(line(1), line(2), line(3)) + b"x" * 2_000_000
    assert await scanned(database, tmp_path, {NAME: broken}) == [(NAME, "refused", 0, 1)]
    assert numbers(database) == []


async def test_files_that_tell_of_an_erased_person_are_emptied_and_hers_come_no_more(
    database, tmp_path
):
    hers = line(2).replace("0:10:00,,", "0:10:00,BW7,")
    other = {"M0002_20261020.csv": file(line(9, store="M0002"))}
    await scanned(database, tmp_path, {NAME: file(line(1), hers), **other})
    store = Store.open(database, deadline_seconds=20)
    try:
        stones = Tombstones.under("baiwei", b"h" * 32)
        grave = Grave("customer", stones.customer("till", "BW7"))
        await stones.add(store.rows, [grave], datetime(2026, 10, 21, tzinfo=UTC))
        copied = copied_in(store)
        assert await copied.forget("till", "BW7") == 1
        (way,) = open_intakes(spec_of(tmp_path), copied, zone=ZONE)
        assert await way.forget() == [NAME]
        assert await way.forget() == []
    finally:
        await store.aclose()
    past = tmp_path / "processed"
    assert {one.name: one.stat().st_size > 0 for one in past.iterdir()} == {
        NAME: False,
        "M0002_20261020.csv": True,
    }
    await scanned(database, tmp_path, {NAME: file(line(1), hers, line(3))})  # sent again
    assert numbers(database) == ["1", "3", "9"]
    assert not any(b"BW7" in one.read_bytes() for one in past.iterdir())
    with psycopg.connect(database) as connection:
        connection.execute("TRUNCATE tombstones")
