"""Deliveries as platforms sign them, and as strangers do."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from capabilities.estate import Capability, ConnectorSpec
from connectors._kit import OpeningRules, Secret
from connectors._kit.signatures import meituan
from connectors.connector import load_manifest
from connectors.hooks import Delivered, Heard, Hook, HookRefused, Hooks, is_ping, open_hook
from connectors.manifest import ManifestError, load_inline
from demo.douyin import create_douyin

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
KEY, OTHER = "s3cr3t", "sec"
URL = "https://graph.example/hooks/takeaway"


ZONE = ZoneInfo("Asia/Shanghai")
# A provider that TOP calls: what its SDK signs, with the message as JSON in a text.
TOP = msgspec.convert(
    {
        "signed": "top",
        "signature": {"parameter": "sign"},
        "local": {"parameter": "timestamp"},
        "delivery": {"body": "id"},
        "topic": {"body": "topic"},
        "topics": ["taobao_trade_TradeChanged"],
        "unwrap": ["content"],
        "order": {"body": "content.tid"},
    },
    Hooks,
)


def hook(system, *secrets):
    declared = TOP if system == "top" else load_manifest(system).hooks
    return Hook(declared, [Secret(one) for one in secrets or ("s3cr3t",)], ZONE)


def market(at=NOW, tid=388000000000001001, sign=None, **told):
    """A call of TOP's, as the text of its SDK says it: secret, names and values, body, secret."""
    content = json.dumps({"tid": tid, "buyer_nick": "林**"}, ensure_ascii=False)
    message = {"id": 7, "topic": "taobao_trade_TradeChanged", "content": content, **told}
    body = json.dumps(message, ensure_ascii=False)
    stamp = f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    text = f"{KEY}app_key12345678timestamp{stamp}x-shop百味{body}{KEY}"
    made = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
    query = [("timestamp", stamp), ("app_key", "12345678"), ("sign", sign or made)]
    headers = {
        "content-type": "application/json",
        "top-sign-list": "x-shop",
        "x-shop": "%E7%99%BE%E5%91%B3",
    }
    return Delivered(url=URL, headers=headers, query=query, body=body.encode())


def woo(body, secret=KEY, **headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    made = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    told = {
        "content-type": "application/json",
        "x-wc-webhook-signature": base64.b64encode(made).decode(),
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-delivery-id": "d-1",
    }
    return Delivered(url=URL, headers=told | headers, query=(), body=body)


def takeaway(secret=OTHER, at=NOW, **changes):
    params = {"app_id": "1", "wm_order_id_view": "27", "timestamp": str(int(at.timestamp()))}
    params |= changes
    params["sig"] = meituan(URL, list(params.items()), secret)
    body = "&".join(f"{name}={value}" for name, value in params.items()).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Delivered(url=URL, headers=kind, query=(), body=body)


def live(body, secret=KEY):
    text = json.dumps(body).encode()
    sign = hashlib.sha1(secret.encode() + text, usedforsecurity=False).hexdigest()
    told = {"x-douyin-signature": sign, "msg-id": "m-7"}
    return Delivered(url=URL, headers=told, query=(), body=text)


def test_the_shops_own_vector():
    heard = hook("woocommerce").hear(
        woo(
            b'{"id":727,"status":"completed"}',
            **{"x-wc-webhook-signature": "+3x6XbnyiWNtw2b0K5AXbvTrCTmuZ5MKXevkxTemqaE="},
        ),
        NOW,
    )
    digest = hashlib.sha256(b'{"id":727,"status":"completed"}').hexdigest()[:32]
    assert heard == Heard(delivery=f"d-1:{digest}", topic="order.updated", number="727")


def test_what_each_platform_means():
    assert hook("meituan", "sec").hear(takeaway(), NOW).number == "27"
    heard = hook("douyin").hear(live({"content": {"order_id": "289749893209214687"}}), NOW)
    assert heard.delivery.startswith("m-7:")
    assert heard.number == "289749893209214687"
    assert (
        hook("woocommerce")
        .hear(woo({"id": 1}, **{"x-wc-webhook-topic": "order.deleted"}), NOW)
        .gone
    )


def test_a_call_of_top_is_proved_by_its_parameters_headers_and_body():
    heard = hook("top").hear(market(), NOW)
    assert heard.number == "388000000000001001"
    assert heard.delivery.startswith("7:")
    assert hook("top").hear(market(topic="taobao_item_ItemAdd"), NOW).number is None


def test_the_simulated_shop_loses_and_repeats_messages_and_each_is_heard_once():
    box = create_douyin()
    sent = box._actions["messages"]({})["messages"]
    heard = []
    for one in sent:
        headers = {name.lower(): value for name, value in one["headers"].items()}
        told = Delivered(url=URL, headers=headers, query=(), body=one["body"].encode())
        heard.append(hook("douyin", "dy-demo-secret").hear(told, NOW))
    assert all(one.number for one in heard)
    assert len({one.delivery for one in heard}) == len({one.number for one in heard}) < len(heard)


@pytest.mark.parametrize(
    "body",
    [
        {"data": json.dumps({"p_id": 7})},
        {"data": {"p_id": "7"}},
        {"content": json.dumps({"order_id": "7"})},
        {"order_id": 7},
    ],
)
def test_json_inside_of_a_text_is_read(body):
    assert hook("douyin").hear(live(body), NOW).number == "7"


def test_messages_without_a_body_are_told_apart_by_their_parameters():
    """A platform that says all in the address would else be heard once for ever."""

    def asked(**changes):
        form = takeaway(**changes)
        query = [tuple(one.split("=", 1)) for one in form.body.decode().split("&")]
        return Delivered(url=URL, headers={}, query=query, body=b"")

    heard = hook("meituan", "sec")
    one, two = (heard.hear(asked(wm_order_id_view=number), NOW) for number in ("27", "28"))
    assert (one.number, two.number) == ("27", "28")
    assert one.delivery != two.delivery
    assert heard.hear(asked(wm_order_id_view="27"), NOW).delivery == one.delivery


def test_what_no_signature_covers_makes_no_other_message():
    plain, more = woo({"id": 1}), replace(woo({"id": 1}), query=[("again", "1")])
    heard = [hook("woocommerce").hear(one, NOW).delivery for one in (plain, more)]
    assert heard[0] == heard[1]


def test_an_id_in_a_header_is_not_used_up_by_a_replayed_message():
    """No signature covers headers: an old body under the id of a later message is another one."""
    heard = [hook("woocommerce").hear(woo({"id": one}), NOW).delivery for one in (1, 2, 2)]
    assert heard[0] != heard[1] == heard[2]


def test_topics_that_nobody_asked_for_are_taken_without_effect():
    heard = hook("woocommerce").hear(
        woo({"id": 3}, **{"x-wc-webhook-topic": "product.updated"}), NOW
    )
    assert heard.number is None


@pytest.mark.parametrize(
    ("system", "delivered", "code"),
    [
        ("woocommerce", woo({"id": 1}, secret="another"), "HOOK_SIGNATURE"),
        ("woocommerce", replace(woo({"id": 1}), body=b'{"id":2}'), "HOOK_SIGNATURE"),
        ("woocommerce", woo({"id": 1}, **{"x-wc-webhook-signature": ""}), "HOOK_SIGNATURE"),
        ("woocommerce", woo({"id": 1}, **{"x-wc-webhook-signature": "\u00e9"}), "HOOK_SIGNATURE"),
        ("woocommerce", woo(b"no JSON"), "HOOK_BODY"),
        ("woocommerce", woo({"name": "none"}), "HOOK_NO_ORDER"),
        ("woocommerce", woo({"id": True}), "HOOK_NO_ORDER"),
        ("woocommerce", woo({"id": "1\n2"}), "HOOK_NO_ORDER"),
        ("woocommerce", woo({"id": "9" * 300}), "HOOK_NO_ORDER"),
        ("meituan", takeaway(secret="another"), "HOOK_SIGNATURE"),
        ("meituan", replace(takeaway(), url=URL + "s"), "HOOK_SIGNATURE"),
        ("meituan", takeaway(at=NOW - timedelta(minutes=6)), "HOOK_STALE"),
        ("meituan", takeaway(at=NOW + timedelta(minutes=6)), "HOOK_STALE"),
        ("meituan", takeaway(timestamp="soon"), "HOOK_STALE"),
        ("meituan", takeaway(timestamp="9" * 12), "HOOK_STALE"),
        ("douyin", live({"order_id": "1"}, secret="another"), "HOOK_SIGNATURE"),
        ("top", market(sign="0" * 32), "HOOK_SIGNATURE"),
        ("top", replace(market(), headers={"top-sign-list": "x-shop"}), "HOOK_SIGNATURE"),
        ("top", replace(market(), body=market().body + b" "), "HOOK_SIGNATURE"),
        ("top", market(at=NOW - timedelta(minutes=6)), "HOOK_STALE"),
        ("top", market(content="{"), "HOOK_BODY"),
        ("top", market(tid=None), "HOOK_NO_ORDER"),
    ],
)
def test_what_is_not_taken(system, delivered, code):
    secret = "sec" if system == "meituan" else "s3cr3t"
    with pytest.raises(HookRefused) as refused:
        hook(system, secret).hear(delivered, NOW)
    assert refused.value.code == code


def test_two_keys_are_good_while_one_replaces_the_other():
    rotating = hook("woocommerce", "old", "new")
    assert rotating.hear(woo({"id": 1}, secret="old"), NOW).number == "1"
    assert rotating.hear(woo({"id": 1}, secret="new"), NOW).number == "1"
    with pytest.raises(HookRefused):
        rotating.hear(woo({"id": 1}, secret="older"), NOW)


def test_the_shops_first_word_is_no_delivery():
    assert hook("woocommerce").ping == "webhook_id"
    pings = frozenset({"webhook_id"})
    assert is_ping(b"webhook_id=12", pings)
    assert not is_ping(b"webhook_id=12&id=1", pings)
    assert not is_ping(b"webhook_id=12", frozenset())


def test_a_connector_without_a_secret_has_no_hook(monkeypatch):
    monkeypatch.setenv("HOOK", "s3cr3t")
    spec = ConnectorSpec(
        name="woo", system="woocommerce", channels={Capability.ORDER: {"*": "shop"}}
    )
    declared = load_manifest("woocommerce").hooks
    assert open_hook(declared, spec, OpeningRules(), ZONE) is None
    given = replace(spec, secrets={"hook_secret": "env:HOOK"})
    opened = open_hook(declared, given, OpeningRules(), ZONE)
    assert opened.hear(woo({"id": 1}), NOW).number == "1"


def test_a_path_that_is_none_is_a_fault_of_the_manifest():
    text = """
system: own
title: Own
version: "1"
protocol: push
hooks: { signed: douyin, signature: { header: X }, order: { body: "a[" } }
stores:
  channel: { const: shop }
  record: { code: code }
  by_key: {}
"""
    with pytest.raises(ManifestError) as refused:
        load_inline(text, "own")
    assert any("JMESPath" in one.message for one in refused.value.faults)
