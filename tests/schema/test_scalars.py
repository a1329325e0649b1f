"""Scalars: what leaves and what is taken."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strawberry.exceptions import StrawberryInputCoercionError

from schema.scalars import CURRENCY_CODE, DATE, DATE_TIME, DECIMAL

SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("12.90"), "12.90"),
        (Decimal("-0.5"), "-0.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("289749893209214687.01"), "289749893209214687.01"),
    ],
)
def test_a_decimal_leaves_as_plain_digits(value, text):
    assert DECIMAL.serialize(value) == text


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_number_does_not_leave(value):
    with pytest.raises(ValueError, match="finite"):
        DECIMAL.serialize(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 1, tzinfo=SHANGHAI), "2026-10-31T16:00:00.000Z"),
        (datetime(2026, 11, 1, 1, 2, 3, 999999, tzinfo=UTC), "2026-11-01T01:02:03.999Z"),
    ],
)
def test_a_moment_leaves_in_utc_with_milliseconds(value, text):
    assert DATE_TIME.serialize(value) == text


@given(st.datetimes(timezones=st.one_of(st.just(UTC), st.just(SHANGHAI), st.timezones())))
def test_a_moment_leaves_as_iso_8601_writes_it(value):
    try:
        plain = value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        with pytest.raises(OverflowError):
            DATE_TIME.serialize(value)
    else:
        assert DATE_TIME.serialize(value) == plain.isoformat(timespec="milliseconds") + "Z"


def test_a_moment_without_a_zone_does_not_leave():
    with pytest.raises(ValueError, match="zone"):
        DATE_TIME.serialize(datetime(2026, 11, 1))  # noqa: DTZ001 - the fault under test


def test_a_day_leaves_as_it_is():
    assert DATE.serialize(date(2026, 11, 1)) == "2026-11-01"


@pytest.mark.parametrize(
    ("scalar", "text", "value"),
    [
        (DECIMAL, "12.90", Decimal("12.90")),
        (DATE_TIME, "2026-11-01T08:00:00+08:00", datetime(2026, 11, 1, tzinfo=UTC)),
        (DATE_TIME, "2026-11-01T00:00:00.5Z", datetime(2026, 11, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        (DATE, "2026-11-01", date(2026, 11, 1)),
        (CURRENCY_CODE, "CNY", "CNY"),
    ],
)
def test_what_is_taken(scalar, text, value):
    assert scalar.parse_value(text) == value


@pytest.mark.parametrize(
    ("scalar", "given"),
    [
        (DECIMAL, 12.9),
        (DECIMAL, 12),
        (DECIMAL, "12,90"),
        (DECIMAL, "NaN"),
        (DATE_TIME, "2026-11-01"),
        (DATE_TIME, "2026-11-01T08:00:00"),
        (DATE_TIME, "0001-01-01T00:00:00+14:00"),
        (DATE_TIME, 1793491200),
        (DATE, "2026-11-31"),
        (DATE, 20261101),
        (CURRENCY_CODE, "cny"),
        (CURRENCY_CODE, "YUAN"),
        (CURRENCY_CODE, 156),
    ],
)
def test_what_is_refused(scalar, given):
    with pytest.raises(StrawberryInputCoercionError):
        scalar.parse_value(given)
