"""`santong segment`, `suggestions`, `touches` and `profile`, against a real store."""

import asyncio
import csv
import json
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
import pytest
from typer.testing import CliRunner

from capabilities.errors import SantongError
from capabilities.member.records import Contact, Membership, MembershipStatus
from capabilities.sources import SourceRef
from capabilities.spreadsheet import plain_cell
from gateway.cli import app
from gateway.cli.console import console
from gateway.federation.estate_file import read_estate
from store.engine import Store
from store.keyring import keyring_of
from store.member.taking import open_intake
from tests.gateway.serving import KEY, settings_for
from tests.migrated import migrated

BRAND_NOW = datetime(2026, 10, 1, tzinfo=UTC)
PEOPLE = (("1", "=林小满", "13912345678"), ("2", "王五", "13812345678"), ("3", None, None))


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "people_files")


class Told(NamedTuple):
    """What a command said, in this process: a process of its own takes seconds to start."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(tmp_path, database, monkeypatch):
    for name, value in {
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings_for(tmp_path).estate),
        "SANTONG_DATABASE_URL": database,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(console, "_width", 300)

    def run(*words):
        done = CliRunner().invoke(app, [str(word) for word in words])
        if isinstance(done.exception, SantongError):
            return Told(1, done.stdout, f"{done.exception.code} {done.exception.message}")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Told(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def brand(tmp_path):
    return read_estate(settings_for(tmp_path).estate).brand


@pytest.fixture
def people(database, brand):
    """Three people with names and phones, one of whom would be a formula."""

    async def take():
        store = Store.open(database)
        intake = open_intake(brand, keyring_of(KEY.encode()))
        shown = [
            Membership(
                channel="shop",
                number=number,
                status=MembershipStatus.ACTIVE,
                contact=Contact(name=name, phone=phone, phone_verified=True),
                source=SourceRef(connector="woo", system="w", external_id=number),
            )
            for number, name, phone in PEOPLE
        ]
        await store.transaction(lambda run: intake.take(run, shown, at=BRAND_NOW))
        await store.aclose()

    asyncio.run(take())


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


SEGMENT = """
name: everybody
title: 所有人
where: {is: not, of: {is: tagged, tags: [nobody]}}
"""


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_segment_is_checked_kept_counted_and_exported_masked(command, tmp_path, people, brand):
    file = written(tmp_path, "all.yaml", SEGMENT)
    checked = command("segment", "check", file)
    assert "everybody: not (tagged nobody)" in checked.stdout
    assert "并非（带标签 nobody）" in checked.stdout
    kept = command("segment", "put", file, "--reason", "a test")
    assert kept.stdout.strip() == "everybody is kept as version 1"
    assert "a test" in command("segment", "list").stdout
    assert command("segment", "count", "everybody").stdout.strip() == "3"
    out = tmp_path / "out.csv"
    told = command("segment", "export", "everybody", out)
    assert told.stdout.strip() == f"{out}: 3 people"
    rows = {row["memberships"]: row for row in rows_of(out)}
    assert set(rows) == {"shop:1", "shop:2", "shop:3"}
    assert (rows["shop:2"]["name"], rows["shop:2"]["phone"]) == ("王*", "138****5678")
    assert "小满" not in out.read_text("utf-8-sig")
    assert out.stat().st_mode & 0o077 == 0
    again = command("segment", "export", "everybody", out)
    assert "EXPORT_EXISTS" in again.stderr
    clear = tmp_path / "clear.csv"
    words = ("segment", "export", "everybody", clear, "--unmask", "name", "--unmask", "phone")
    assert "FORBIDDEN" in command(*words, "--reason", "T-1").stderr
    assert "REASON_MISSING" in command(*words, "--role", "service").stderr
    assert not clear.exists()
    command(*words, "--role", "service", "--reason", "T-1")
    shown = {row["memberships"]: row for row in rows_of(clear)}
    assert shown["shop:1"]["name"] == "'=林小满"
    assert plain_cell(shown["shop:1"]["name"]) == "=林小满"
    assert shown["shop:1"]["phone"].endswith("13912345678")
    trail = command("audit", "list", "--action", "segment.exported").stdout
    assert trail.count("segment.exported") == 2
    assert "T-1" in trail
    assert '"unmasked":"name phone"' in trail
    assert command("segment", "remove", "everybody", "--reason", "over").returncode == 0
    assert "SEGMENT_UNKNOWN" in command("segment", "count", "everybody").stderr


def test_a_wrong_segment_file_is_told_by_its_place(command, tmp_path):
    file = written(tmp_path, "bad.yaml", "name: x\nwhere: {is: orders}\n")
    told = command("segment", "check", file)
    assert (told.returncode, "needs atLeast or atMost" in told.stderr) == (1, True)
    assert "SEGMENT_INVALID" in command("segment", "check", tmp_path / "none.yaml").stderr


def test_suggestions_come_in_from_both_kinds_of_file_and_go_out(command, tmp_path):
    file = written(
        tmp_path,
        "told.csv",
        "source,reference,product,text,submittedAt\n"
        "forum,1,T-1,包装太大希望小一点,2026-10-01T08:00:00+08:00\n"
        "forum,2,T-1,包装 太大 希望小一点！,2026-10-01T08:01:00+08:00\n"
        "moon,3,T-1,坏来源,\n"
        "forum,4,T-1,,\n"
        "forum,5\n"
        "app,6,T-1,'=1+1 请打 13912345678,2026-10-01T08:02:00\n"
        "app,7,T-1,'=1+1 请打 13912345678,2026-10-01T08:02:00Z\n",
    )
    told = command("suggestions", "import", file)
    assert told.returncode == 1
    assert told.stdout.startswith("3 taken in (1 repeat another, 0 resemble one), 0 known already")
    told_lines = [line.removeprefix(f"{file}:") for line in told.stderr.strip().splitlines()]
    assert [line.partition(":")[0] for line in told_lines] == list("4567")
    assert "13912345678" not in told.stderr
    more = {"source": "SERVICE", "reference": "9", "text": "口味太甜", "product": "N-1"}
    lines = written(tmp_path, "told.jsonl", json.dumps(more) + "\n{]\n")
    again = command("suggestions", "import", lines)
    assert "1 taken in" in again.stdout
    assert f"{lines}:2: not a JSON object" in again.stderr
    out = tmp_path / "out.csv"
    assert command("suggestions", "export", out).stdout.strip() == f"{out}: 3 suggestions"
    texts = {row["reference"]: row["text"] for row in rows_of(out)}
    assert texts["7"] == "'=1+1 请打 ***"
    assert next(row for row in rows_of(out) if row["reference"] == "1")["duplicates"] == "1"
    assert "T-1" in command("suggestions", "counts").stdout


def test_touches_and_rules_come_from_files(command, tmp_path, database):
    file = written(
        tmp_path,
        "touches.csv",
        "source,reference,channel,number,kind,at,medium,campaign,outcome\n"
        "scrm,1,shop,1,VISIT,2026-10-01T08:00:00+08:00,,,BOUGHT\n"
        "santong,2,shop,1,VISIT,2026-10-01T08:00:00+08:00,,,\n"
        "scrm,3,shop,1,VISIT,yesterday,,,\n",
    )
    told = command("touches", "import", file)
    assert told.stdout.strip() == "1 new or changed of 1, 2 set aside"
    assert command("touches", "import", file).stdout.startswith("0 new")
    missing = written(tmp_path, "few.csv", "source,reference\n")
    assert "INTAKE_INVALID" in command("touches", "import", missing).stderr
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT reference, outcome FROM touchpoints").fetchall()
    assert rows == [("1", "BOUGHT")]
    shown = command("profile", "rules", "show").stdout
    rules = written(tmp_path, "rules.yaml", shown.replace("language:", "tongue:"))
    assert command("profile", "rules", "put", rules, "--reason", "new").stdout.startswith("rules 1")
    assert "tongue" in command("profile", "rules", "show").stdout
    bad = written(tmp_path, "bad.yaml", "keys: {a: {survivorship: NEWEST}}\n")
    assert (
        "PROFILE_RULES_INVALID" in command("profile", "rules", "put", bad, "--reason", "x").stderr
    )
    assert "people computed" in command("profile", "recompute").stdout
