"""Casts that take a short way for what nearly all rows hold answer as the long way does."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.money import Rounding, money
from capabilities.order.records import OrderStatus
from capabilities.time import end_of_day, local_date
from connectors.manifest import casts, times
from connectors.manifest.shape import steps

SHANGHAI, LISBON, ZULU = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Lisbon"), ZoneInfo("UTC")
ZONES = st.sampled_from([SHANGHAI, LISBON, ZULU])


def outcome(cast, *values):
    """What a cast answers, or that it refuses."""
    try:
        return cast(*values)
    except (ValueError, TypeError, ArithmeticError):
        return "refused"


# Texts and numbers

SCALARS = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.sampled_from(["", " ", " 7 ", "0", "0.00", "-0", "1e2", "NaN", "Infinity", "9e99"]),
    st.integers(-(10**6), 10**6),
    st.booleans(),
    st.decimals(),
    st.decimals(-1000, 1000, places=3),
    st.builds("{}E{}".format, st.integers(-9, 9), st.integers(-60, 60)).map(Decimal),
    st.floats(),
    st.just([]),
    st.just({}),
)
NONES = st.sampled_from([(), ("0",), ("0.00", "")])


def plain_text(value, none=()):
    if value is None:
        return None
    if isinstance(value, dict | list | float):
        raise TypeError
    found = str(value).strip()
    return None if not found or found in none else found


def plain_decimal(value, none=()):
    found = plain_text(value, none)
    if found is None:
        return None
    try:
        number = Decimal(found)
    except InvalidOperation as exc:
        raise ValueError from exc
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError
    return number


def plain_cash(value, currency, rounding, none=()):
    amount = plain_decimal(value, none)
    if amount is None:
        return None
    if currency is None:
        raise ValueError
    return money(str(amount), currency, rounding)


@given(SCALARS, NONES)
def test_texts_and_numbers(value, none):
    assert outcome(casts.text, value, none) == outcome(plain_text, value, none)
    short, long = (outcome(cast, value, none) for cast in (casts.decimal, plain_decimal))
    assert (short, str(short)) == (long, str(long))


@given(SCALARS, st.sampled_from(["CNY", "JPY", None]), st.sampled_from(Rounding), NONES)
def test_money(value, currency, rounding, none):
    given_as = (value, currency, rounding, none)
    assert outcome(casts.cash, *given_as) == outcome(plain_cash, *given_as)


@given(st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=4))
def test_raw_words_stand_with_their_fields(values):
    labels = tuple(f"f{place}" for place in range(len(values)))
    texts = [plain_text(value) for value in values]
    assert casts.present(*texts) == tuple(one for one in texts if one is not None)
    assert casts.labelled(labels, *values) == tuple(
        f"{label}={one}" for label, one in zip(labels, texts, strict=True) if one is not None
    )


# Paths

LEAVES = st.one_of(st.none(), st.text("ab", max_size=2), st.integers(0, 3), st.decimals())
TREES = st.recursive(
    LEAVES,
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.sampled_from("abc"), below, max_size=3)
    ),
    max_leaves=12,
)
PATHS = st.lists(st.one_of(st.sampled_from("abc"), st.integers(-3, 3)), max_size=5).map(
    lambda steps: "a" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
)


@given(TREES, PATHS)
def test_a_path_that_only_goes_down_finds_what_jmespath_finds(tree, path):
    found = casts.dig({"a": tree}, steps(path))
    expected = jmespath.search(path, {"a": tree})
    assert (found, type(found)) == (expected, type(expected)) or found != found  # noqa: PLR0124


@pytest.mark.parametrize("path", ["a[]", "a[*].b", "join(',', a)", "a[?b]", "a | b", "a || b"])
def test_what_chooses_or_gathers_is_left_to_jmespath(path):
    assert steps(path) is None


# Times

MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001 - a source's
WRITTEN = st.one_of(
    SCALARS,
    MOMENTS,
    st.dates(),
    st.datetimes(timezones=st.sampled_from([UTC, SHANGHAI])),
    MOMENTS.map(datetime.isoformat),
    MOMENTS.map(lambda one: f" {one.isoformat(timespec='seconds')}Z "),
    MOMENTS.map(lambda one: f"{one.isoformat()}+08:00"),
    st.dates().map(lambda one: one.strftime("%Y%m%d")),
    st.dates().map(date.isoformat),
    st.integers(-(10**14), 10**14).map("/Date({})/".format),
    st.integers(-(10**12), 10**13).map("/Date({}+0480)/".format),
)


def plain_moment(value):
    if isinstance(value, datetime):
        return value
    found = plain_text(value)
    if found is None:
        return None
    if match := re.fullmatch(r"/Date\((-?\d+)([+-]\d{4})?\)/", found):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))
    return datetime.fromisoformat(found)


def plain_instant(value, zone):
    found = plain_moment(value)
    if found is None:
        return None
    if found.tzinfo is None and zone is None:
        raise ValueError
    aware = found if found.tzinfo is not None else found.replace(tzinfo=zone)
    return aware.astimezone(UTC)


def plain_day(value, zone):
    if isinstance(value, datetime):
        return value.date() if value.tzinfo is None else local_date(value, zone)
    if isinstance(value, date):
        return value
    found = plain_text(value)
    if found is None:
        return None
    if re.fullmatch(r"\d{8}", found):
        return date(int(found[:4]), int(found[4:6]), int(found[6:]))
    moment = plain_moment(found)
    return moment.date() if moment is not None else None


def plain_day_of(value, zone, own):
    moment = plain_instant(value, own or zone)
    return local_date(moment, zone) if moment is not None else None


def plain_last_of(value, zone):
    found = plain_day(value, zone)
    return end_of_day(found, zone) if found is not None else None


@given(WRITTEN, ZONES, st.one_of(st.none(), ZONES))
def test_times(value, zone, own):
    for _ in ("read", "kept"):
        assert outcome(times.instant, value, own) == outcome(plain_instant, value, own)
        assert outcome(times.day, value, zone) == outcome(plain_day, value, zone)
        assert outcome(times.day_of, value, zone, own) == outcome(plain_day_of, value, zone, own)
        assert outcome(times.last_of, value, zone) == outcome(plain_last_of, value, zone)


@given(MOMENTS.map(datetime.isoformat), ZONES)
def test_an_instant_is_in_utc_and_says_so(written, zone):
    moment = outcome(times.instant, written, zone)
    assert moment == "refused" or moment.tzinfo is UTC


# Words

TABLE = {"done": OrderStatus.COMPLETED, "1": OrderStatus.DRAFT}


@pytest.mark.parametrize(
    ("raw", "status", "counted"),
    [
        ("done", OrderStatus.COMPLETED, []),
        (" done ", OrderStatus.COMPLETED, []),
        (1, OrderStatus.DRAFT, []),
        (True, OrderStatus.UNKNOWN, ["True"]),
        ("odd", OrderStatus.UNKNOWN, ["odd"]),
        ("", OrderStatus.ON_HOLD, []),
        (None, OrderStatus.ON_HOLD, []),
    ],
)
def test_words(raw, status, counted):
    seen = []
    at = SimpleNamespace(unknown=lambda _, word: seen.append(word))
    found = casts.pick(TABLE, raw, OrderStatus.ON_HOLD, OrderStatus.UNKNOWN, "status", at)
    assert (found, seen) == (status, counted)
