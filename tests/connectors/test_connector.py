"""What a connector says of itself."""

from zoneinfo import ZoneInfo

import pytest
from msgspec import defstruct

from capabilities.errors import Refused
from capabilities.estate import Capability, ConnectorSpec
from capabilities.order.records import Order
from connectors._kit import SilentObserver
from connectors.connector import Connector, connect
from connectors.manifest import compile_manifest, read_manifest
from connectors.manifest.targets import RECORDS

MANIFEST = """\
system: acme
title: Acme
version: "1"
protocol: rest
address: "{base_url}"
paging: { limit: l, offset: o, sort: s, direction: d }
orders:
  resource: orders
  channel: {}
  record: { number: id }
  by_key: { param: include }
"""


async def _opened(zone: str) -> Connector:
    spec = ConnectorSpec(
        name="acme",
        system="acme",
        settings={"base_url": "http://127.0.0.1:9"},
        channels={Capability.ORDER: {"*": "shop"}},
    )
    system = compile_manifest(read_manifest(MANIFEST, "acme"))
    connector = await connect(system, spec, SilentObserver(), zone=ZoneInfo(zone))
    await connector.aclose()
    return connector


async def _digest(zone: str) -> str:
    return (await _opened(zone)).digest


async def test_what_was_read_in_another_time_zone_is_another_answer():
    """Kept answers hold moments that were local to the zone of the estate."""
    assert await _digest("Asia/Shanghai") == await _digest("Asia/Shanghai")
    assert await _digest("Asia/Shanghai") != await _digest("Asia/Tokyo")


async def test_a_field_that_a_record_has_since_makes_another_record_of_every_row(monkeypatch):
    connector = await _opened("Asia/Shanghai")
    before = connector.mapping_of("orders")
    assert before == connector.mapping_of("orders")
    more = defstruct("Order", [("mood", str | None, None)], bases=(Order,), kw_only=True)
    monkeypatch.setitem(RECORDS, "orders", more)
    assert connector.mapping_of("orders") != before


async def test_rows_that_its_system_does_not_have_are_not_taken_in():
    connector = await _opened("Asia/Shanghai")
    assert connector.mapping_of("orders")
    with pytest.raises(Refused, match="its system has no promotions") as refused:
        connector.mapping_of("promotions")
    assert refused.value.code == "LIST_UNSUPPORTED"
