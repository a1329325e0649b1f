"""SQL against a real PostgreSQL."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from capabilities.errors import (
    BadInput,
    ChannelError,
    Denied,
    Garbled,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)
from capabilities.estate import Limits
from connectors._kit import LATCHED, TOO_LARGE, Secret
from connectors.protocols.sql import SqlClient
from connectors.protocols.sql.errors import of_database
from connectors.protocols.sql.options import SqlDatabase
from gateway.embedded import EmbeddedPostgres

LIMITS = Limits(deadline_ms=2000, max_concurrent=2)
BY_KEYS = "SELECT id, name, price, ratio, sold_at FROM things WHERE name IN :keys ORDER BY id"
HOSTILE = (
    "'; DROP TABLE things; --",
    "x') OR 1=1 --",
    "\\'; SELECT pg_sleep(9); --",
    "%s %(name)s :name $1",
    "\u2019 OR \u20181\u2019=\u20181",
    '"; DELETE FROM things',
    "林小满",
    "",
)


class Thing(Struct):
    id: int
    name: str
    price: Decimal
    ratio: Decimal | None
    sold_at: datetime | None


class One(Struct):
    value: Any


@pytest.fixture(scope="module")
def dsn(postgres: EmbeddedPostgres) -> str:
    url = postgres.create_database("sql_client")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS things")
        connection.execute(
            "CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL, price numeric(12, 3),"
            " ratio double precision, sold_at timestamp)"
        )
        rows = [(n, name, "1.100", 0.1, "2026-01-02 03:04:05") for n, name in enumerate(HOSTILE)]
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO things VALUES (%s, %s, %s, %s, %s)", rows)
    return url


@pytest.fixture
async def client(dsn: str) -> AsyncIterator[SqlClient]:
    client = SqlClient("pos", dsn, limits=LIMITS)
    yield client
    await client.aclose()


async def test_rows_are_typed_and_keep_their_digits(client: SqlClient):
    rows = await client.rows(BY_KEYS, {"keys": ["林小满"]}, Thing)
    sold_at = datetime.fromisoformat("2026-01-02T03:04:05")
    assert rows == [Thing(6, "林小满", Decimal("1.100"), Decimal("0.1"), sold_at)]
    assert str(rows[0].price) == "1.100"
    free = await client.rows("SELECT 0.1::float8 AS value", {}, One)
    assert type(free[0].value) is Decimal


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_hostile_value_stays_a_value(client: SqlClient, value: str):
    found = await client.rows(BY_KEYS, {"keys": [value, "nobody"]}, Thing)
    assert [row.name for row in found] == [value]
    same = "SELECT :value::text AS value"
    assert await client.rows(same, {"value": value}, One) == [One(value)]
    assert len(await client.rows(BY_KEYS, {"keys": list(HOSTILE)}, Thing)) == len(HOSTILE)


async def test_the_text_that_reaches_the_server_is_constant(dsn: str, client: SqlClient):
    """What pg_stat_activity shows differs by the number of keys only."""
    own = "SELECT query AS value FROM pg_stat_activity WHERE pid = pg_backend_pid() AND :v <> 'x'"
    texts = {(await client.rows(own, {"v": value}, One))[0].value for value in HOSTILE}
    assert len(texts) == 1
    listed = own.replace(":v <> 'x'", "'x' NOT IN :v")
    texts = {(await client.rows(listed, {"v": [v, v]}, One))[0].value for v in HOSTILE}
    assert len(texts) == 1


async def test_bytes_and_json_in_columns_are_read_as_declared(dsn: str):
    class Row(Struct):
        name: str
        lines: Any

    database = SqlDatabase(columns={"name": "gbk"}, documents=("lines",))
    client = SqlClient("pos", dsn, limits=LIMITS, database=database)
    statement = "SELECT '\\xc1d6'::bytea AS name, '[{\"p\": 1.10}]'::text AS lines"
    assert await client.rows(statement, {}, Row) == [Row("林", [{"p": Decimal("1.10")}])]
    await client.aclose()


async def test_no_key_finds_nothing(client: SqlClient):
    assert await client.rows(BY_KEYS, {"keys": []}, Thing) == []
    assert client.runner.engine.pool.checkedin() == 0  # no connection was even made


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM things",
        "INSERT INTO things VALUES (99, 'x')",
        "DROP TABLE things",
        "CREATE TABLE more (id int)",
        "SELECT 1 AS value; DROP TABLE things",
    ],
)
async def test_the_session_only_reads(client: SqlClient, statement: str):
    with pytest.raises(Refused):
        await client.rows(statement, {}, One)
    assert len(await client.rows(BY_KEYS, {"keys": list(HOSTILE)}, Thing)) == len(HOSTILE)


@pytest.mark.parametrize(
    ("statement", "expected", "words"),
    [
        ("SELEC 1", Refused, "42601"),
        ("SELECT * FROM missing_table", Refused, "42P01"),
        ("SELECT 'private-139'::int AS value", Refused, "22P02"),
        ("SELECT 1/0 AS value", Refused, "22012"),
        ("SELECT pg_sleep(30)::text AS value", TimedOut, "57014|the deadline"),
        ("SELECT 1 AS other", Garbled, "shape"),
    ],
)
async def test_faults_are_ours_and_say_nothing_private(dsn, statement, expected, words):
    client = SqlClient("pos", dsn, limits=Limits(deadline_ms=300))
    started = time.perf_counter()
    with pytest.raises(expected, match=words) as caught:
        await client.rows(statement, {}, One)
    assert time.perf_counter() - started < 0.33 + 0.3
    assert caught.value.source == "pos"
    error: BaseException | None = caught.value
    while error is not None:
        assert "private-139" not in f"{error!s}{error!r}"
        error = error.__cause__ or error.__context__
    await client.aclose()


async def test_a_value_of_the_wrong_kind_is_refused_and_not_shown(client: SqlClient):
    for value in ("private-139", "nul\x00"):
        with pytest.raises(Refused) as caught:
            await client.rows("SELECT id AS value FROM things WHERE id = :v", {"v": value}, One)
        assert value not in repr(caught.value)


async def test_more_rows_than_the_cap_are_no_answer(client: SqlClient):
    many = "SELECT n AS value FROM generate_series(1, :n) AS n"
    assert len(await client.rows(many, {"n": 10}, One, max_rows=10)) == 10
    with pytest.raises(Garbled) as caught:
        await client.rows(many, {"n": 11}, One, max_rows=10)
    assert caught.value.code == TOO_LARGE


async def test_no_more_connections_than_agreed_and_a_bounded_queue(dsn: str):
    client = SqlClient("pos", dsn, limits=Limits(deadline_ms=3000, max_concurrent=2))
    await client.rows("SELECT 1 AS value", {}, One)
    own = (
        "SELECT count(*) AS value FROM pg_stat_activity, pg_sleep(0.02)"
        " WHERE application_name = 'santong' AND datname = current_database()"
    )
    results = await asyncio.gather(
        *(client.rows(own, {}, One) for _ in range(15)), return_exceptions=True
    )
    refused = [each for each in results if isinstance(each, Overloaded)]
    counts = [each[0].value for each in results if isinstance(each, list)]
    assert (len(refused), len(counts)) == (5, 10)
    assert max(counts) <= 2
    await client.aclose()


async def test_a_cancelled_caller_leaves_at_once_and_the_server_stops(dsn: str):
    client = SqlClient("pos", dsn, limits=Limits(deadline_ms=60_000, max_concurrent=1))
    await client.rows("SELECT 1 AS value", {}, One)
    call = asyncio.create_task(client.rows("SELECT pg_sleep(50)::text AS value", {}, One))
    with psycopg.connect(dsn, autocommit=True) as look:
        async with asyncio.timeout(5):
            while not _sleeping(look):  # noqa: ASYNC110 - only the server knows
                await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert client.in_flight == 0
        assert await client.rows("SELECT 2 AS value", {}, One) == [One(2)]
        await client.aclose()
        assert not _sleeping(look)


def _sleeping(connection: psycopg.Connection) -> bool:
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'santong' AND state = 'active'"
        " AND query LIKE 'SELECT pg_sleep(50)%'"
    )
    return connection.execute(query).fetchone() is not None


async def test_a_connection_that_died_meanwhile_is_replaced(dsn: str, client: SqlClient):
    await client.rows("SELECT 1 AS value", {}, One)
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'santong' AND datname = current_database()"
        )
    assert await client.rows("SELECT 1 AS value", {}, One) == [One(1)]


class Bridge:
    """One TCP address for a server whose socket moves when it is started again."""

    socket = ""

    def __init__(self) -> None:
        self.silence = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"postgresql://santong@127.0.0.1:{self._server.sockets[0].getsockname()[1]}/gone"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with _closing(writer):
            back, forth = await asyncio.open_unix_connection(self.socket)
            async with _closing(forth):
                there = asyncio.create_task(_pipe(reader, forth))
                here = asyncio.create_task(_pipe(back, writer, self.silence))
                try:
                    await asyncio.wait({there, here}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    there.cancel()
                    here.cancel()
                    await asyncio.gather(there, here, return_exceptions=True)


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _pipe(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, silence: asyncio.Event | None = None
) -> None:
    while piece := await source.read(4096):
        if silence is None or not silence.is_set():
            sink.write(piece)


async def test_a_server_that_falls_silent_costs_one_connection_for_a_second(
    dsn: str, postgres: EmbeddedPostgres
):
    limits = Limits(deadline_ms=300, max_concurrent=1)
    async with Bridge() as bridge:
        bridge.socket = str(postgres.socket_directory / f".s.PGSQL.{postgres.port}")
        client = SqlClient("pos", bridge.url.replace("/gone", "/sql_client"), limits=limits)
        await client.rows("SELECT 1 AS value", {}, One)
        bridge.silence.set()
        bridge.silence = asyncio.Event()  # new connections are answered
        started = time.perf_counter()
        with pytest.raises(TimedOut):
            await client.rows("SELECT 2 AS value", {}, One)
        assert time.perf_counter() - started < 0.33 + 0.15
        rows: list[One] = []
        async with asyncio.timeout(3):
            while not rows:
                with contextlib.suppress(TimedOut, Overloaded):
                    rows = await client.rows("SELECT 3 AS value", {}, One)
        assert rows == [One(3)]
        await client.aclose()


async def test_a_database_that_goes_and_comes_back(tmp_path: Path):
    async def ask(client: SqlClient) -> list[One]:
        return await client.rows("SELECT 1 AS value", {}, One)

    async with Bridge() as bridge:
        client = SqlClient("pos", bridge.url, limits=LIMITS)
        for _ in range(2):
            with EmbeddedPostgres.start(tmp_path) as server:
                server.create_database("gone")
                bridge.socket = str(server.socket_directory / f".s.PGSQL.{server.port}")
                assert await asyncio.gather(*(ask(client) for _ in range(4))) == [[One(1)]] * 4
            started = time.perf_counter()
            results = await asyncio.gather(*(ask(client) for _ in range(4)), return_exceptions=True)
            assert [isinstance(each, Unavailable) for each in results] == [True] * 4
            assert time.perf_counter() - started < 2.2
        await client.aclose()


class Wall:
    """A server that accepts and says what a script says, or nothing."""

    def __init__(self, words: bytes = b"") -> None:
        self._words = words
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        return f"postgresql://reader@127.0.0.1:{port}/pos?sslmode=disable"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        await reader.read(1)
        writer.write(self._words)
        if self._words:
            writer.close()


async def test_a_server_that_never_answers_costs_the_deadline_only():
    async with Wall() as url:
        client = SqlClient("pos", url, Secret("hunter2"), limits=Limits(deadline_ms=200))
        started = time.perf_counter()
        with pytest.raises(TimedOut):
            await client.rows("SELECT 1 AS value", {}, One)
        assert time.perf_counter() - started < 0.22 + 0.15
        await client.aclose()


async def test_a_server_that_is_no_database():
    async with Wall(b"HTTP/1.1 400 private-139\r\n\r\n") as url:
        client = SqlClient("pos", url, Secret("hunter2"), limits=LIMITS)
        with pytest.raises(Unavailable) as caught:
            await client.rows("SELECT 1 AS value", {}, One)
        assert "private" not in repr(caught.value)
        await client.aclose()


def refusal(state: str, words: str = "private-139") -> bytes:
    fields = f"SFATAL\0VFATAL\0C{state}\0M{words}\0\0".encode()
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@pytest.mark.parametrize(
    "words",
    [
        'password authentication failed for user "reader"',
        '用户 "reader" Password 认证失败 (password)',
    ],
)
async def test_a_refused_logon_latches(words: str):
    async with Wall(refusal("28P01", words)) as url:
        client = SqlClient("pos", url, Secret("hunter2"), limits=LIMITS)
        with pytest.raises(Denied):
            await client.rows("SELECT 1 AS value", {}, One)
        with pytest.raises(Denied) as caught:
            await client.rows("SELECT 1 AS value", {}, One)
        assert caught.value.code == LATCHED
        await client.aclose()


@pytest.mark.parametrize("state", ["57P03", "53300"])
async def test_a_database_that_starts_or_is_full(state: str):
    async with Wall(refusal(state)) as url:
        client = SqlClient("pos", url, Secret("hunter2"), limits=LIMITS)
        with pytest.raises(Unavailable) as caught:
            await client.rows("SELECT 1 AS value", {}, One)
        assert "private" not in str(caught.value)
        await client.aclose()


class Orig(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("private-139")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("08006", Unavailable),
        ("28000", Denied),
        ("42501", Refused),
        ("25006", Refused),
        ("53300", Overloaded),
        ("55P03", TimedOut),
        ("57014", TimedOut),
        ("57P01", Unavailable),
        ("40P01", Unavailable),
        ("XX000", Unavailable),
    ],
)
def test_states(state: str, expected: type[ChannelError]):
    error = of_database(DBAPIError("SELECT private-139", {}, Orig(state)), "pos")
    assert type(error) is expected
    assert state in str(error)
    assert "private" not in str(error)


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "oracle://u@h/d", "sqlite:///x", "postgresql://u@h:x/d"),
        *("postgresql://u:hunter2@h/d", "postgresql://u@h/d?password=hunter2"),
    ],
)
def test_an_address_that_is_none(url: str):
    with pytest.raises(BadInput) as caught:
        SqlClient("pos", url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.code == "DATABASE_ADDRESS_INVALID"
