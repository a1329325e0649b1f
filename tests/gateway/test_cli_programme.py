"""`santong programme` and `santong points`, over a real store."""

import asyncio
import functools
import re
from datetime import date
from pathlib import Path

import psycopg
import pytest

from capabilities.points.policy import Downgrade
from gateway.programme.reading import ProgrammeError, read_programme
from store.engine import Store
from store.order.facts import OrderFacts
from tests.capabilities.points.policies import fact
from tests.gateway.serving import KEY, settings_for
from tests.migrated import migrated

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "run-a-programme.md").read_text("utf-8")
SHOWN = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]
CLUB = """
programme: club
name: The club
starts: 2026-01-01
channels: [shop]
point_cost: "0.02"
earn: { rate: { points: 1 }, return_days: 14, valid: { months: 12 } }
tiers:
  rate: { points: 1 }
  window: { months: 12 }
  valid: { months: 12 }
  levels: [{ code: BASE }, { code: SILVER, qualify: 500 }]
"""


def test_the_page_shows_a_programme_that_can_be_put():
    policy = read_programme(SHOWN, "club.yaml")
    assert (policy.programme, policy.starts) == ("club", date(2026, 12, 1))
    assert policy.tiers.downgrade is Downgrade.STEP
    assert policy.earn.rules[0].name == "skin care"


@pytest.mark.parametrize(
    ("wrong", "right", "line", "said"),
    [
        ("channels: [shop]", "chanels: [shop]", 5, "did you mean 'channels'"),
        ("starts: 2026-01-01", "starts: soon", 4, "does not match"),
        ("starts: 2026-01-01", "starts: 2026-02-31", 4, "Invalid RFC3339"),
        ("points: 1 }, return", "points: 0 }, return", 7, "at least one point"),
        ("return_days: 14", "return_days: x", 7, "expected a whole number"),
        ("qualify: 500", "qualify: 0", 12, "asks for more than the one below"),
        ("valid: { months: 12 } }", "valid: {} }", 7, "a length of time"),
        ("window: { months: 12 }", "window: { years: 1 }", 10, "unknown field 'years'"),
        ("channels: [shop]", "channels: []", 5, "at least one channel"),
        ("name: The club", "name: The club\nname: Again", 4, "stands twice"),
    ],
)
def test_a_fault_has_its_line_and_says_what_is_right(wrong, right, line, said):
    assert wrong in CLUB
    with pytest.raises(ProgrammeError) as caught:
        read_programme(CLUB.replace(wrong, right, 1), "club.yaml")
    assert {fault.code for fault in caught.value.faults} == {"PROGRAMME_INVALID"}
    assert any(one.line == line and said in one.message for one in caught.value.faults)


def test_a_tier_that_a_rule_names_must_exist():
    text = CLUB + "benefits: [{ code: x, name: X, tiers: [GOLD] }]\n"
    with pytest.raises(ProgrammeError, match="there is no level 'GOLD'; valid: BASE, SILVER"):
        read_programme(text, "club.yaml")


@pytest.fixture
def database(tmp_path, postgres):
    return migrated(postgres, f"programme_{tmp_path.name}")


@pytest.fixture
def command(santong, tmp_path, database):
    environment = {
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings_for(tmp_path).estate),
        "SANTONG_DATABASE_URL": database,
    }
    return functools.partial(santong, **environment)


@pytest.fixture
def club(tmp_path):
    path = tmp_path / "club.yaml"
    path.write_text(CLUB, "utf-8")
    return path


def with_orders(database, *facts):
    async def record():
        store = Store.open(database)
        await OrderFacts(store, "baiwei").record(facts)
        await store.aclose()

    asyncio.run(record())


def test_a_draft_is_tried_put_and_replayed(command, club, database, tmp_path):
    with_orders(database, fact("1", 0, 600), fact("2", 40, 100, back=50))
    page = tmp_path / "club.html"
    tried = command("programme", "dry-run", club, "--html", page)
    assert tried.returncode == 0, tried.stderr
    assert re.search(r"points\s+│\s+0\s+│\s+650\s+│\s+\+650", tried.stdout)
    assert re.search(r"cost\s+│\s+0\s+│\s+13.00", tried.stdout)
    assert "SILVER" in page.read_text("utf-8")
    put = command("programme", "put", club, "--reason", "it begins")
    assert "kept as version 1" in put.stdout
    replays = [command("programme", "replay", "club").stdout.strip() for _ in range(2)]
    assert [one.splitlines()[-1] for one in replays] == ["6 entries posted", "0 entries posted"]
    assert "it begins" in command("programme", "history", "club").stdout
    assert "2 accounts are what" in command("points", "check").stdout
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE points_accounts SET balance = balance + 1")
    assert command("points", "check").returncode == 1


def test_a_mirror_is_compared_with_what_its_system_tells(command, club, database):
    club.write_text(CLUB + "authority: LEGACY\n", "utf-8")
    with_orders(database, fact("1", 0, 100))
    command("programme", "put", club, "--reason", "a mirror")
    command("programme", "replay", "club")
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO membership_records (brand, number, channel, connector, content, status,"
            " points_available, first_seen, seen_at)"
            " VALUES ('baiwei', '7001', 'shop', 'woo', '', 'ACTIVE', 130, now(), now())"
        )
    told = command("programme", "drift").stdout
    assert re.search(r"club\s+│\s+1\s+│\s+0\s+│\s+130\s+│\s+100\s+│\s+-30\s+│\s+30", told)


def test_a_file_that_is_wrong_is_not_put(command, club):
    club.write_text(CLUB.replace("points: 1", "points: 0"), "utf-8")
    told = command("programme", "put", club, "--reason", "oh")
    assert told.returncode == 1
    assert f"{club}:7:" in told.stdout.replace("\n", "")
