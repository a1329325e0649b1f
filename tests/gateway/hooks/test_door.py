"""Webhooks at the door: proved, kept once before the answer, and answered as platforms want it."""

import asyncio
import base64
import hashlib
import hmac
import json
import time

import psycopg
import pytest

from connectors._kit.signatures import meituan
from tests.gateway.serving import AWAY, opened, settings_for
from tests.migrated import migrated

ESTATE = """
brand: baiwei
channels:
  - {code: shop, name: 商城, kind: MINI_PROGRAM}
  - {code: takeaway, name: 外卖, kind: TAKEAWAY}
  - {code: food, name: 美团, kind: TAKEAWAY}
connectors:
  - name: woo
    system: woocommerce
    channels: {order: shop}
    settings: {base_url: "http://127.0.0.1:9", username: ck}
    secrets: {password: "env:HOOK_TEST_PASSWORD", hook_secret: "env:HOOK_TEST_KEY"}
  - name: mute
    system: woocommerce
    channels: {order: takeaway}
    settings: {base_url: "http://127.0.0.1:9", username: ck}
    secrets: {password: "env:HOOK_TEST_PASSWORD"}
  - name: food
    system: meituan
    channels: {order: food}
    settings: {base_url: "http://127.0.0.1:9", app_id: "1"}
    secrets: {secret: "env:HOOK_TEST_PASSWORD", hook_secret: "env:HOOK_TEST_KEY"}
"""
KEY = "s3cr3t"


@pytest.fixture
def settings(tmp_path, postgres, valkey, monkeypatch):
    monkeypatch.setenv("HOOK_TEST_KEY", KEY)
    monkeypatch.setenv("HOOK_TEST_PASSWORD", "cs")
    database = migrated(postgres, f"hooks_{tmp_path.name}")
    return settings_for(
        tmp_path, ESTATE, database_url=database, redis_url=valkey.url, max_body_bytes=2_000
    )


def kept(settings):
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        return connection.execute(
            "SELECT connector, delivery, number, state FROM hook_deliveries ORDER BY delivery"
        ).fetchall()


def signed(body, key=KEY, own="d-1", **headers):
    made = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
    told = {
        "content-type": "application/json",
        "x-wc-webhook-signature": made,
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-delivery-id": own,
    }
    return {"content": body, "headers": told | headers}


async def test_a_delivery_is_kept_before_it_is_answered_and_once(settings):
    body = json.dumps({"id": 727, "billing": {"phone": "13912345678"}}).encode()
    async with opened(settings) as client:
        answers = await asyncio.gather(
            *(client.post("/hooks/woo", **signed(body)) for _ in range(4))
        )
        assert {one.status_code for one in answers} == {200}
        other = signed(body, own="p", **{"x-wc-webhook-topic": "product.updated"})
        assert (await client.post("/hooks/woo", **other)).status_code == 200
        figures = (await client.get("/metrics")).text
    assert [(who, own.partition(":")[0], *rest) for who, own, *rest in kept(settings)] == [
        ("woo", "d-1", "727", "WAITING"),
        ("woo", "p", None, "DONE"),
    ]
    assert 'santong_hook_deliveries_total{connector="woo",outcome="again"} 3.0' in figures
    assert 'outcome="unknown_topic"} 1.0' in figures
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        rows = connection.execute("SELECT hook_deliveries::text FROM hook_deliveries").fetchall()
    assert "139" not in repr(rows)


async def test_strangers_are_refused_and_leave_nothing(settings):
    body = b'{"id": 1}'
    async with opened(settings) as client:
        wrong = [
            await client.post("/hooks/woo", **signed(body, key="another")),
            await client.post("/hooks/woo", **(signed(body) | {"content": b'{"id": 2}'})),
            await client.post("/hooks/woo", content=body),
            await client.post("/hooks/mute", **signed(body)),
            await client.post("/hooks/nobody", **signed(body)),
        ]
        codes = {one.json()["errors"][0]["extensions"]["code"] for one in wrong}
        assert ({one.status_code for one in wrong}, codes) == ({401}, {"HOOK_SIGNATURE"})
        large = await client.post("/hooks/woo", **signed(b'"' + b"x" * 3_000 + b'"'))
        assert large.status_code == 413
    assert kept(settings) == []


async def test_a_first_word_that_nobody_can_prove_says_nothing_of_who_is_there(settings):
    async with opened(settings) as client:
        answers = [
            await client.post(f"/hooks/{name}", data={"webhook_id": "3"})
            for name in ("woo", "mute", "food", "nobody")
        ]
        figures = (await client.get("/metrics")).text
    assert {(one.status_code, one.content) for one in answers} == {(200, b"{}")}
    assert 'santong_hook_deliveries_total{connector="",outcome="ping"} 4.0' in figures
    assert "santong_hook_last_delivery_timestamp_seconds{" not in figures
    assert kept(settings) == []


async def test_while_the_store_is_away_the_sender_is_told_to_come_again(settings):
    away = settings.model_copy(update={"database_url": AWAY["database_url"]})
    async with opened(away) as client:
        assert (await client.post("/hooks/woo", **signed(b'{"id": 1}'))).status_code == 503


async def test_a_takeaway_platform_is_answered_in_its_own_words(settings):
    params = {"wm_order_id_view": "27", "timestamp": str(int(time.time()))}
    params["sig"] = meituan("http://gateway/hooks/food", list(params.items()), KEY)
    async with opened(settings) as client:
        answer = await client.post("/hooks/food", data=params)
        assert (answer.status_code, answer.json()) == (200, {"data": "ok"})
    assert [one[2] for one in kept(settings)] == ["27"]
