"""SQL Server: the real driver over TDS, against a server of ours that answers recorded bytes."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Any

import pytest
from msgspec import Struct

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
from connectors._kit import LATCHED, Secret
from connectors.protocols.sql import SqlClient
from connectors.protocols.sql.options import SqlDatabase
from connectors.protocols.sql.ticks import outward
from tests.connectors.protocols import tds_server as tds
from tests.connectors.protocols.tds_server import Till

LIMITS = Limits(deadline_ms=2000, max_concurrent=2)
DATABASE = SqlDatabase(dialect="sqlserver", encoding="gbk", columns={"raw": "utf8"})
ONE = "SELECT 1 AS value"
BY_KEYS = "SELECT value FROM sales WHERE no IN :keys AND kind <> :kind"


class One(Struct):
    value: Any


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    till = Till()
    await till.start()
    yield till
    await till.stop()


@pytest.fixture
async def client(till: Till) -> AsyncIterator[SqlClient]:
    client = SqlClient("till", till.url, Secret("x"), limits=LIMITS, database=DATABASE)
    yield client
    await client.aclose()
    assert client.runner.lanes.threads == 0


async def test_the_login_says_that_it_reads_and_the_session_waits_for_nobody(till: Till):
    database = SqlDatabase(isolation="snapshot", lock_timeout_ms=250)
    client = SqlClient("till", till.url, Secret("hunter2"), limits=LIMITS, database=database)
    await client.rows(ONE, {}, One)
    assert till.intends_to_read
    assert "santong".encode("utf-16-le") in till.logins[0]
    assert till.batches[:2] == [
        "use [till]",
        (
            "SET LOCK_TIMEOUT 250; SET TRANSACTION ISOLATION LEVEL SNAPSHOT;"
            " SET DATEFORMAT ymd; SET NOCOUNT ON"
        ),
    ]
    await client.aclose()


async def test_values_as_they_lie_in_an_old_till(till: Till, client: SqlClient):
    class Sale(Struct):
        no: int
        shop: str | None
        buyer: str
        raw: str
        sold_at: datetime
        total: Decimal
        weight: Decimal

    columns = [
        *(tds.integer("no"), tds.varchar("shop"), tds.nvarchar("buyer"), tds.varbinary("raw")),
        *(tds.datetime_ticks("sold_at"), tds.money("total"), tds.real("weight")),
    ]
    day, noon = 46022, 12 * 3600 * 300  # 2026-01-02
    shop = "林小满".encode("gbk") + b"\x805"  # the euro of Windows' code page
    rows = [
        (7, shop, "林𠮷", "é".encode(), (day, noon + 1), Decimal("12.3450"), 1.1),
        (8, None, "", b"", (day, noon + 2), Decimal("-0.0100"), 0.0),
    ]
    till.answer = lambda _: tds.table(columns, rows)
    first, second = await client.rows(ONE, {}, Sale)
    assert (first.no, first.shop, first.buyer, first.raw) == (7, "林小满€5", "林𠮷", "é")
    assert (str(first.total), str(first.weight)) == ("12.345", "1.1")
    assert first.sold_at == datetime(2026, 1, 2, 12, 0, 0, 3000)  # noqa: DTZ001 - as it is kept
    assert second.sold_at == datetime(2026, 1, 2, 12, 0, 0, 7000)  # noqa: DTZ001 - as above
    assert (second.shop, second.buyer, str(second.total)) == (None, "", "-0.01")


async def test_bytes_of_another_encoding_are_no_text(till: Till, client: SqlClient):
    till.answer = lambda _: tds.table([tds.varchar("value")], [(b"\xff\xfe139",)])
    with pytest.raises(Garbled, match="text in value that is not gbk") as caught:
        await client.rows(ONE, {}, One)
    assert "139" not in str(caught.value)


async def test_text_and_definition_are_constant(till: Till, client: SqlClient):
    hostile = ("'; DROP TABLE sales; --", "x') OR 1=1 --", "%s %(keys_1)s @P1", "a" * 3000)
    for value in hostile:
        await client.rows(BY_KEYS, {"keys": [value, value, "1"], "kind": value}, One)
    ((text, definition),) = {call[:2] for call in till.calls}
    assert text == "SELECT value FROM sales WHERE no IN (@P2, @P3, @P4, @P5) AND kind <> @P1"
    assert definition == ",".join(f"@P{n} VARCHAR(8000)" for n in range(1, 6))
    assert "DROP".encode("utf-16-le") not in till.calls[0][2]
    await client.rows(BY_KEYS, {"keys": ["林", "o'x"], "kind": "x"}, One)
    assert till.calls[-1][1] == "@P1 VARCHAR(8000),@P2 NVARCHAR(4000),@P3 VARCHAR(8000)"


async def test_keys_beyond_2100_go_in_several_calls(till: Till, client: SqlClient):
    till.answer = lambda _: tds.table([tds.integer("value")], [(len(till.calls),)])
    keys = [str(number) for number in range(5000)]
    rows = await client.rows(BY_KEYS, {"keys": keys, "kind": "x"}, One)
    assert [row.value for row in rows] == [1, 2, 3]
    assert all(call[1].count("@P") <= 2098 for call in till.calls)


async def test_a_hung_query_costs_the_deadline_and_its_connection(till: Till):
    limits = Limits(deadline_ms=300, max_concurrent=2)
    client = SqlClient("till", till.url, Secret("x"), limits=limits)
    await client.rows(ONE, {}, One)
    answer, till.answer = till.answer, lambda _: None
    started = time.perf_counter()
    hung = [client.rows(ONE, {}, One) for _ in range(2)]
    errors = await asyncio.gather(*hung, return_exceptions=True)
    assert [type(error) for error in errors] == [TimedOut] * 2
    assert time.perf_counter() - started < 0.33 + 0.3
    till.answer = answer
    assert await client.rows(ONE, {}, One) == [One(1)]
    assert client.runner.lanes.threads <= 2
    await client.aclose()


async def test_a_connection_that_died_meanwhile_is_replaced(till: Till, client: SqlClient):
    await client.rows(ONE, {}, One)
    till.peers[0].transport.abort()
    assert await client.rows(ONE, {}, One) == [One(1)]
    assert len(till.logins) == 2


async def test_a_server_that_sends_its_readers_elsewhere_is_not_followed(till: Till):
    other = Till()
    await other.start()
    till.refusal = tds.routing("127.0.0.1", other.port)
    client = SqlClient("till", till.url, Secret("hunter2"), limits=LIMITS)
    with pytest.raises(Refused, match="another address"):
        await client.rows(ONE, {}, One)
    assert (len(till.logins), len(other.logins), other.peers) == (1, 0, [])
    await client.aclose()
    await other.stop()


async def test_without_a_word_on_encodings_the_collation_decides(till: Till):
    till.answer = lambda _: tds.table([tds.varchar("value")], [("林小满".encode("gbk"),)])
    client = SqlClient("till", till.url, Secret("x"), limits=LIMITS)
    assert await client.rows(ONE, {}, One) == [One("林小满")]
    await client.aclose()


async def test_a_refused_logon_latches(till: Till):
    till.refusal = tds.error(18456, 14)
    client = SqlClient("till", till.url, Secret("hunter2"), limits=LIMITS)
    with pytest.raises(Denied, match="18456") as caught:
        await client.rows(ONE, {}, One)
    assert "private" not in str(caught.value)
    with pytest.raises(Denied) as caught:
        await client.rows(ONE, {}, One)
    assert caught.value.code == LATCHED
    assert len(till.logins) == 1
    await client.aclose()


@pytest.mark.parametrize(
    ("number", "severity", "expected"),
    [
        (102, 15, Refused),
        (207, 16, Refused),
        (208, 16, Refused),
        (229, 14, Refused),
        (245, 16, Refused),
        (3952, 16, Refused),
        (1222, 16, TimedOut),
        (1205, 13, Unavailable),
        (10928, 16, Overloaded),
        (9001, 21, Unavailable),
    ],
)
async def test_faults_are_ours_and_say_nothing_private(
    till: Till, client: SqlClient, number: int, severity: int, expected: type[ChannelError]
):
    till.answer = lambda _: tds.error(number, severity)
    with pytest.raises(ChannelError) as caught:
        await client.rows(ONE, {}, One)
    assert type(caught.value) is expected
    error: BaseException | None = caught.value
    while error is not None:
        assert "private" not in f"{error!s}{error!r}"
        error = error.__cause__ or error.__context__


async def test_a_server_that_is_no_database_or_away():
    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 private-139\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    for place in (port, 1):
        url = f"sqlserver://reader@127.0.0.1:{place}/till"
        client = SqlClient("till", url, Secret("x"), limits=LIMITS)
        with pytest.raises(Unavailable) as caught:
            await client.rows(ONE, {}, One)
        assert "private" not in repr(caught.value)
        await client.aclose()


def test_a_bound_leaves_out_no_row_that_is_shown_as_its_moment():
    for tick in range(300):
        exact = tick * 1_000_000 / 300
        shown = datetime(2026, 1, 2, 3, 4, 5, round(exact / 1000) * 1000)  # noqa: DTZ001 - naive
        low = datetime(2026, 1, 2, 3, 4, 5, floor(exact))  # noqa: DTZ001 - as above
        high = low + timedelta(microseconds=ceil(exact) - floor(exact))
        assert outward(shown, later=False) <= low
        assert outward(shown, later=True) >= high
        wide = outward(shown, later=True) - outward(shown, later=False)
        assert wide.microseconds <= 334
    far = datetime(2026, 1, 2, 3, 4, 5, 6999)  # noqa: DTZ001 - as above
    assert outward(far, later=True) == far == outward(far, later=False)


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("postgresql://u@h/d", DATABASE),
        ("postgresql://u@h/d", SqlDatabase(isolation="nolock")),
        ("sqlserver://u:hunter2@h/d", DATABASE),
    ],
)
def test_an_address_that_does_not_fit(url: str, database: SqlDatabase):
    with pytest.raises(BadInput) as caught:
        SqlClient("till", url, database=database)
    assert "hunter2" not in str(caught.value)


async def test_a_server_that_never_answers_costs_the_deadline_and_no_thread_for_long():
    peers: list[asyncio.StreamWriter] = []

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"sqlserver://reader@127.0.0.1:{server.sockets[0].getsockname()[1]}/till"
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
