"""Elements of a document become rows: the same shape whatever the document happens to hold."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import Struct, field

from capabilities.errors import Garbled
from connectors._kit.xml import parse
from connectors._kit.xml_rows import XmlRows, elements_at
from connectors.manifest import At
from connectors.manifest.load import compile_manifest, read_manifest

SALE = """
<s:Sale xmlns:s="urn:s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Cancel="false">
  <s:Id> 7001 </s:Id><!-- the till's own number -->
  <s:Total Currency="CNY"><![CDATA[12.50]]></s:Total>
  <s:Note xsi:nil="true"/><s:Empty/><s:Typed xsi:type="xsd:string">x</s:Typed>
  <s:Lines><s:Line No="1"><s:Sku>A1</s:Sku></s:Line></s:Lines>
  <s:Store><s:Code>M0001</s:Code></s:Store>
  <s:Tender Type="Cash"/>
</s:Sale>
"""


class Line(Struct):
    no: str | None = field(name="@No", default=None)
    sku: str | None = field(name="Sku", default=None)
    text: str | None = field(name="#text", default=None)


class Lines(Struct):
    line: list[Line] = field(name="Line", default_factory=list)


class Store(Struct):
    code: str = field(name="Code")


class Sale(Struct):
    id: str = field(name="Id")
    total: Decimal | None = field(name="Total", default=None)
    currency: str | None = field(name="Total@Currency", default=None)
    cancel: str | None = field(name="@Cancel", default=None)
    note: str | None = field(name="Note", default="unset")
    empty: str | None = field(name="Empty", default="unset")
    typed: str | None = field(name="Typed", default=None)
    lines: Lines | None = field(name="Lines", default=None)
    store: Store | None = field(name="Store", default=None)
    tender: str | None = field(name="Tender@Type", default=None)


class Whole(Struct):
    value: Any


def row(kind: type, text: str, repeated: tuple[str, ...] = ()) -> Any:
    return XmlRows(kind, repeated).row(parse(text.encode()), "till")


def test_an_element_is_a_row():
    assert row(Sale, SALE.strip()) == Sale(
        id="7001",
        total=Decimal("12.50"),
        currency="CNY",
        cancel="false",
        note=None,
        empty=None,
        typed="x",
        lines=Lines([Line(no="1", sku="A1")]),
        store=Store("M0001"),
        tender="Cash",
    )


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<Lines/>", None),
        ("<Lines><Other/></Lines>", Lines([])),
        ("<Lines><Line/></Lines>", Lines([Line()])),
        ("<Lines><Line No='1'>A1</Line></Lines>", Lines([Line(no="1", text="A1")])),
        (
            "<Lines><Line><Sku>A</Sku></Line><Line><Sku>B</Sku></Line></Lines>",
            Lines([Line(sku="A"), Line(sku="B")]),
        ),
    ],
)
def test_a_list_is_a_list_whether_it_has_none_one_or_more(inner, expected):
    assert row(Sale, f"<Sale><Id>1</Id>{inner}</Sale>").lines == expected


@pytest.mark.parametrize(
    ("inner", "repeated", "expected"),
    [
        ("<a>1</a>", (), {"a": "1"}),
        ("<a>1</a>", ("a",), {"a": ["1"]}),
        ("<a>1</a><a>2</a><a>3</a>", (), {"a": ["1", "2", "3"]}),
        ("<a k='x'>1</a>", ("a",), {"a": [{"@k": "x", "#text": "1"}]}),
        ("<a k='x'>1</a>", (), {"a@k": "x", "a": "1"}),
        ("<a k='x'><b>1</b></a>", (), {"a@k": "x", "a": {"@k": "x", "b": "1"}}),
        ("<a><item><b/></item></a>", ("item",), {"a": {"item": [{"b": None}]}}),
    ],
)
def test_what_a_function_reads_is_plain_data(inner, repeated, expected):
    document = f"<r><value>{inner}</value></r>"
    assert row(Whole, document, repeated) == Whole(expected)


def test_what_is_of_another_shape_is_named_and_not_shown():
    with pytest.raises(Garbled, match="Id") as caught:
        row(Sale, "<Sale><Id><private>139</private></Id></Sale>")
    assert "private" not in str(caught.value)
    with pytest.raises(Garbled, match="shape"):
        row(Sale, "<Sale><Id>1</Id><Id>2</Id></Sale>")


def test_elements_are_found_by_their_local_names():
    root = parse(b"<e:a xmlns:e='urn:e'><e:b><c>1</c><d/><c>2</c></e:b><b><c>3</c></b></e:a>")
    assert [one.text for one in elements_at(root, "b/c")] == ["1", "2", "3"]
    assert elements_at(root, "b/x/c") == []


MANIFEST = """
system: acme_till
title: Acme
version: "1"
protocol: sql
address: "{url}"
stores:
  channel: {}
  record:
    code: Id
    name: Store.Name
    region: Store.Name@Region
    closed: { from: "@Cancel", as: flag }
  by_key: { statement: "SELECT 1 FROM stores WHERE code IN :keys" }
"""


def test_a_compiled_mapping_reads_attributes_by_plain_paths():
    section = compile_manifest(read_manifest(MANIFEST, "acme.yaml")).sections["stores"]
    assert "PATH_" not in section.text
    document = (
        b"<Sale Cancel='true'><Id>M1</Id><Store><Name Region='East'>Lane</Name></Store></Sale>"
    )
    found = XmlRows(section.row_type).row(parse(document))
    assert set(section.paths) == {"Id", "@Cancel", "Store.Name", "Store.Name@Region"}
    at = At(
        connector="till",
        system="acme_till",
        version="1",
        channels={"*": "store"},
        zone=ZoneInfo("Asia/Shanghai"),
        settings={},
        unknown=lambda *_: None,
    )
    store = section.record(found, at)
    assert (store.code, store.name, store.region, store.closed) == ("M1", "Lane", "East", True)
