"""MySQL by its binary protocol: the real driver against a server that speaks it."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import mariadb
import pytest
from msgspec import Struct

from capabilities.errors import (
    ChannelError,
    Denied,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)
from capabilities.estate import Limits
from connectors._kit import LATCHED, Secret
from connectors.protocols.sql import SqlClient
from connectors.protocols.sql.mysql import fault
from connectors.protocols.sql.options import SqlDatabase
from tests.connectors.protocols.mysql_server import NAMES, REAL, Shop, filled, things

LIMITS = Limits(deadline_ms=2000, max_concurrent=2)
BY_KEYS = "SELECT id, name, price, sold_at FROM things WHERE name IN :keys ORDER BY id"
HOSTILE = ("') OR 1=1 -- ", "\\'; DROP TABLE things; -- ", "O'Brien", "%s %(x)s :v ? $1", "")
ONE = "SELECT id AS value FROM things WHERE id = 1"


class Thing(Struct):
    id: int
    name: str
    price: Decimal
    sold_at: datetime


class One(Struct):
    value: Any


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.start()
    yield shop
    await shop.stop()


@pytest.fixture(params=["protocol", *(["real"] if REAL else [])])
async def client(request: pytest.FixtureRequest, shop: Shop) -> AsyncIterator[SqlClient]:
    url = shop.url if request.param == "protocol" else filled(REAL)
    client = SqlClient("till", url, limits=LIMITS)
    yield client
    await client.aclose()
    assert client.runner.lanes.threads == 0


async def test_rows_are_typed_and_keep_their_digits(client: SqlClient):
    rows = await client.rows(BY_KEYS, {"keys": ["林小满"]}, Thing)
    assert rows == [Thing(0, "林小满", Decimal("1.100"), things()[0]["sold_at"])]
    assert str(rows[0].price) == "1.100"


async def test_values_are_bound(client: SqlClient):
    for name in NAMES:
        found = await client.rows(BY_KEYS, {"keys": [name, "nobody"]}, Thing)
        assert [row.name for row in found] == [name]
        assert await client.rows("SELECT :v AS value", {"v": name}, One) == [One(name)]
    assert len(await client.rows(BY_KEYS, {"keys": list(NAMES)}, Thing)) == len(NAMES)
    assert await client.rows(BY_KEYS, {"keys": []}, Thing) == []


async def test_a_server_gets_no_file_of_this_machine(shop: Shop, tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("hunter2")
    shop.wanted = str(file).encode()
    client = SqlClient("till", shop.url, limits=LIMITS)
    with pytest.raises((ChannelError, TypeError)):
        await client.rows(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE things", {}, One)
    await client.aclose()
    assert shop.taken == [b""]
    assert b"hunter2" not in b"".join(shop.taken)


async def test_the_text_that_is_prepared_is_constant(shop: Shop):
    client = SqlClient("till", shop.url, limits=LIMITS)
    for size in (3, 4):
        for name in (*NAMES, *HOSTILE):
            await client.rows(BY_KEYS, {"keys": [name] * size}, Thing)
    assert set(shop.prepared) == {BY_KEYS.replace(":keys", "(?, ?, ?, ?)")}
    await client.aclose()


async def test_the_session_is_a_polite_reader_in_utc(shop: Shop):
    database = SqlDatabase(isolation="nolock", lock_timeout_ms=500)
    client = SqlClient("till", shop.url, limits=LIMITS, database=database)
    await client.rows(ONE, {}, One)
    assert shop.told == [
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
        "SET SESSION time_zone = '+00:00'",
        "SET SESSION lock_wait_timeout = 1",
        "SET SESSION innodb_lock_wait_timeout = 1",
        "SET SESSION group_concat_max_len = 16777216",
        "SET SESSION sql_select_limit = 20001",
        "SET SESSION max_statement_time = 1.800",
        "SET SESSION max_execution_time = 1800",
    ]
    await client.aclose()


async def test_a_hung_query_costs_the_deadline_and_its_connection(shop: Shop):
    client = SqlClient("till", shop.url, limits=Limits(deadline_ms=300, max_concurrent=2))
    await client.rows(ONE, {}, One)
    shop.silent.clear()
    started = time.perf_counter()
    hung = [client.rows(ONE, {}, One) for _ in range(2)]
    errors = await asyncio.gather(*hung, return_exceptions=True)
    assert [type(error) for error in errors] == [TimedOut] * 2
    assert time.perf_counter() - started < 0.33 + 0.3
    shop.silent.set()
    assert await client.rows(ONE, {}, One) == [One(1)]
    assert client.runner.lanes.threads <= 2
    await client.aclose()


async def test_no_more_threads_than_agreed(shop: Shop):
    client = SqlClient("till", shop.url, limits=LIMITS)
    calls = (client.rows(ONE, {}, One) for _ in range(10))
    assert await asyncio.gather(*calls) == [[One(1)]] * 10
    assert client.runner.lanes.threads == 2
    named = [one for one in threading.enumerate() if one.name == "sql-till"]
    assert len(named) == 2
    await client.aclose()


async def test_a_connection_that_died_meanwhile_is_replaced(shop: Shop):
    client = SqlClient("till", shop.url, limits=LIMITS)
    await client.rows(ONE, {}, One)
    client.runner.lanes._idle[0]._link.cut()
    assert await client.rows(ONE, {}, One) == [One(1)]
    await client.aclose()


async def test_a_refused_logon_latches(shop: Shop):
    """The server has no passwords, and refuses whoever shows one."""
    client = SqlClient("till", shop.url, Secret("hunter2"), limits=LIMITS)
    with pytest.raises(Denied):
        await client.rows(ONE, {}, One)
    with pytest.raises(Denied) as caught:
        await client.rows(ONE, {}, One)
    assert caught.value.code == LATCHED
    await client.aclose()


async def test_a_server_behind_a_unix_socket(tmp_path):
    shop = Shop()
    await shop.server.start_unix_server(path=str(tmp_path / "s"))
    client = SqlClient("till", f"mysql://reader@/shop?socket={tmp_path}/s", limits=LIMITS)
    assert await client.rows(ONE, {}, One) == [One(1)]
    await client.aclose()
    await shop.stop()


async def test_a_server_that_is_away():
    client = SqlClient("till", "mysql://reader@127.0.0.1:1/shop", limits=LIMITS)
    with pytest.raises(Unavailable):
        await client.rows(ONE, {}, One)
    await client.aclose()


@pytest.mark.parametrize(
    ("number", "state", "expected"),
    [
        (1040, "08004", Overloaded),
        (1045, "28000", Denied),
        (1698, "28000", Denied),
        (1064, "42000", Refused),
        (1142, "42000", Refused),
        (1205, "HY000", TimedOut),
        (1213, "40001", Unavailable),
        (1267, "HY000", Refused),
        (1290, "HY000", Refused),
        (1792, "25006", Refused),
        (1969, "70100", TimedOut),
        (3024, "HY000", TimedOut),
        (2013, "HY000", Unavailable),
        (0, "HY000", Unavailable),
    ],
)
def test_faults_are_ours_and_say_nothing_private(
    number: int, state: str, expected: type[ChannelError]
):
    error = mariadb.OperationalError("private-139")
    error.errno, error.sqlstate = number, state
    found = fault(error, "till")
    assert type(found) is expected
    assert "private" not in str(found)


async def test_a_refused_statement_leaves_the_connection(client: SqlClient):
    await client.rows(ONE, {}, One)
    (lane,) = client.runner.lanes._idle
    with pytest.raises(ChannelError) as caught:
        await client.rows("SELECT nothing FROM nowhere WHERE x = :v", {"v": "private-139"}, One)
    assert "private" not in repr(caught.value)
    assert await client.rows(ONE, {}, One) == [One(1)]
    assert client.runner.lanes._idle == [lane]


async def test_a_server_that_never_answers_costs_the_deadline_and_no_thread_for_long():
    peers: list[asyncio.StreamWriter] = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"mysql://reader@127.0.0.1:{server.sockets[0].getsockname()[1]}/till"
    client = SqlClient("till", url, limits=Limits(deadline_ms=200, max_concurrent=2))
    started = time.perf_counter()
    calls = (client.rows(ONE, {}, One) for _ in range(4))
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert time.perf_counter() - started < 0.22 + 0.3
    assert [type(error) for error in errors] == [TimedOut] * 4
    assert client.runner.lanes.threads <= 2
    async with asyncio.timeout(10):
        while client.runner.lanes.threads:  # noqa: ASYNC110 - threads tell nobody else
            await asyncio.sleep(0.01)
    await client.aclose()
    for peer in peers:
        peer.close()
    server.close()
