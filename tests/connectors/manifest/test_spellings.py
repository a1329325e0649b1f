"""Numbers, times and phones as people and old systems write them, as tables."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.errors import Garbled
from capabilities.money import Money
from connectors._kit import Decoder
from connectors.manifest import At, compile_manifest, read_manifest
from connectors.manifest import spellings as s

MANIFEST = """\
system: acme
title: Acme
version: "1"
protocol: rest
address: "{base_url}"
paging: { limit: l, offset: o, sort: s, direction: d }
orders:
  resource: orders
  channel: { const: shop }
  currency: CNY
%(section)s
  record:
    number: id
%(fields)s
  order: { ties: complete, by: date }
  by_key: { param: ids }
"""
AT = At(
    connector="acme",
    system="acme",
    version="acme/1",
    channels={"*": "shop"},
    zone=ZoneInfo("Asia/Shanghai"),
    settings={},
    unknown=lambda _field, _raw: None,
)


def order(fields, row, section=""):
    text = MANIFEST % {
        "fields": "\n".join(f"    {line}" for line in fields.splitlines()),
        "section": section,
    }
    compiled = compile_manifest(read_manifest(text, "acme")).sections["orders"]
    (one,) = compiled.records([Decoder(compiled.row_type).decode(row.encode(), "acme")], AT)
    return one


def total(spec, raw, section=""):
    fields = f"money: {{ record: {{ total: {{ from: t, {spec} }} }} }}"
    return order(fields, f'{{"id": 1, "t": {raw}}}', section).money.total


@pytest.mark.parametrize(
    ("value", "point", "number"),
    [
        ("1234.50", ".", "1234.50"),
        ("1,234.50", ".", "1234.50"),
        ("1,23,456.7", ".", "123456.7"),
        ("12,3456.7", ".", "123456.7"),
        ("¥ 1,234.50", ".", "1234.50"),
        ("￥１，２３４．５０", ".", "1234.50"),
        ("1234.50元", ".", "1234.50"),
        ("RMB12", ".", "12"),
        ("12.50-", ".", "-12.50"),
        ("-12.50", ".", "-12.50"),
        ("−12.50", ".", "-12.50"),
        ("(12.50)", ".", "-12.50"),
        ("+7", ".", "7"),
        (".5", ".", "0.5"),
        ("1.234,50", ",", "1234.50"),
        ("1'234,5", ",", "1234.5"),
        ("12,50-", ",", "-12.50"),
        (7, ".", "7"),
        (Decimal("1.5"), ".", "1.5"),
        ("  ", ".", None),
        (None, ".", None),
    ],
)
def test_numbers_of_people(value, point, number):
    assert s.loose(value, point) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    "value",
    [
        "1.2.3",
        "1,2",
        "1,23",
        "12,50",
        "1,234,50",
        "--1",
        "-1-",
        "12 dozen",
        "1e5",
        "NaN",
        "1_000",
        "abc",
        "¥",
        "5-3",
        ",",
    ],
)
def test_what_is_no_number_of_people(value):
    with pytest.raises(ValueError, match="not a number") as caught:
        s.loose(value, ".")
    assert str(value) not in str(caught.value)


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from([".", ","]))
def test_a_number_is_read_as_it_was_grouped(number, point):
    grouped = f"{number:,.2f}"
    written = grouped if point == "." else grouped.translate(str.maketrans(",.", ".,"))
    assert s.loose(written, point) == number


@pytest.mark.parametrize(
    ("value", "currency", "amount"),
    [
        (12345, "CNY", "123.45"),
        ("12345", "JPY", "12345"),
        ("12345", "KWD", "12.345"),
        (None, "CNY", None),
    ],
)
def test_minor_units(value, currency, amount):
    assert s.minor(value, currency) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("value", "unit", "moment"),
    [
        (1700000000, "seconds", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000", "seconds", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (
            Decimal("1700000000.5"),
            "seconds",
            datetime(2023, 11, 14, 22, 13, 20, 500000, tzinfo=UTC),
        ),
        (1700000000123, "milliseconds", datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)),
        (0, "seconds", None),
        ("", "seconds", None),
    ],
)
def test_moments_since_1970(value, unit, moment):
    assert s.epoch(value, unit) == moment


@pytest.mark.parametrize("value", [10**15, "soon"])
def test_what_is_no_moment(value):
    with pytest.raises(ValueError, match=r"moment|number"):
        s.epoch(value, "seconds")


@pytest.mark.parametrize(
    ("value", "form", "moment"),
    [
        ("2026/1/2 3:04", "%Y/%m/%d %H:%M", datetime(2026, 1, 2, 3, 4)),  # noqa: DTZ001 - local
        ("２０２６年1月2日", "%Y年%m月%d日", datetime(2026, 1, 2)),  # noqa: DTZ001 - local
        (None, "%Y", None),
        (" ", "%Y", None),
    ],
)
def test_times_in_a_form_of_their_own(value, form, moment):
    assert s.parsed(value, form) == moment


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("139-1234-5678", "+8613912345678"),
        ("＋86 １３９ 1234 5678", "+8613912345678"),
        ("021-6666 7777", "021-6666 7777"),
        ("138****1234", "138****1234"),
        (13912345678, "+8613912345678"),
        (" ", None),
    ],
)
def test_phones_are_canonical_or_stay_as_typed(value, number):
    assert s.phone(value) == number


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0005200000", "5200000"), ("00A1", "00A1"), ("000", None), ("", None), ("7", "7"), (7, "7")],
)
def test_zeros_that_fill_a_number(value, shown):
    assert s.alpha(value) == shown


# Declared in a manifest


@pytest.mark.parametrize(
    ("spec", "raw", "minor"),
    [
        ("unit: minor", "12345", 12345),
        ("unit: minor, currency: JPY", '"12345"', 12345),
        ("loose: true", '"¥1,234.5"', 123450),
        ('loose: true, point: ","', '"1.234,5-"', -123450),
        ('loose: true, none: ["-", "免费"]', '"免费"', None),
        ("loose: true", "12.34", 1234),
        ("rounding: HALF_EVEN", "0.125", 12),
        ("rounding: HALF_UP", "0.125", 13),
        ("rounding: DOWN", "-0.129", -12),
    ],
)
def test_money_as_it_is_written(spec, raw, minor):
    found = total(spec, raw)
    assert (found and found.minor) == minor


def test_a_source_has_its_rule_of_rounding_and_a_field_may_have_another():
    rule = "  rounding: DOWN"
    assert total("none: [x]", "0.129", rule) == Money(12, "CNY")
    assert total("rounding: HALF_UP", "0.129", rule) == Money(13, "CNY")


@pytest.mark.parametrize(
    ("spec", "raw", "moment"),
    [
        (
            "as: instant, unit: seconds",
            "1700000000",
            datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        ),
        ("as: local", '"20260102030405"', datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)),
        (
            "as: local, zone: UTC",
            '"2026-01-02T03:04:05"',
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        (
            'as: local, format: "%d.%m.%Y %H:%M"',
            '"02.01.2026 03:04"',
            datetime(2026, 1, 1, 19, 4, tzinfo=UTC),
        ),
        (
            "as: date, zone: UTC",
            '"2026-01-02"',
            datetime(2026, 1, 2, 23, 59, 59, 999000, tzinfo=UTC),
        ),
        ('as: local, none: ["0000-00-00 00:00:00"]', '"0000-00-00 00:00:00"', None),
    ],
)
def test_times_as_they_are_written(spec, raw, moment):
    fields = f"placed_at: {{ from: t, {spec} }}"
    assert order(fields, f'{{"id": 1, "t": {raw}}}').placed_at == moment


@pytest.mark.parametrize(
    ("spec", "raw", "day"),
    [
        ("as: instant, unit: milliseconds", "1767294000000", date(2026, 1, 2)),
        ('as: date, format: "%Y/%m/%d"', '"2026/1/2"', date(2026, 1, 2)),
        ('as: date, none: ["00000000"]', '"00000000"', None),
    ],
)
def test_days_as_they_are_written(spec, raw, day):
    fields = f"business_date: {{ from: t, {spec} }}"
    assert order(fields, f'{{"id": 1, "t": {raw}}}').business_date == day


LINES = "lines: { each: items, %srecord: { ref: n, quantity: { from: q, as: decimal } } }"


@pytest.mark.parametrize(
    ("items", "refs"),
    [
        ('[{"n": 1}, {"n": 2}]', ["1", "2"]),
        ('{"n": 1}', ["1"]),
        ("[]", []),
        ("null", []),
    ],
)
def test_a_list_that_collapses_to_its_one_item(items, refs):
    found = order(LINES % "collapses: true, ", f'{{"id": 1, "items": {items}}}')
    assert [line.ref for line in found.lines] == refs


def test_one_item_is_no_list_unless_it_is_declared():
    with pytest.raises(Garbled):
        order(LINES % "", '{"id": 1, "items": {"n": 1}}')


def test_false_in_place_of_nothing():
    fields = f"""\
customer: buyer.name
{LINES % ""}
notes: [remark]
money: {{ record: {{ total: t, tax_included: {{ from: inc, as: flag }} }} }}
placed_at: {{ from: at, as: instant, zone: UTC }}"""
    nothing = '{"id": 1, "buyer": false, "items": false, "remark": false, "t": false, "at": false,'
    found = order(fields, nothing + '"inc": false}', "  false_is_none: true")
    assert (found.customer, found.lines, found.notes, found.placed_at) == (None, (), (), None)
    assert (found.money.total, found.money.tax_included) == (None, False)
    row = '{"id": 1, "buyer": {"name": "a"}, "items": [{"n": 1, "q": 2.5}], "t": 1.5, "inc": true}'
    found = order(fields, row, "  false_is_none: true")
    assert (found.customer, found.lines[0].quantity) == ("a", Decimal("2.5"))
    assert (found.money.total.minor, found.money.tax_included) == (150, True)


INSIDE = "  json: [detail, extra]"
FOLDED = """\
lines: { each: detail, record: { ref: n, quantity: { from: q, as: decimal } } }
customer: extra.buyer.name"""


@pytest.mark.parametrize(
    ("detail", "extra", "lines", "customer"),
    [
        (r'"[{\"n\": 1, \"q\": 2.50}]"', r'"{\"buyer\": {\"name\": \"a\"}}"', 1, "a"),
        (
            '"%5B%7B%22n%22%3A+1,%22q%22:2.50%7D%5D"',
            '"%7B%22buyer%22:%7B%22name%22:%22%2B%22%7D%7D"',
            1,
            "+",
        ),
        ('""', r'"{\"buyer\": null}"', 0, None),
        ("null", '" "', 0, None),
    ],
)
def test_json_inside_a_text(detail, extra, lines, customer):
    found = order(FOLDED, f'{{"id": 1, "detail": {detail}, "extra": {extra}}}', INSIDE)
    assert (len(found.lines), found.customer) == (lines, customer)
    assert all(str(line.quantity) == "2.50" for line in found.lines)


def test_what_is_asked_for_is_the_text_and_not_what_is_inside():
    text = MANIFEST % {"fields": "    customer: extra.buyer.name", "section": INSIDE}
    assert compile_manifest(read_manifest(text, "acme")).sections["orders"].paths == ("id", "extra")


@pytest.mark.parametrize(
    "detail",
    [
        r'"[{\"n\": 1, \"n\": 2}]"',
        '"not JSON"',
        r'"{\"n\": 1}"',
        r'"[{\"n\": NaN}]"',
        "[]",
        r'"\ud83d"',
    ],
)
def test_what_is_no_strict_json_inside_a_text_is_garbled(detail):
    with pytest.raises(Garbled) as caught:
        order(FOLDED, f'{{"id": 1, "detail": {detail}}}', INSIDE)
    assert "not JSON" not in caught.value.message
