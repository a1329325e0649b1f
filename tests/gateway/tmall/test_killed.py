"""A gateway is killed while people join: each becomes a member, once."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import SecretStr
from sqlalchemy import text

from demo.top.members import Buyer, MemberCenter
from gateway.app import create_app
from store.engine import Store
from tests.gateway.serving import KEY, served, settings_for
from tests.migrated import migrated

_ROOT = Path(__file__).parents[3]
_CLEAN = {name: one for name, one in os.environ.items() if not name.startswith("SANTONG_")}
_CLEAN |= {"TMALL_TEST_SECRET": "helloworld"}
ESTATE = """
brand: baiwei
channels:
  - {code: tmall, name: 天猫, kind: MARKETPLACE}
connectors: []
"""
DOORS = """
doors:
  - {name: flagship, channel: tmall, app_key: "12345678", secrets: ["env:TMALL_TEST_SECRET"]}
"""
PEOPLE, KILL_AFTER, LANES = 40, 12, 4


def _serving(settings, port):
    environment = {
        "SANTONG_ESTATE": str(settings.estate),
        "SANTONG_HOME": str(settings.home),
        "SANTONG_TMALL_DOORS": str(settings.tmall_doors),
        "SANTONG_DATABASE_URL": settings.database_url.get_secret_value(),
        "SANTONG_REDIS_URL": settings.redis_url.get_secret_value(),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_PORT": str(port),
    }
    with (settings.home / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "serve"],
            cwd=_ROOT,
            env={**_CLEAN, **environment},
            stdout=log,
            stderr=log,
        )
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert process.poll() is None, "it did not start"
            time.sleep(0.05)
        else:
            return process


def _buyer(turn):
    return Buyer(
        ouid=f"AAK{turn:06d}o", omid=f"OK{turn:06d}", nick=f"k{turn}", mobile=f"1390003{turn:04d}"
    )


def test_nobody_is_lost_or_doubled_when_the_gateway_is_killed(
    postgres, valkey, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMALL_TEST_SECRET", "helloworld")
    (tmp_path / "doors.yaml").write_text(DOORS, "utf-8")
    settings = settings_for(
        tmp_path,
        ESTATE,
        database_url=SecretStr(migrated(postgres, "tmall_killed")),
        redis_url=SecretStr(valkey.url),
        tmall_doors=tmp_path / "doors.yaml",
    )
    waiting = asyncio.run(_killed(settings))
    with served(create_app(settings)) as (host, port):
        asyncio.run(_brought(f"http://{host}:{port}", waiting))
    rows = asyncio.run(_rows(settings.database_url.get_secret_value()))
    assert [row.number for row in rows] == sorted(_buyer(turn).ouid for turn in range(PEOPLE))
    assert {row.people for row in rows} == {1}
    assert all(row.joined_at <= datetime.now(UTC) for row in rows)
    log = (tmp_path / "log").read_text("utf-8")
    assert "/tmall/{door}" in log
    assert [word for word in ("1390003", "AAK0", "app_key", "sign=") if word in log] == []


def _center(client, url):
    return MemberCenter(
        client,
        f"{url}/tmall/flagship",
        app_key="12345678",
        secret="helloworld",
        seller="any",
        waits=60,
    )


async def _killed(settings):
    """Who waits at the platform when the brand's gateway died on the way."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = _serving(settings, port)
    try:
        async with httpx.AsyncClient() as client:
            center, lanes = _center(client, f"http://127.0.0.1:{port}"), asyncio.Semaphore(LANES)

            async def join(one):
                async with lanes:
                    return await center.join(one)

            joining = [asyncio.create_task(join(_buyer(turn))) for turn in range(PEOPLE)]
            for done, one in enumerate(asyncio.as_completed(joining)):
                await one
                if done == KILL_AFTER:
                    process.kill()
                    process.wait()
            answers = [one.result() for one in joining]
    finally:
        process.kill()
        process.wait()
    assert set(answers) == {"SUC", "FLIGHT"}
    assert len(center.waiting) == answers.count("FLIGHT")
    return center.waiting


async def _brought(url, waiting):
    async with httpx.AsyncClient() as client:
        center = _center(client, url)
        center.waiting = waiting
        assert await center.backfill() == 0
        assert center.given_up == []


async def _rows(database):
    store = Store.open(database, deadline_seconds=30)
    try:
        return await store.rows(
            text("""
              SELECT r.number, r.joined_at, count(DISTINCT l.one_id) AS people
              FROM membership_records r
              JOIN membership_links l ON l.brand = r.brand AND l.channel = r.channel
                AND l.number = r.number
              WHERE r.channel = 'tmall' GROUP BY r.number, r.joined_at ORDER BY r.number
            """),
            {},
        )
    finally:
        await store.aclose()
