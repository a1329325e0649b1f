"""Lists reach PostgreSQL as they are, whatever they hold."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection
from psycopg.types.array import ListDumper
from sqlalchemy import text

from store.arrays import ArrayDumper

_TEXTS = st.lists(st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")))
_BACK = {
    "text": _TEXTS,
    "bytea": st.lists(st.none() | st.binary()),
    "bigint": st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
    "boolean": st.lists(st.none() | st.booleans()),
    "date": st.lists(st.none() | st.dates()),
    "timestamptz": st.lists(st.none() | st.datetimes(timezones=st.just(UTC))),
}


@pytest.mark.parametrize("kind", _BACK)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
async def test_what_went_in_comes_out(store, kind, drawn):
    values = drawn.draw(_BACK[kind])
    (row,) = await store.rows(text(f"SELECT CAST(:values AS {kind}[]) AS back"), {"values": values})
    assert row.back == values


@pytest.mark.parametrize(
    "values",
    [
        ["NULL", "null", "", " ", "{}", '"', "\\", ",", "\\n", "\x1f\x7f\t\n\r\b\f"],
        ["林小满", "𠮷", "\u2028", "\\u0041"],
    ],
)
async def test_signs_of_arrays_are_mere_text(store, values):
    (row,) = await store.rows(text("SELECT CAST(:values AS text[]) AS back"), {"values": values})
    assert row.back == values


async def test_other_lists_are_written_by_the_driver(store):
    asked = {"pair": [[1, 2], [3, 4]], "sums": [Decimal("1.10"), None], "parts": [1.5, 2.5]}
    (row,) = await store.rows(
        text(
            "SELECT CAST(:pair AS int[]) AS pair, CAST(:sums AS numeric[]) AS sums,"
            " CAST(:parts AS float8[]) AS parts"
        ),
        asked,
    )
    assert (row.pair, row.sums, row.parts) == tuple(asked.values())


@pytest.mark.parametrize("values", [["a\0b"], ["\ud800"], [2**70, 1]])
async def test_what_no_array_can_hold_is_refused_as_the_driver_does(postgres, values):
    async with await AsyncConnection.connect(postgres.dsn("postgres")) as connection:
        right = await _refusal(connection, ListDumper, values)
        assert await _refusal(connection, ArrayDumper, values) == right


async def _refusal(connection, dumper, values):
    connection.adapters.register_dumper(list, dumper)
    try:
        found = await connection.execute("SELECT %s::text[]", [values])
        return await found.fetchone()
    except (ValueError, Exception) as exc:  # noqa: BLE001 - which one is what is compared
        await connection.rollback()
        return type(exc), str(exc)


async def test_moments_keep_their_zone(store):
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    (row,) = await store.rows(
        text("SELECT CAST(:at AS timestamptz[]) AS at, CAST(:on AS date[]) AS day"),
        {"at": [moment], "on": [date(2026, 1, 2)]},
    )
    assert (row.at, row.day) == ([moment], [date(2026, 1, 2)])
