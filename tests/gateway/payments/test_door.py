"""Confirmations at the door: proved, counted once before the answer, whoever sends what."""

import asyncio
import base64
import hashlib
import hmac
import json
import time

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from store.engine import Store
from tests.gateway.serving import AWAY, opened, settings_for
from tests.migrated import migrated
from tests.store.order.holding import Books, order

ESTATE = """
brand: baiwei
channels:
  - {code: mini, name: 小程序, kind: MINI_PROGRAM}
  - {code: sap, name: 批发, kind: STORE}
  - {code: quiet, name: 老系统, kind: STORE}
connectors:
  - name: erp
    system: woocommerce
    settings: {base_url: "http://127.0.0.1:9", username: ck}
    secrets: {password: "env:PAY_TEST_KEY"}
    channels: {order: sap}
  - name: old
    system: meituan
    settings: {base_url: "http://127.0.0.1:9", app_id: "1"}
    secrets: {secret: "env:PAY_TEST_KEY"}
    channels: {order: quiet}
"""
PROVIDERS = r"""
providers:
  - name: bank
    signed:
      scheme: hmac-sha256
      keys: ["env:PAY_TEST_KEY", "env:PAY_TEST_NEXT"]
      signature: {header: x-signature}
      encoding: hex
      text: "{x-time}.{body}"
    time: {header: x-time}
    transaction: {body: id}
    order: {body: order}
    channel: {body: shop}
    amount: {body: cents}
    currency: {value: CNY}
    paid: {body: event, words: [PAID]}
  - name: wechat
    signed:
      scheme: rsa-sha256
      keys: ["env:PAY_TEST_RSA"]
      signature: {header: wechatpay-signature}
      text: "{wechatpay-timestamp}\n{wechatpay-nonce}\n{body}\n"
    time: {header: wechatpay-timestamp}
    sealed: {body: resource, keys: ["env:PAY_TEST_SEAL"]}
    transaction: {body: transaction_id}
    order: {body: out_trade_no}
    channel: {value: mini}
    amount: {body: amount.total}
    currency: {body: amount.currency}
    paid: {body: trade_state, words: [SUCCESS]}
    paid_at: {body: success_time, written: iso}
    method: {value: WECHAT}
    answer: '{"code":"SUCCESS"}'
  - name: alipay
    signed:
      scheme: rsa-sha256
      keys: ["env:PAY_TEST_RSA"]
      signature: {parameter: sign}
      text: "{parameters}"
    time: {parameter: notify_time, written: local}
    transaction: {parameter: trade_no}
    order: {parameter: out_trade_no}
    channel: {value: mini}
    amount: {parameter: total_amount, written: major}
    currency: {value: CNY}
    paid: {parameter: trade_status, words: [TRADE_SUCCESS, TRADE_FINISHED]}
    answer: success
"""
KEY, NEXT, SEAL = "k" * 32, "n" * 32, "s" * 32
PRIVATE = generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "payments_door")


@pytest.fixture
def settings(tmp_path, database, valkey, monkeypatch):
    public = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keys = {"KEY": KEY, "NEXT": NEXT, "SEAL": SEAL, "RSA": public.decode()}
    for name, value in keys.items():
        monkeypatch.setenv(f"PAY_TEST_{name}", value)
    (tmp_path / "providers.yaml").write_text(PROVIDERS, "utf-8")
    return settings_for(
        tmp_path,
        ESTATE,
        database_url=database,
        redis_url=valkey.url,
        payment_providers=tmp_path / "providers.yaml",
    )


@pytest.fixture
async def books(database):
    store = Store.open(database, deadline_seconds=30)
    yield Books(store, "baiwei")
    await store.aclose()


def bank(one, cents, own, *, key=KEY, at=None, event="PAID", more=None):
    told = {"id": own, "order": one.number, "shop": one.channel, "cents": cents, "event": event}
    body = json.dumps(told | (more or {})).encode()
    moment = str(int(time.time() if at is None else at))
    made = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"content": body, "headers": {"x-signature": made, "x-time": moment}}


def code(answer):
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


async def test_what_arrives_together_is_counted_together_and_once(settings, books):
    some = [order() for _ in range(5)]
    for one in some:
        await books.place(one)
    async with opened(settings) as client:
        sent = [bank(one, one.total, f"t-{one.number}") for one in some for _ in range(3)]
        answers = await asyncio.gather(*(client.post("/payments/bank", **one) for one in sent))
        assert {one.status_code for one in answers} == {200}
        assert (await client.post("/payments/bank", **sent[0])).text == "{}"
        figures = (await client.get("/metrics")).text
    assert [(await books.held(one)).paid for one in some] == [one.total for one in some]
    told = 'santong_payment_confirmations_total{outcome="%s",provider="bank"} %s'
    assert told % ("CONFIRMED", "5.0") in figures
    assert told % ("AGAIN", "11.0") in figures


async def test_whoever_is_not_the_provider_changes_nothing(settings, books):
    one = order()
    await books.place(one)
    good = bank(one, 100, "x1")
    other = good | {"content": good["content"].replace(b"100", b"900")}
    old = bank(one, 100, "x2", at=time.time() - 400)
    later = {"headers": good["headers"] | {"x-time": str(int(time.time()) + 1)}}
    async with opened(settings) as client:
        for wrong in (other, bank(one, 100, "x3", key="z" * 32), good | later, {"content": b"{}"}):
            assert code(await client.post("/payments/bank", **wrong)) == (401, "PAYMENT_SIGNATURE")
        assert code(await client.post("/payments/nobody", **good)) == (401, "PAYMENT_SIGNATURE")
        assert code(await client.post("/payments/bank", **old)) == (401, "PAYMENT_STALE")
        large = await client.post("/payments/bank", content=b"x" * 70_000)
        assert code(large) == (413, "BODY_TOO_LARGE")
        assert code(await client.get("/payments/bank")) == (405, "METHOD_NOT_ALLOWED")
    assert (await books.held(one)).paid == 0


async def test_a_new_key_is_good_beside_the_old_one_and_other_events_are_only_answered(
    settings, books
):
    one = order()
    await books.place(one)
    async with opened(settings) as client:
        asked = [
            bank(one, 100, "n1", key=NEXT),
            bank(one, 100, "n2"),
            bank(one, 100, "n3", event="CLOSED"),
        ]
        for told in asked:
            assert (await client.post("/payments/bank", **told)).status_code == 200
        again = await client.post("/payments/bank", **bank(one, 101, "n1"))
        assert code(again) == (409, "PAYMENT_CONTRADICTED")
        for wrong in ({"cents": "1.5"}, {"cents": -1}, {"cents": None}, {"order": ""}):
            told = bank(one, 100, "n4", more=wrong)
            assert code(await client.post("/payments/bank", **told)) == (400, "PAYMENT_BODY")
    assert (await books.held(one)).paid == 200


def wechat(one, total, own):
    inner = {
        "transaction_id": own,
        "out_trade_no": one.number,
        "trade_state": "SUCCESS",
        "success_time": "2026-11-27T12:00:00+08:00",
        "amount": {"total": total, "currency": "CNY"},
    }
    sealed = AESGCM(SEAL.encode()).encrypt(b"n" * 12, json.dumps(inner).encode(), b"transaction")
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": "n" * 12,
        "associated_data": "transaction",
    }
    body = json.dumps({"event_type": "TRANSACTION.SUCCESS", "resource": resource}).encode()
    moment = str(int(time.time()))
    text = f"{moment}\nnonce\n".encode() + body + b"\n"
    made = base64.b64encode(PRIVATE.sign(text, PKCS1v15(), SHA256())).decode()
    names = {"signature": made, "timestamp": moment, "nonce": "nonce"}
    return {
        "content": body,
        "headers": {f"wechatpay-{name}": value for name, value in names.items()},
    }


def alipay(one, total, own, status="TRADE_SUCCESS"):
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 8 * 3600))
    told = {
        "trade_no": own,
        "out_trade_no": one.number,
        "total_amount": total,
        "trade_status": status,
        "notify_time": moment,
        "empty": "",
    }
    text = "&".join(f"{name}={told[name]}" for name in sorted(told) if told[name])
    made = base64.b64encode(PRIVATE.sign(text.encode(), PKCS1v15(), SHA256())).decode()
    return {"data": told | {"sign": made, "sign_type": "RSA2"}}


async def test_the_large_wallets_are_understood_as_they_sign_and_seal(settings, books):
    one = order()
    await books.place(one)
    async with opened(settings) as client:
        answer = await client.post("/payments/wechat", **wechat(one, 1_000, "w1"))
        assert (answer.status_code, answer.json()) == (200, {"code": "SUCCESS"})
        for status in ("WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED"):
            answer = await client.post("/payments/alipay", **alipay(one, "15.80", "a1", status))
            assert (answer.status_code, answer.text) == (200, "success")
        for wrong in ("15.805", "NaN", "-1", "1e30", "0", "x"):
            refused = await client.post("/payments/alipay", **alipay(one, wrong, "a3"))
            assert code(refused) == (400, "PAYMENT_BODY")
        forged = alipay(one, "15.80", "a2")
        forged["data"]["total_amount"] = "1.00"
        refused = await client.post("/payments/alipay", **forged)
        assert code(refused) == (401, "PAYMENT_SIGNATURE")
        broken = wechat(one, 1_000, "w2")
        broken["content"] = broken["content"].replace(b"n" * 12, b"m" * 12)
        assert code(await client.post("/payments/wechat", **broken))[0] == 401
    held = await books.held(one)
    assert (held.paid, held.status.value) == (2_580, "CONFIRMED")
    rows = await books.rows(
        "SELECT transaction, method FROM order_payments WHERE brand = :brand"
        " AND transaction IN ('w1', 'a1') ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [("a1", None), ("w1", "WECHAT")]


async def test_money_for_orders_of_systems_is_kept_and_told_where_it_is_taken(
    settings, books, database
):
    async with opened(settings) as client:
        for channel in ("sap", "quiet"):
            told = bank(order(channel=channel, number=f"{channel}-1"), 700, f"t-{channel}")
            for _ in range(2):
                assert (await client.post("/payments/bank", **told)).status_code == 200
    with psycopg.connect(database) as connection:
        kept = connection.execute(
            "SELECT channel, outcome FROM order_payments WHERE number IN ('sap-1', 'quiet-1')"
            " ORDER BY channel DESC"
        ).fetchall()
        told = connection.execute(
            "SELECT connector, channel, kind, subject, number, author FROM order_commands"
        ).fetchall()
    assert kept == [("sap", "KEPT"), ("quiet", "KEPT")]
    assert told == [("erp", "sap", "PAY", "sap-1", "sap-1", "provider:bank")]


async def test_while_the_store_is_away_the_provider_is_told_to_come_again(settings):
    away = settings.model_copy(update={"database_url": AWAY["database_url"]})
    async with opened(away) as client:
        answer = await client.post("/payments/bank", **bank(order(), 100, "away"))
        assert code(answer) == (503, "STORE_UNAVAILABLE")
        assert answer.headers["retry-after"] == "1"


async def test_a_full_queue_tells_the_provider_to_come_again(settings, books, monkeypatch):
    monkeypatch.setattr("gateway.together._WAITING", 0)
    async with opened(settings) as client:
        answer = await client.post("/payments/bank", **bank(order(), 100, "full"))
        assert code(answer) == (503, "BUSY")
        assert answer.headers["retry-after"] == "1"
