"""Deliveries as platforms sign them, and as strangers do."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from capabilities.estate import Capability, ConnectorSpec
from connectors._kit import OpeningRules, Secret
from connectors._kit.signatures import meituan
from connectors.connector import load_manifest
from connectors.hooks import Delivered, Heard, Hook, HookRefused, open_hook
from connectors.manifest import ManifestError, load_inline

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
KEY, OTHER = "s3cr3t", "sec"
URL = "https://graph.example/hooks/takeaway"


def hook(system, *secrets):
    return Hook(load_manifest(system).hooks, [Secret(one) for one in secrets or ("s3cr3t",)])


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
        ("douyin", live({"order_id": "1"}, secret="another"), "HOOK_SIGNATURE"),
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
    ping = Delivered(url=URL, headers={}, query=(), body=b"webhook_id=12")
    assert hook("woocommerce").is_ping(ping)
    assert not hook("woocommerce").is_ping(replace(ping, body=b"webhook_id=12&id=1"))
    assert not hook("meituan").is_ping(ping)


def test_a_connector_without_a_secret_has_no_hook(monkeypatch):
    monkeypatch.setenv("HOOK", "s3cr3t")
    spec = ConnectorSpec(
        name="woo", system="woocommerce", channels={Capability.ORDER: {"*": "shop"}}
    )
    declared = load_manifest("woocommerce").hooks
    assert open_hook(declared, spec, OpeningRules()) is None
    given = replace(spec, secrets={"hook_secret": "env:HOOK"})
    opened = open_hook(declared, given, OpeningRules())
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
