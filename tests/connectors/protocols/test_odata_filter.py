"""Filters are built from values, and no value can become an operator."""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.errors import BadInput
from connectors.protocols.odata.filter import and_, any_of, eq, ge, gt, le, lt, or_
from connectors.protocols.odata.literals import V2Literals, V4Literals, boolean, integer, text

V2, V4 = V2Literals(), V4Literals()
SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        (text("4000043"), "'4000043'"),
        (text("O'Brien"), "'O''Brien'"),
        (text("' or 1 eq 1 or '"), "''' or 1 eq 1 or '''"),
        (text(""), "''"),
        (text("林小满"), "'林小满'"),
        (V2.local(datetime(2026, 1, 2, 3, 4, 5)), "datetime'2026-01-02T03:04:05'"),  # noqa: DTZ001 - SAP's own has no zone
        (
            V2.local(datetime(2026, 1, 2, 3, 4, 5, 678000, SHANGHAI)),
            "datetime'2026-01-02T03:04:05.678'",
        ),
        (V2.day(date(2026, 1, 2)), "datetime'2026-01-02T00:00:00'"),
        (
            V2.instant(datetime(2026, 1, 2, 3, 4, 5, 678900, SHANGHAI)),
            "datetimeoffset'2026-01-01T19:04:05.678900Z'",
        ),
        (
            V2.instant(datetime(2026, 1, 2, 3, tzinfo=SHANGHAI)),
            "datetimeoffset'2026-01-01T19:00:00Z'",
        ),
        (V2.decimal(Decimal("1.50")), "1.50m"),
        (V2.decimal(Decimal("1E+3")), "1000m"),
        (integer(-7), "-7"),
        (boolean(value=True), "true"),
    ],
)
def test_literals(literal, written):
    assert literal.text == written


@pytest.mark.parametrize("value", ["a\r\nb", "a\x00", "\x7f"])
def test_control_characters_are_refused(value):
    with pytest.raises(BadInput):
        text(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_a_number_is_finite(value):
    with pytest.raises(BadInput):
        V2.decimal(value)


def test_an_instant_has_a_zone():
    with pytest.raises(ValueError, match="zone"):
        V2.instant(datetime(2026, 1, 1))  # noqa: DTZ001 - SAP's own has no zone


def test_operators_and_chains():
    a, b = eq("SalesOrder", text("1")), lt("to_Item/NetAmount", V2.decimal(Decimal(2)))
    assert and_(a, b).text == "SalesOrder eq '1' and to_Item/NetAmount lt 2m"
    assert and_(or_(a, b), a).text == (
        "(SalesOrder eq '1' or to_Item/NetAmount lt 2m) and SalesOrder eq '1'"
    )
    assert or_(and_(a, b), and_(a)).text == (
        "(SalesOrder eq '1' and to_Item/NetAmount lt 2m) or SalesOrder eq '1'"
    )
    number = integer(1)
    assert [op("X", number).text for op in (le, gt, ge)] == ["X le 1", "X gt 1", "X ge 1"]
    assert any_of("X", [text("a"), text("b")]).text == "X eq 'a' or X eq 'b'"


@pytest.mark.parametrize("field", ["", "a b", "a'", "a eq 1 or b", "a/", "/a", "a)(", "1a", "百"])
def test_a_field_is_a_property_path(field):
    with pytest.raises(ValueError, match="no OData property path"):
        eq(field, integer(1))


def test_a_chain_is_never_empty():
    with pytest.raises(ValueError, match="at least one"):
        any_of("X", [])


PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@given(st.lists(PRINTABLE, min_size=1, max_size=5))
def test_what_a_server_reads_is_what_was_meant(values):
    """A reader of OData's quoting gets the values back and sees nothing but the operators."""
    written = any_of("Field", map(text, values)).text
    strings = re.findall(r"'((?:[^']|'')*)'", written)
    assert [each.replace("''", "'") for each in strings] == values
    assert re.sub(r"'(?:[^']|'')*'", "?", written) == " or ".join(["Field eq ?"] * len(values))
