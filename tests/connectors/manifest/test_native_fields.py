"""Native fields of a manifest: what rows make of them, the types they declare, and faults."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from capabilities.native import Native, NativeCast, NativeField, NativeType
from connectors._kit import Decoder
from connectors.manifest import At, ManifestError, compile_manifest, read_manifest
from connectors.manifest.native import native_types

TEXT = """\
system: acme_pos
title: Acme
version: "7"
protocol: rest
address: "{{base_url}}"
paging: {{ limit: l, offset: o, sort: s, direction: d }}
orders:
  resource: orders
  channel: {{ const: shop }}
  currency: CNY
  by_key: {{ param: include }}
  record: {{ number: id }}
  native:
{native}
"""
MAPPING = SimpleNamespace(shout=lambda word: word and f"{word}!")


def read(*lines):
    native = "\n".join(f"    {line}" for line in lines)
    return read_manifest(TEXT.format(native=native), "acme.yaml", MAPPING)


def native_of(row, *lines):
    section = compile_manifest(read(*lines), MAPPING).sections["orders"]
    at = At(
        connector="till",
        system="acme_pos",
        version="acme_pos/7",
        channels={},
        zone=ZoneInfo("Asia/Shanghai"),
        settings={},
        unknown=lambda *_: None,
    )
    return section.record(Decoder(section.row_type).decode(row), at).native


@pytest.mark.parametrize(
    ("spec", "row", "value"),
    [
        ("who", '"who": " Li "', "Li"),
        ("{ from: who.name }", '"who": {"name": "Li"}', "Li"),
        ("{ from: n, as: integer }", '"n": "12"', 12),
        ("{ from: n, as: decimal }", '"n": "12.50"', "12.50"),
        ("{ from: n, as: flag }", '"n": "X"', True),
        ("{ from: t, as: instant }", '"t": "2026-11-01T08:00:00Z"', "2026-11-01T08:00:00+00:00"),
        ("{ from: t, as: local }", '"t": "2026-11-01T08:00:00"', "2026-11-01T00:00:00+00:00"),
        ("{ from: t, as: date }", '"t": "2026-11-01"', "2026-11-01"),
        ("{ call: shout, of: [who] }", '"who": "ho"', "ho!"),
        ("{ join: [a, b], by: '-' }", '"a": 1, "b": 2', "1-2"),
        ("{ any: [a, b] }", '"a": "", "b": "x"', "x"),
    ],
)
def test_a_row_becomes_native_values(spec, row, value):
    found = native_of(f'{{"id": 1, {row}}}'.encode(), f"class: {spec}", "none: nothing")
    assert found == Native("AcmePosOrder", (("class", value),))


def test_a_manifest_declares_its_types():
    (found,) = native_types(
        read("cashier: { from: who, visibility: staff, description: Who sold it. }", "till: t")
    )
    fields = (
        NativeField("cashier", NativeCast.TEXT, "staff", "Who sold it."),
        NativeField("till", NativeCast.TEXT),
    )
    assert found == NativeType("AcmePosOrder", "Order", "acme_pos", fields)


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        ("cashier: { from: who, visibility: staf }", "MANIFEST_BAD_CHOICE", "staff"),
        ("cashier: { from: who, as: money }", "MANIFEST_BAD_CHOICE", "decimal"),
        ("cashier: { from: 'a[' }", "MANIFEST_BAD_PATH", "a["),
        ("cashier: { call: shot, of: [who] }", "MANIFEST_UNKNOWN_FUNCTION", "shout"),
        ("cashier: { visibility: staff }", "MANIFEST_AMBIGUOUS", "found none"),
        ("cashier: { from: t, as: instant, zone: Asia/Shangai }", "MANIFEST_UNKNOWN_ZONE", "zone"),
        ("system: who", "MANIFEST_BAD_VALUE", "system"),
        ("Cashier: who", "MANIFEST_BAD_VALUE", "Cashier"),
    ],
)
def test_a_wrong_native_field_has_its_fault(line, code, word):
    with pytest.raises(ManifestError) as caught:
        read(line)
    (fault,) = caught.value.faults
    assert (fault.code, fault.line in (13, 14)) == (code, True), fault
    assert word in fault.message
