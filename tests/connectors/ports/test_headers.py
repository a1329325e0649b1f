"""What a manifest says is sent with every call is sent."""

from zoneinfo import ZoneInfo

import pytest

from capabilities.errors import BadInput
from capabilities.estate import Capability, ConnectorSpec
from connectors._kit import SilentObserver
from connectors.connector import connect
from connectors.manifest import compile_manifest, read_manifest
from tests.connectors._kit.raw_server import RawServer, answering

MANIFEST = """\
system: acme
title: Acme
version: "1"
protocol: rest
address: "{base_url}"
headers: { X-Shop: "{shop}" }
paging: { limit: l, offset: o, sort: s, direction: d }
orders:
  resource: orders
  channel: {}
  record: { number: id }
  by_key: { param: include }
"""


async def _opened(url: str, **settings: str):
    system = compile_manifest(read_manifest(MANIFEST, "acme"))
    spec = ConnectorSpec(
        name="acme",
        system="acme",
        settings={"base_url": url, **settings},
        channels={Capability.ORDER: {"*": "shop"}},
    )
    return await connect(system, spec, SilentObserver(), zone=ZoneInfo("UTC"))


async def test_headers_of_the_manifest_are_sent():
    raw = RawServer()
    await raw.start()
    raw.script = answering(200, [])
    connector = await _opened(raw.url, shop="7")
    assert await connector.orders(["1"]) == [None]
    assert b"X-Shop: 7" in raw.requests[0]
    await connector.aclose()
    await raw.stop()


async def test_a_header_without_its_setting_is_said_when_the_connector_opens():
    with pytest.raises(BadInput, match="has no setting 'shop'"):
        await _opened("http://127.0.0.1:1")
