"""What only a real MariaDB does; run by its name alone, with SANTONG_TEST_MARIADB set."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import Struct
from sqlalchemy import make_url

from capabilities.errors import ChannelError, Denied, Refused, TimedOut
from connectors.protocols.sql import SqlClient
from connectors.protocols.sql.options import SqlDatabase
from tests.connectors.protocols.mysql_server import REAL, filled
from tests.connectors.protocols.test_sql_mysql import BY_KEYS, HOSTILE, LIMITS, ONE, One, Thing


@pytest.fixture
async def real() -> AsyncIterator[SqlClient]:
    database = SqlDatabase(columns={"latin": "gbk"}, documents=("doc",))
    client = SqlClient("till", filled(REAL), limits=LIMITS, database=database)
    yield client
    await client.aclose()


async def test_a_timestamp_is_utc_and_a_datetime_is_as_it_was_written(real: SqlClient):
    class Row(Struct):
        seen: datetime
        sold_at: datetime

    (row,) = await real.rows("SELECT seen, sold_at FROM things WHERE id = 0", {}, Row)
    assert row.sold_at - row.seen == timedelta(hours=8)


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_hostile_value_stays_a_value(real: SqlClient, value: str):
    assert await real.rows("SELECT :v AS value", {"v": value}, One) == [One(value)]
    assert await real.rows(BY_KEYS, {"keys": [value, "nobody"]}, Thing) == []


async def test_special_columns(real: SqlClient):
    class Row(Struct):
        fine: Decimal
        flag: int
        latin: str
        doc: Any

    statement = (
        "SELECT fine, flag, CAST(latin AS BINARY) AS latin,"
        " (SELECT JSON_ARRAYAGG(JSON_OBJECT('p', 1.10)) FROM things t WHERE t.id = x.id) AS doc"
        " FROM things x WHERE id = 0"
    )
    (row,) = await real.rows(statement, {}, Row)
    assert (row.fine, row.flag, row.latin) == (Decimal("1.1"), 1, "林小满")
    assert row.doc == [{"p": Decimal("1.10")}]


async def test_it_only_reads_and_gives_up_by_itself(real: SqlClient):
    with pytest.raises(Refused, match="25006"):
        await real.rows("DELETE FROM things", {}, One)
    with pytest.raises(TimedOut, match="1969"):
        await real.rows("SELECT SLEEP(10) AS value", {}, One)
    with pytest.raises(Refused, match="127"):
        await real.rows(BY_KEYS, {"keys": ["abc", "😀"]}, Thing)


async def test_an_unbounded_statement_is_bounded(real: SqlClient):
    many = "SELECT seq AS value FROM seq_1_to_100000"
    with pytest.raises(ChannelError, match="larger"):
        await real.rows(many, {}, One, max_rows=20_000)


async def test_a_refused_logon_latches(real: SqlClient):
    place = make_url(REAL).set(username="stranger")
    stranger = SqlClient("till", str(place), limits=LIMITS)
    for _ in range(2):
        with pytest.raises(Denied):
            await stranger.rows(ONE, {}, One)
    await stranger.aclose()
