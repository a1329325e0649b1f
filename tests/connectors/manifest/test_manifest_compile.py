"""What a manifest makes of rows: casts, tables, lists, and faults that name a field."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import msgspec
import pytest

from capabilities.errors import Garbled
from capabilities.money import Money
from capabilities.order.records import OrderKind, OrderStatus, ProductRef
from capabilities.time import Precision
from connectors._kit import Decoder
from connectors.manifest import At, compile_manifest, read_manifest

HEAD = """\
system: acme
title: Acme
version: "7"
protocol: {protocol}
address: "{{base_url}}"
{paging}orders:
  resource: orders
  channel: {{ from: shop }}
  currency: CNY
  by_key: {{ {way} }}
  record:
    number: id
"""
SHANGHAI = ZoneInfo("Asia/Shanghai")


def compiled(fields, protocol="rest", **functions):
    way, paging = "param: include", "paging: { limit: l, offset: o, sort: s, direction: d }\n"
    if protocol == "sql":
        way, paging = "statement: SELECT", ""
    text = HEAD.format(protocol=protocol, way=way, paging=paging)
    text += "".join(f"    {line}\n" for line in fields.splitlines())
    mapping = SimpleNamespace(**functions)
    manifest = read_manifest(text, "acme/manifest.yaml", mapping)
    return compile_manifest(manifest, mapping).sections["orders"]


class Counted:
    def __init__(self):
        self.seen = []

    def at(self, **channels):
        return At(
            connector="acme",
            system="acme",
            version="acme/7",
            channels=channels or {"*": "shop"},
            zone=SHANGHAI,
            settings={},
            unknown=lambda field, raw: self.seen.append((field, raw)),
        )


def one(fields, row, *, counted=None, **functions):
    section = compiled(fields, **functions)
    decoded = Decoder(section.row_type).decode(row)
    (record,) = section.records([decoded], (counted or Counted()).at())
    return record


@pytest.mark.parametrize(
    ("field", "row", "name", "expected"),
    [
        ("customer: who", '"who": " 7 "', "customer", "7"),
        ("customer: who", '"who": 7', "customer", "7"),
        ("customer: who", '"who": ""', "customer", None),
        ("customer: who", '"other": 1', "customer", None),
        ("customer: { from: who, none: ['0'] }", '"who": 0', "customer", None),
        ("customer: a.b.c", '"a": {"b": {"c": "x"}}', "customer", "x"),
        ("customer: a.b.c", '"a": {"b": null}', "customer", None),
        ("customer: 'a[1].b'", '"a": [{}, {"b": "y"}]', "customer", "y"),
        ("customer: 'a[1].b'", '"a": []', "customer", None),
        ("customer: { any: [a, b] }", '"a": "", "b": "z"', "customer", "z"),
        ("customer: { join: [a, b], by: '-' }", '"a": "x", "b": 1', "customer", "x-1"),
        ("customer: { join: [a, b], by: '-' }", '"a": "x"', "customer", None),
        ("customer: { const: me }", '"a": 1', "customer", "me"),
        ("notes: [a]", '"a": "n"', "notes", ("n",)),
        ("notes: [a, b]", '"a": "n", "b": ""', "notes", ("a=n",)),
        ("placed_at: { from: t, as: instant }", '"t": "2026-01-01T00:00:00Z"', "placed_at",
         datetime(2026, 1, 1, tzinfo=UTC)),
        ("placed_at: { from: t, as: instant, zone: UTC }", '"t": "2026-01-01T00:00:00"',
         "placed_at", datetime(2026, 1, 1, tzinfo=UTC)),
        ("placed_at: { from: t, as: instant }", '"t": "/Date(1767225600000+0480)/"', "placed_at",
         datetime(2026, 1, 1, tzinfo=UTC)),
        ("placed_at: { from: t, as: local }", '"t": "2026-01-01T08:00:00"', "placed_at",
         datetime(2026, 1, 1, tzinfo=UTC)),
        ("placed_at: { from: t, as: date }", '"t": "/Date(1767225600000)/"', "placed_at",
         datetime(2026, 1, 1, 15, 59, 59, 999000, tzinfo=UTC)),
        ("business_date: { from: t, as: date }", '"t": "/Date(1767225600000)/"', "business_date",
         date(2026, 1, 1)),
        ("business_date: { from: t, as: date }", '"t": "20260102"', "business_date",
         date(2026, 1, 2)),
        ("business_date: { from: t, as: instant }", '"t": "2026-01-01T20:00:00Z"',
         "business_date", date(2026, 1, 2)),
        ("kind: { from: k, map: { S: SALE }, blank: QUOTE }", '"k": ""', "kind", OrderKind.QUOTE),
    ],
)  # fmt: skip
def test_a_field_is_made_of_a_row(field, row, name, expected):
    assert getattr(one(field, f'{{"id": 1, {row}}}'.encode()), name) == expected


@pytest.mark.parametrize(
    ("raw", "minor"), [('"12.345"', 1235), ("12.345", 1235), ('"-0.005"', -1), ("1e2", 10000)]
)
def test_money_is_read_from_its_text(raw, minor):
    order = one("money: { record: { total: t } }", f'{{"id": 1, "t": {raw}}}'.encode())
    assert order.money.total == Money(minor, "CNY")


def test_a_currency_may_stand_in_the_row():
    order = one(
        "money: { record: { total: { from: t, currency_from: c } } }",
        b'{"id": 1, "t": "150", "c": "JPY"}',
    )
    assert order.money.total == Money(150, "JPY")


def test_a_day_says_that_it_is_one():
    order = one("placed_at: { from: t, as: date }", b'{"id": 1, "t": "2026-01-01"}')
    assert order.placed_at_precision is Precision.DAY


def test_an_unknown_word_is_unknown_and_counted_and_a_blank_is_not():
    counted = Counted()
    fields = "status: { from: s, map: { done: COMPLETED } }"
    assert one(fields, b'{"id": 1, "s": "odd"}', counted=counted).status is OrderStatus.UNKNOWN
    assert one(fields, b'{"id": 1, "s": ""}', counted=counted).status is OrderStatus.UNKNOWN
    assert counted.seen == [("orders.status", "odd")]


@pytest.mark.parametrize(
    ("raw", "status", "seen"),
    [
        ('" done "', OrderStatus.COMPLETED, []),
        ("7", OrderStatus.DRAFT, []),
        ("true", OrderStatus.UNKNOWN, [("orders.status", "true")]),
        ('" x"', OrderStatus.UNKNOWN, [("orders.status", "x")]),
        ('""', OrderStatus.UNKNOWN, []),
        ('" "', OrderStatus.UNKNOWN, []),
    ],
)
def test_a_raw_word_is_compared_stripped(raw, status, seen):
    counted = Counted()
    table = """{ done: COMPLETED, "7": DRAFT, "": ON_HOLD, " ": ON_HOLD, " x": ON_HOLD }"""
    fields = f"status: {{ from: s, map: {table} }}"
    body = f'{{"id": 1, "s": {raw}}}'.encode()
    assert one(fields, body, counted=counted).status is status
    assert [(field, word.lower()) for field, word in counted.seen] == seen


def test_lists_are_records_of_their_own():
    codes = "[{ kind: matnr, from: m }, { kind: sku, from: s }]"
    record = f"{{ ref: n, quantity: q, codes: {codes} }}"
    fields = f"lines:\n  each: items.results\n  record: {record}"
    row = b'{"id": 1, "items": {"results": [{"n": 10, "q": "1.250", "m": "000042", "s": ""}]}}'
    (line,) = one(fields, row).lines
    assert line.ref == "10"
    assert line.quantity == Decimal("1.250")
    assert line.codes == (ProductRef("matnr", "42"),)
    assert one(fields, b'{"id": 1, "items": {"results": null}}').lines == ()
    assert one(fields, b'{"id": 1, "items": {"__deferred": {}}}').lines == ()


def test_a_function_gets_values_as_they_were_decoded():
    order = one(
        "status: { call: state, of: [a, b], map: { 'x/1.5': ON_HOLD } }",
        b'{"id": 1, "a": "x", "b": 1.5}',
        state=lambda a, b: f"{a}/{b}" if isinstance(b, Decimal) else "a float",
    )
    assert order.status is OrderStatus.ON_HOLD


def test_a_negative_sale_is_a_return_by_rule():
    order = one("money: { record: { total: t } }", b'{"id": 1, "t": "-3.00"}')
    assert order.kind is OrderKind.RETURN


def test_rows_of_other_channels_are_not_ours():
    section = compiled("customer: who")
    rows = [section.row_type(id="1", shop="20"), section.row_type(id="2", shop="10")]
    found = section.records(rows, Counted().at(**{"20": "jd"}))
    assert [order.number for order in found] == ["1"]


@pytest.mark.parametrize(
    ("fields", "row", "path"),
    [
        ("placed_at: { from: t, as: instant }", '"t": "secret"', "orders.placed_at"),
        ("placed_at: { from: t, as: instant }", '"t": "2026-01-01T00:00:00"', "orders.placed_at"),
        ("money: { record: { total: { from: 'a.b[0]' } } }", '"a": {"b": ["secret"]}',
         "orders.money.total"),
        ("lines: { each: i, record: { ref: n } }", '"i": [{"n": ""}]', "orders.lines.ref"),
        ("customer: 'a[0]'", '"a": [{"secret": 1}]', "orders.customer"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_names_the_field_and_never_the_value(fields, row, path):
    with pytest.raises(Garbled) as caught:
        one(fields, f'{{"id": 1, {row}}}'.encode())
    assert caught.value.message == f"a row does not fit the manifest at {path}"
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_row_without_its_key_is_garbled():
    with pytest.raises(Garbled, match=r"at orders\.number"):
        one("customer: who", b'{"id": ""}')


def test_the_row_type_has_the_mapped_fields_only():
    section = compiled("customer: buyer.id\nnotes: [remark]")
    assert section.paths == ("id", "remark", "shop", "buyer.id")


def test_a_driver_answers_times_as_such():
    section = compiled("placed_at: { from: at, as: local }", protocol="sql")
    row = {"id": 5, "shop": "x", "at": datetime(2026, 1, 1, 8)}  # noqa: DTZ001 - as a driver
    decoded = msgspec.convert(row, section.row_type)
    (order,) = section.records([decoded], Counted().at())
    assert order.placed_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("raw", ['"yesterday"', '"/Date(99999999999999999999)/"', '"24:00"'])
def test_a_time_that_is_none_is_garbled_also_where_it_only_sorts(raw):
    section = compiled("placed_at: { from: t, as: instant, zone: UTC }")
    row = Decoder(section.row_type).decode(f'{{"id": 1, "t": {raw}}}'.encode(), "acme")
    with pytest.raises(Garbled, match=r"orders\.placed_at"):
        section.place_of(row, Counted().at())


@pytest.mark.parametrize("raw", ["9e99999999", "-1e31", "1e-99999999"])
def test_a_number_that_would_fill_the_memory_is_none(raw):
    with pytest.raises(Garbled, match=r"orders\.lines\.quantity"):
        one(
            "lines: { each: i, record: { ref: n, quantity: q } }",
            f'{{"id": 1, "i": [{{"n": 1, "q": "{raw}"}}]}}'.encode(),
        )


def test_names_that_python_does_not_have_stay_apart():
    order = one(
        """customer: '"买家-号"'\nstore_code: '"买家_号"'\nnotes: ['"²"']""",
        '{"id": 1, "买家-号": "a", "买家_号": "b", "²": "c"}'.encode(),
    )
    assert (order.customer, order.store_code, order.notes) == ("a", "b", ("c",))
