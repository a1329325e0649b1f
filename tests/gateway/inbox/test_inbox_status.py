"""`santong inbox`: senders, their last batches, days without orders, and shops that are silent."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from tests.gateway.inbox.pushing import jsonl, pushed, sale
from tests.gateway.serving import bearer


def _sold(number, shop, days_ago):
    day = datetime.now(UTC) - timedelta(days=days_ago)
    return sale(number, shop, day=f"{day:%Y%m%d}", sold_at=f"{day:%Y-%m-%d} 03:00:00")


def _age(database, table, column, days):
    with psycopg.connect(database) as connection:
        connection.execute(f"UPDATE {table} SET {column} = {column} - interval '{days} days'")  # noqa: S608 - our own words


def test_a_key_is_shown_once_and_signs(gateway):
    key = gateway.run_inbox("senders", "add", "till", "m0001", "--store", "M0001").stdout.strip()
    assert gateway.push("m0001", key, 1, jsonl(sale(1))).status_code == 200
    listed = gateway.run_inbox("senders", "list", "till").stdout
    assert "m0001" in listed
    assert key not in listed
    again = gateway.run_inbox("senders", "add", "till", "m0001", "--store", "M0002")
    assert (again.returncode, "SENDER_EXISTS" in again.stderr) == (1, True)
    assert gateway.run_inbox("senders", "revoke", "till", "m0001").returncode == 0
    unknown = gateway.run_inbox("senders", "revoke", "till", "m0001")
    assert (unknown.returncode, "SENDER_UNKNOWN" in unknown.stderr) == (1, True)
    assert gateway.push("m0001", key, 2, jsonl(sale(2))).status_code == 401


@pytest.mark.parametrize("name", ["", "a b", "a\n", "x" * 101, "é"])
def test_a_name_that_no_head_can_have_is_refused(gateway, name):
    refused = gateway.run_inbox("senders", "add", "till", name, "--store", "M0001")
    assert refused.returncode == 1


def test_days_without_orders_are_gaps_of_their_store(gateway):
    key = gateway.add_sender("m0001", "M0001", "M0002")
    body = jsonl(_sold(1, "M0001", 5), _sold(2, "M0001", 2), _sold(3, "M0002", 2))
    assert gateway.push("m0001", key, 1, body).json()["quarantined"] == 0
    shown = gateway.run_inbox("status", "till").stdout
    found = re.findall(r"gap: (\w+) has no order of ([\d-]+)", shown)
    days = [f"{datetime.now(UTC) - timedelta(days=n):%Y-%m-%d}" for n in (4, 3)]
    assert found == [("M0001", day) for day in days]


def test_a_silent_shop_is_a_warning_an_exit_code_and_a_figure(gateway, tmp_path):
    first = gateway.add_sender("m0001", "M0001")
    gateway.add_sender("m0002", "M0002")
    gateway.add_sender("new", "M0003")
    gateway.push("m0001", first, 1, jsonl(sale(1)))
    assert gateway.run_inbox("status", "till").returncode == 0
    _age(gateway.database, "inbox_senders", "added_at", 2)
    with psycopg.connect(gateway.database) as connection:
        connection.execute("UPDATE inbox_senders SET added_at = now() WHERE sender = 'new'")
    told = gateway.run_inbox("status", "till")
    assert told.returncode == 1
    assert re.findall(r"silent: (\S+)", told.stdout) == ["m0002"]
    (tmp_path / "second").mkdir()
    with pushed(tmp_path / "second", gateway.database) as other:  # counts when it starts
        wanted = 'santong_inbox_silent_senders{connector="till"} 1.0'
        ends = datetime.now(UTC) + timedelta(seconds=20)
        page = ""
        while wanted not in page:
            assert datetime.now(UTC) < ends
            page = httpx.get(f"{other.url}/metrics", headers=bearer(other.settings)).text


def test_an_old_copy_says_how_old_it_is(gateway):
    key = gateway.add_sender("m0001", "M0001")
    gateway.push("m0001", key, 1, jsonl(sale(1)))
    _age(gateway.database, "copied_streams", "accepted_at", 3)
    three_days = 3 * 86_400_000
    assert three_days <= gateway.orders()[1]["ageMs"] < three_days + 60_000
