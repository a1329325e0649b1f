"""Every protocol that speaks HTTP, as a connector to one address; a new one is one more row."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import SilentObserver
from connectors.connector import Connector, connect
from connectors.manifest import compile_manifest, load_system, read_manifest
from connectors.manifest.load import System

ZONE = ZoneInfo("Asia/Shanghai")
_SECRET = "FAULTS_SECRET"
_RECORD = """
  channel: {}
  currency: CNY
  record:
    number: id
    placed_at: { from: date, as: instant, zone: UTC }
    money: { record: { total: total } }
"""
_GRAPHQL = f"""
system: acme
title: Acme
version: "1"
protocol: graphql
address: "{{base_url}}"
auth: {{ kind: basic, user: reader, password: password }}
orders:{_RECORD}
  order: {{ ties: complete, by: date }}
  by_key:
    document: "query($keys: [ID!]!) {{ many(ids: $keys) {{ id date total }} }}"
    rows: many[]
    keys: "[0-9]+"
"""
_JSONRPC = f"""
system: acme
title: Acme
version: "1"
protocol: jsonrpc
address: "{{base_url}}"
jsonrpc: {{ convention: odoo, database: prod, user: reader, password: password }}
orders:
  resource: sale.order{_RECORD}
  order: {{ ties: complete, by: date }}
  by_key: {{ field: id, literal: integer, keys: "[1-9][0-9]*" }}
"""


_SOAP = f"""
system: acme
title: Acme
version: "1"
protocol: soap
address: "{{base_url}}"
soap:
  namespace: "urn:Acme"
  path: soap
  login:
    operation: login
    body: "<user>reader</user><key>{{password}}</key>"
    session: result
orders:{_RECORD}
  order: {{ ties: complete, by: date }}
  by_key:
    operation: orders
    body: "<session>{{session}}</session><ids><item>{{keys}}</item></ids>"
    rows: result/item
    keys: "[0-9]+"
"""


def _inline(text: str) -> Callable[[], System]:
    return lambda: compile_manifest(read_manifest(text.lstrip(), "acme"))


PROTOCOLS: Mapping[str, Callable[[], System]] = {
    "odata-v2": lambda: load_system("sap_s4hana"),
    "odata-v4": lambda: load_system("sap_s4hana_v4"),
    "rest": lambda: load_system("woocommerce"),
    "graphql": _inline(_GRAPHQL),
    "jsonrpc": _inline(_JSONRPC),
    "soap": _inline(_SOAP),
}


async def opened(protocol: str, url: str, limits: Limits, monkeypatch: Any) -> Connector:
    """A connector of a protocol to an address."""
    monkeypatch.setenv(_SECRET, "hunter2-password")
    spec = ConnectorSpec(
        name="sap",
        system="acme",
        settings={"base_url": url, "username": "reader", "client": "100"},
        secrets={"password": f"env:{_SECRET}"},
        limits=limits,
        channels={one: {"*": "shop"} for one in Capability},
    )
    return await connect(PROTOCOLS[protocol](), spec, SilentObserver(), zone=ZONE)
