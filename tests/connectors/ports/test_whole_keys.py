"""Records by key over systems that give out their rows in small pages, and keys that are none."""

import json
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from capabilities.errors import Refused
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.records import Identity, IdentityKind
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from tests.connectors._kit.raw_server import Peer, RawServer, message

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def opened(raw: RawServer, monkeypatch):
    monkeypatch.setenv("ACME_PASSWORD", "x")

    async def open_(system: str, **limits: int):
        spec = ConnectorSpec(
            name=system,
            system=system,
            settings={"base_url": f"{raw.url}/api", "username": "u", "client": "100"},
            secrets={"password": "env:ACME_PASSWORD"},
            limits=Limits(**{"deadline_ms": 5000, **limits}),
            channels={
                Capability.ORDER: {"*": "shop"},
                Capability.MEMBER: {"*": "shop"},
                Capability.PROMOTION: {"*": "shop"},
            },
        )
        return await open_connector(spec, SilentObserver(), zone=ZONE)

    return open_


async def test_all_pages_of_an_odata_list_of_keys_are_read(raw: RawServer, opened):
    async def one_a_page(peer: Peer) -> None:
        asked = parse_qs(urlsplit(peer.target).query)
        at = int(asked.get("$skiptoken", ["0"])[0])
        body = {"results": [{"SalesOrder": str(at + 1), "DistributionChannel": "20"}]}
        if at < 2:
            path = urlsplit(peer.target).path
            body["__next"] = f"http://inner:8000{path}?$skiptoken={at + 1}"
        peer.send(message(200, json.dumps({"d": body}).encode()))

    raw.script = one_a_page
    connector = await opened("sap_s4hana", scan_max_calls=1, scan_max_rows=1)
    found = await connector.orders(["3", "1", "2", "4"])
    assert [one and one.number for one in found] == ["3", "1", "2", None]
    await connector.aclose()


async def test_a_batch_beyond_a_shops_page_is_read_whole(raw: RawServer, opened):
    async def hundred_a_page(peer: Peer) -> None:
        keys = peer.query["include"].split(",")
        start, size = int(peer.query.get("offset", 0)), min(100, int(peer.query["per_page"]))
        rows = [{"id": int(key)} for key in keys[start : start + size]]
        peer.send(message(200, json.dumps(rows).encode(), {"X-WP-Total": str(len(keys))}))

    raw.script = hundred_a_page
    connector = await opened("woocommerce", max_batch=250, scan_max_calls=1)
    keys = [str(number) for number in range(1, 251)]
    assert [one and one.number for one in await connector.orders(keys)] == keys
    await connector.aclose()


async def test_more_rows_than_the_bound_are_refused_and_not_left_out(raw: RawServer, opened):
    async def endless(peer: Peer) -> None:
        start, size = int(peer.query["offset"]), int(peer.query["per_page"])
        rows = [{"id": start + n, "username": "x"} for n in range(1, size + 1)]
        peer.send(message(200, json.dumps(rows).encode(), {"X-WP-Total": "100000"}))

    raw.script = endless
    connector = await opened("woocommerce")
    with pytest.raises(Refused, match="bound"):
        await connector.memberships_by_identity(
            [Identity(IdentityKind.PHONE, "+86", "+8613912345678")]
        )
    assert len(raw.requests) == 5
    await connector.aclose()


HOSTILE = ["a\x00b", "a\rb", "a\nb", "\ud800", "a" * 5000, "", "'", "a,b@example.com"]


async def test_a_key_that_no_system_can_have_never_costs_the_others_their_answer(
    raw: RawServer, opened
):
    async def shop(peer: Peer) -> None:
        asked = parse_qs(urlsplit(peer.target).query)
        if "$filter" in asked:
            row = {"SalesOrder": "7", "PurchaseOrderByCustomer": "7"}
            return peer.send(message(200, json.dumps({"d": {"results": [row]}}).encode()))
        row = {"id": 7, "email": "lin@example.com", "role": "customer"}
        return peer.send(message(200, json.dumps([row]).encode(), {"X-WP-Total": "1"}))

    raw.script = shop
    sap, woo = await opened("sap_s4hana"), await opened("woocommerce")
    mirrors = await sap.order_mirrors([*HOSTILE, "7"])
    assert [one and one.number for one in mirrors] == [None] * len(HOSTILE) + ["7"]
    emails = [Identity(IdentityKind.EMAIL, "", text) for text in (*HOSTILE, "lin@example.com")]
    found = await woo.memberships_by_identity(emails)
    assert [len(one) for one in found] == [0] * len(HOSTILE) + [1]
    for connector in (sap, woo):
        await connector.aclose()
