"""Orders placed, paid, returned and found over HTTP: here where they are ours, else sent."""

import asyncio
from itertools import count

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from capabilities.caller import Role
from capabilities.ids import global_id
from gateway.app import create_app
from store.engine import Store
from tests.gateway.serving import bearer, served, settings_for
from tests.migrated import migrated

_KEYS = count(1)
ESTATE = """
brand: baiwei
channels:
  - {code: own, name: 小程序, kind: APP}
  - {code: sap, name: 批发, kind: STORE}
  - {code: quiet, name: 老系统, kind: STORE}
connectors:
  - name: erp
    system: sap_s4hana
    settings: {base_url: "http://127.0.0.1:9/sap", client: "100", username: santong}
    secrets: {password: "env:DEMO_SAP_PASSWORD"}
    channels: {order: {"10": sap}}
  - name: old
    system: ospos
    settings: {url: "postgresql://nobody@/none?host=/nowhere"}
    secrets: {password: "env:DEMO_SAP_PASSWORD"}
    channels: {order: {"*": quiet}}
"""
_CHANGED = """{ __typename
  ... on OrderChanged { state change orderId serviceRequestId order { number version status
    paymentStatus fulfillmentStatus total { amount } money { paid { amount } refunded { amount } }
    serviceRequests { id state text recipient }
    desk { history { version action author } notes { text }
      recipient { nameMasked phoneMasked } } } }
  ... on ChannelUnsupported { channels }
  ... on UserError { code path } }"""
LIST = """query L($f: OrderFilterInput) { orders(filter: $f) {
  nodes { number channel { code } } sources { name status count } } }"""


@pytest.fixture(scope="module")
def gateway(postgres, valkey, tmp_path_factory):
    database = migrated(postgres, "orders_placed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEMO_SAP_PASSWORD", "secret")
        settings = settings_for(
            tmp_path_factory.mktemp("placed"),
            ESTATE,
            database_url=SecretStr(database),
            redis_url=SecretStr(valkey.url),
        )
        with served(create_app(settings)) as (host, port), httpx.Client(timeout=60) as client:
            yield Gateway(settings, database, f"http://{host}:{port}", client)


class Gateway:
    def __init__(self, settings, database, url, client):
        self.settings, self.database, self.url = settings, database, url
        self.client = client

    def ask(self, query, variables=None, role=Role.SERVICE):
        headers = bearer(self.settings, role)
        body = {"query": query, "variables": variables or {}}
        return self.client.post(f"{self.url}/graphql", json=body, headers=headers).json()

    def change(self, field, role=Role.SERVICE, **given):
        kind = field[0].upper() + field[1:] + "Input"
        given.setdefault("idempotencyKey", f"k{next(_KEYS)}")
        query = f"mutation M($i: {kind}!) {{ {field}(input: $i) {_CHANGED} }}"
        answer = self.ask(query, {"i": given}, role)
        assert "errors" not in answer, answer
        return answer["data"][field]

    def place(self, **more):
        wish = {
            "channel": "own",
            "lines": [
                {"sku": "SN-1", "quantity": "2", "unitPrice": cny("12.90")},
                {"sku": "SN-2", "quantity": "1", "unitPrice": cny("5"), "discount": cny("1")},
            ],
            "discount": cny("3"),
            "shipping": cny("6"),
            "total": cny("32.80"),
        }
        return self.change("placeOrder", **{**wish, **more})

    def rows(self, statement):
        async def asked():
            store = Store.open(self.database, deadline_seconds=30)
            try:
                return await store.rows(text(statement))
            finally:
                await store.aclose()

        return asyncio.run(asked())


def cny(amount):
    return {"amount": amount, "currency": "CNY"}


def test_an_order_of_our_own_is_placed_paid_sent_returned_and_tells_its_history(gateway):
    placed = gateway.place(recipient={"name": "林小满", "phone": "13912345678"}, note="轻放")
    order = placed["order"]
    assert (placed["state"], placed["change"], order["status"]) == ("DONE", None, "PENDING_PAYMENT")
    assert order["desk"]["recipient"] == {"nameMasked": "林**", "phoneMasked": "139****5678"}
    named = placed["orderId"]
    more = gateway.change("payOrder", order=named, amount=cny("32.81"), method="CASH")
    assert (more["code"], more["path"]) == ("PAYMENT_EXCEEDS_DUE", ["input", "amount"])
    paid = gateway.change("payOrder", order=named, amount=cny("32.80"), method="CASH", version=1)
    assert (paid["order"]["paymentStatus"], paid["order"]["status"]) == ("PAID", "CONFIRMED")
    stale = gateway.change("cancelOrder", order=named, reason="x", version=1)
    assert stale["code"] == "ORDER_CHANGED"
    gone = gateway.change("fulfillOrder", order=named, delivered=True, carrier="SF")
    assert (gone["order"]["status"], gone["order"]["fulfillmentStatus"]) == (
        "COMPLETED",
        "DELIVERED",
    )
    assert gateway.change("cancelOrder", order=named, reason="x")["code"] == "ORDER_FULFILLED"
    back = gateway.change(
        "returnOrder", order=named, lines=[{"ref": "2", "quantity": "1"}], reason="坏了"
    )
    # 4.00 less its share of what was taken off the whole order.
    assert back["order"]["money"]["refunded"]["amount"] == "3.60"
    rest = gateway.change("returnOrder", order=named, lines=[], amount=cny("29.21"), reason="x")
    assert rest["code"] == "REFUND_EXCEEDS_PAID"
    history = back["order"]["desk"]["history"]
    assert [one["action"] for one in history] == ["PLACED", "PAID", "FULFILLED", "RETURNED"]


def test_the_same_wish_is_done_once_and_another_is_refused(gateway):
    first = gateway.place(idempotencyKey="same")
    assert gateway.place(idempotencyKey="same")["orderId"] == first["orderId"]
    other = gateway.place(idempotencyKey="same", note="x")
    assert other["__typename"] == "IdempotencyKeyReused"


def test_sums_that_do_not_add_up_place_nothing(gateway):
    wrong = gateway.place(total=cny("32.79"))
    assert (wrong["code"], wrong["path"]) == ("TOTAL_DIFFERS", ["input", "total"])
    assert gateway.place(channel="nowhere")["code"] == "CHANNEL_UNKNOWN"
    assert gateway.place(total={"amount": "32.80", "currency": "HKD"})["code"] == "CURRENCY_DIFFERS"


def test_a_card_is_asked_for_until_the_parcel_is_packed_and_answered(gateway):
    named = gateway.place()["orderId"]
    wish = {"order": named, "kind": "GIFT_CARD_NOTE", "text": "生日快乐🎂", "recipient": "妈妈"}
    asked = gateway.change("addServiceRequest", **wish)
    (request,) = asked["order"]["serviceRequests"]
    assert (request["state"], request["text"], request["id"]) == (
        "ACCEPTED",
        "生日快乐🎂",
        asked["serviceRequestId"],
    )
    done = gateway.change("answerServiceRequest", request=request["id"], state="FULFILLED")
    assert done["order"]["serviceRequests"][0]["state"] == "FULFILLED"
    again = gateway.change("answerServiceRequest", request=request["id"], state="REJECTED")
    assert again["code"] == "SERVICE_REQUEST_ENDED"
    gateway.change("fulfillOrder", order=named)
    assert gateway.change("addServiceRequest", **wish)["code"] == "TOO_LATE"
    noted = gateway.change("addOrderNote", order=named, text="客户来电\n催单")
    assert noted["order"]["desk"]["notes"] == [{"text": "客户来电\n催单"}]
    kept = gateway.rows(
        "SELECT r::text AS row FROM order_service_requests r"
        " UNION SELECT n::text FROM order_notes n"
        " UNION SELECT w::text FROM wishes w UNION SELECT e::text FROM events e"
    )
    assert [
        one for one in kept if "生日" in one.row or "妈妈" in one.row or "催单" in one.row
    ] == []


def test_what_a_system_owns_is_sent_and_not_confirmed_or_refused_with_who_can(gateway):
    sent = gateway.place(channel="sap")
    assert (sent["state"], sent["orderId"], sent["order"]) == ("SENT", None, None)
    change = gateway.ask(
        "query Q($r: ID!) { orderChange(reference: $r) { kind state channelCode number } }",
        {"r": sent["change"]},
    )["data"]["orderChange"]
    assert change == {"kind": "PLACE", "state": "SENT", "channelCode": "sap", "number": None}
    unable = gateway.place(channel="quiet")
    if unable["__typename"] == "ChannelUnsupported":  # until its connector is a sink
        assert "own" in unable["channels"]
        assert "quiet" not in unable["channels"]


def test_a_recipient_is_seen_in_the_clear_with_a_reason_and_every_change_is_in_the_trail(gateway):
    recipient = {"name": "林小满", "phone": "13912345678", "street": "文三路 9 号"}
    placed = gateway.place(recipient=recipient)
    number = placed["order"]["number"]
    seen = """query S($i: ID!, $r: String) { node(id: $i) { ... on Order { desk {
      unmaskedRecipient(reason: $r) { name phone street } } } } }"""
    named = {"i": placed["orderId"]}
    why = gateway.ask(seen, named)
    assert why["errors"][0]["extensions"]["code"] == "REASON_REQUIRED"
    refused = gateway.ask(seen, {**named, "r": "ticket 7"}, Role.OPERATIONS)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    found = gateway.ask(seen, {**named, "r": "ticket 7"})["data"]["node"]["desk"]
    assert found == {"unmaskedRecipient": recipient}
    gateway.change("cancelOrder", order=placed["orderId"], reason="她改主意了")
    trail = gateway.rows(
        "SELECT action, reason, CAST(facts AS text) AS said, CAST(facts AS jsonb) ->> 'order' AS of"
        " FROM audit_entries ORDER BY number"
    )
    trail = [row for row in trail if row.of == number]
    assert [(row.action, row.reason) for row in trail] == [
        ("order.placeOrder", None),
        ("order.recipient_unmasked", "ticket 7"),
        ("order.cancelOrder", "她改主意了"),
    ]
    assert not any("139" in row.said or "林" in row.said for row in trail)


MOVED = """ { __typename ... on OrderCommandMoved { command { id state reason } }
  ... on UserError { code path } }"""


def test_administrators_try_again_or_give_up_what_a_system_did_not_take(gateway):
    reference = gateway.place(channel="sap")["change"]
    listed = """query L($f: OrderCommandFilterInput) { orderCommands(filter: $f) {
      id reference connector channelCode kind state reason attempts author } }"""
    refused = gateway.ask(listed, {"f": {}}, Role.OPERATIONS)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    def dead():
        gateway.rows(
            "UPDATE order_commands SET state = 'DEAD', reason = 'UPSTREAM_REFUSED'"
            " WHERE state = 'QUEUED'"
        )
        wanted = {"states": ["DEAD"], "connector": "erp"}
        found = gateway.ask(listed, {"f": wanted}, Role.ADMIN)["data"]["orderCommands"]
        return next(one for one in found if one["reference"] == reference)

    def move(name, command, key, reason="stock was corrected, lin@example.cn"):
        query = f"mutation M($i: OrderCommandInput!) {{ {name}(input: $i) {MOVED} }}"
        given = {"command": command, "reason": reason, "idempotencyKey": key}
        answer = gateway.ask(query, {"i": given}, Role.ADMIN)
        assert "errors" not in answer, answer
        return answer["data"][name]

    one = dead()
    assert (one["kind"], one["channelCode"], one["reason"]) == ("PLACE", "sap", "UPSTREAM_REFUSED")
    again = move("retryOrderCommand", one["id"], "r1")
    assert again["command"]["state"] == "QUEUED"
    assert move("retryOrderCommand", one["id"], "r1") == again
    assert move("retryOrderCommand", one["id"], "r2")["code"] == "COMMAND_UNKNOWN"
    assert move("retryOrderCommand", one["id"], "r1", "other")["code"] == "IDEMPOTENCY_KEY_REUSED"
    dead()
    gone = move("discardOrderCommand", one["id"], "d1")
    assert gone["command"]["state"] == "DISCARDED"
    change = "query Q($r: ID!) { orderChange(reference: $r) { state } }"
    assert gateway.ask(change, {"r": reference})["data"]["orderChange"]["state"] == "REFUSED"
    trail = gateway.rows("SELECT reason FROM audit_entries WHERE action LIKE '%order command'")
    assert [row.reason for row in trail] == ["stock was corrected, ***"] * 2


def test_a_guide_changes_orders_of_her_own_stores_alone(gateway):
    other = gateway.place(role=Role.GUIDE, store="M0002")
    assert other["code"] == "STORE_NOT_YOURS"
    mine = gateway.place(role=Role.GUIDE, store="M0001")
    theirs = gateway.place(store="M0002")["orderId"]
    pay = {"amount": cny("1"), "method": "CASH", "role": Role.GUIDE}
    assert gateway.change("payOrder", order=mine["orderId"], **pay)["state"] == "DONE"
    assert gateway.change("payOrder", order=theirs, **pay)["code"] == "ORDER_UNKNOWN"


def test_orders_of_our_own_are_listed_beside_those_of_systems(gateway):
    number = gateway.place()["order"]["number"]
    exact = gateway.ask(LIST, {"f": {"number": number}})["data"]["orders"]
    assert [one["number"] for one in exact["nodes"]] == [number]
    assert {one["name"] for one in exact["sources"]} == {"platform", "erp", "old"}
    prefix = gateway.ask(LIST, {"f": {"numberPrefix": number[:10], "channels": ["own"]}})
    assert number in [one["number"] for one in prefix["data"]["orders"]["nodes"]]
    axes = {"paymentStatuses": ["PAID"], "channels": ["own"]}
    paid = gateway.ask(LIST, {"f": axes})["data"]["orders"]["nodes"]
    assert number not in [one["number"] for one in paid]
    gateway.change(
        "payOrder", order=global_id("Order", "own", number), amount=cny("32.80"), method="CARD"
    )
    paid = gateway.ask(LIST, {"f": axes})["data"]["orders"]["nodes"]
    assert number in [one["number"] for one in paid]
