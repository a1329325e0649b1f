"""The sync as its command runs it: told of connectors, into members and order facts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.estate import Capability
from capabilities.schedule import Schedule
from capabilities.working import WorkPlan, encode_plan
from demo.sample import make_retailer
from tests.migrated import migrated
from tests.work.syncing_child import BRAND, spec_of
from tests.work.test_sync_killed import ORDERS, shop  # noqa: F401 - a fixture
from tests.work.test_work import Worker

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, f"synced_{os.getpid()}")


@pytest.fixture
def sync(database, valkey):
    def run(spec, *words):
        plan = WorkPlan(brand=BRAND, time_zone="Asia/Shanghai", connectors=(spec,))
        return subprocess.run(
            [sys.executable, "-m", "work", "sync", *words],
            cwd=ROOT,
            env={
                **os.environ,
                "SANTONG_DATABASE_URL": database,
                "SANTONG_REDIS_URL": valkey.url,
                "SANTONG_SECRET_KEY": "k" * 48,
                "SANTONG_CONNECTOR_HOSTS": '["127.0.0.0/8:*"]',
                "DEMO_WOO_SECRET": "cs_demo",
            },
            input=encode_plan(plan),
            capture_output=True,
            check=False,
            timeout=110,
        )

    return run


def rows(database, statement):
    with psycopg.connect(database) as connection:
        return connection.execute(statement).fetchall()


def test_members_and_orders_are_taken_in_and_a_second_pass_changes_nothing(sync, database, shop):  # noqa: F811
    spec = spec_of(shop)
    told = sync(spec, "members", "woo")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(b"members of woo: 140 read, 140 changed, 0 gone")
    assert sync(spec, "orders", "woo").returncode == 0
    facts = rows(database, "SELECT number, holder_channel FROM order_facts WHERE NOT gone")
    assert {number for number, _ in facts} == ORDERS
    assert {holder for _, holder in facts} == {"shop", None}
    (people,) = rows(database, "SELECT count(DISTINCT one_id) FROM membership_links")
    assert people[0] > 100
    events = rows(database, "SELECT count(*) FROM events")
    again = sync(spec, "members", "woo", "whole")
    assert b"140 read, 0 changed, 0 gone" in again.stdout
    assert b" 0 changed" in sync(spec, "orders", "woo").stdout
    assert rows(database, "SELECT count(*) FROM events") == events


def test_promotions_are_read_whole_and_compared_each_time(sync, database, shop):  # noqa: F811
    doors = {**spec_of(shop).channels, Capability.PROMOTION: {"*": "shop"}}
    spec = replace(spec_of(shop), channels=doors)
    public = {one.code for one in make_retailer().coupons if not one.email}
    told = sync(spec, "promotions", "woo")
    assert told.returncode == 0, told.stderr
    assert f" {len(public)} changed, 0 gone".encode() in told.stdout
    copies = rows(database, "SELECT said::json->'source'->>'connector' FROM promotion_copies")
    assert copies == [("woo",)] * len(public), "personal coupons are none"
    assert b" 0 changed" in sync(spec, "promotions", "woo").stdout


def test_what_two_whole_passes_miss_is_gone(sync, database, shop):  # noqa: F811
    spec = spec_of(shop)
    sync(spec, "orders", "woo")
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO sync_rows SELECT brand, connector, capability, 'lost', channel, digest, 0"
            " FROM sync_rows WHERE capability = 'order' LIMIT 1"
        )
        connection.execute(
            "INSERT INTO order_facts SELECT brand, 'lost', f.channel, f.connector, NULL, NULL,"
            " store, placed_at, business_date, kind, status, payment_status, currency, paid,"
            " refunded, lines, gone, content, recorded_at FROM order_facts f"
            " JOIN sync_rows r USING (brand, channel) WHERE r.key = 'lost' LIMIT 1"
        )
    lost = "SELECT gone FROM order_facts WHERE number = 'lost'"
    assert b" 0 gone" in sync(spec, "orders", "woo", "whole").stdout
    assert rows(database, lost) == [(False,)]
    assert b" 1 gone" in sync(spec, "orders", "woo", "whole").stdout
    assert rows(database, lost) == [(True,)]
    assert rows(database, "SELECT 1 FROM sync_rows WHERE key = 'lost'") == []


def test_who_cannot_be_asked_is_told_with_a_code(sync, shop):  # noqa: F811
    paused = sync(replace(spec_of(shop), paused=True), "orders", "woo")
    assert (paused.returncode, paused.stderr[:16]) == (1, b"CONNECTOR_PAUSED")
    assert sync(spec_of(shop), "orders", "nobody").stderr.startswith(b"CONNECTOR_UNKNOWN")


def test_a_failed_logon_latches_and_the_stream_says_where_it_failed(sync, database, shop):  # noqa: F811
    spec = replace(spec_of(shop), name="locked", secrets={"password": "env:SYNC_NO_SECRET"})
    os.environ["SYNC_NO_SECRET"] = "wrong"
    assert sync(spec, "orders", "locked").returncode == 1
    failed = rows(
        database, "SELECT state, failure_code FROM sync_streams WHERE connector = 'locked'"
    )
    assert failed == [("FAILED", "UPSTREAM_DENIED")]
    assert rows(database, "SELECT connector FROM logon_latches WHERE latched_at IS NOT NULL") == [
        ("locked",)
    ]
    right = replace(spec, secrets={"password": "env:DEMO_WOO_SECRET"})
    again = sync(right, "orders", "locked")
    assert again.returncode == 1, "a latched logon is tried again only when a person says so"


def test_a_schedule_runs_passes_in_the_worker(database, valkey, shop, monkeypatch):  # noqa: F811
    for name, value in {
        "SANTONG_REDIS_URL": valkey.url,
        "SANTONG_CONNECTOR_HOSTS": '["127.0.0.0/8:*"]',
        "DEMO_WOO_SECRET": "cs_demo",
    }.items():
        monkeypatch.setenv(name, value)
    often = Schedule(cron="* * * * *", zone="Asia/Shanghai")
    spec = replace(spec_of(shop, sync={Capability.ORDER: often}), name="timed")
    worker = Worker(database)
    try:
        plan = WorkPlan(brand=BRAND, time_zone="Asia/Shanghai", connectors=(spec,))
        worker.tell(encode_plan(plan))
        told = worker.hears("sync", connector="timed", kind="orders")
        assert told["read"] == len(ORDERS)
        assert "phone" not in json.dumps(told)
    finally:
        worker.close()
