"""What a database's address can do instead of answering: a coded error in time, and no storm."""

import asyncio
import contextlib
import time
from collections import Counter

import pytest
from msgspec import Struct

from capabilities.errors import ChannelError, CircuitOpen
from capabilities.estate import BreakerState, Limits
from connectors._kit import Secret
from connectors.protocols.sql import SqlClient
from gateway.embedded import EmbeddedPostgres
from tests.faults.test_fault_matrix import Clock

DEADLINE = 0.4
LIMITS = Limits(deadline_ms=int(DEADLINE * 1000))
PERSON = b"13912345678-private"
# The database's own words for an error, in its protocol: class 57P03, starting up.
_STARTING = b"SFATAL\0VFATAL\0C57P03\0M" + PERSON + b"\0\0"
STARTING = b"E" + (len(_STARTING) + 4).to_bytes(4, "big") + _STARTING


class One(Struct):
    value: int


def sends(*parts, end="open"):
    async def script(reader, writer):
        await reader.read(1)
        writer.writelines(parts)
        if end == "reset":
            writer.transport.abort()
        elif end == "close":
            writer.close()
        else:
            await asyncio.Event().wait()

    return script


async def drip(reader, writer):
    await reader.read(1)
    while True:
        writer.write(b"N")
        await asyncio.sleep(0.02)


FAULTS = {
    "hang": sends(),
    "reset": sends(end="reset"),
    "close": sends(end="close"),
    "garbage": sends(b"HTTP/1.1 400 Bad Request\r\n\r\n" + PERSON, end="close"),
    "garbage and hang": sends(b"\xff" * 64),
    "cut greeting": sends(STARTING[:9], end="close"),
    "starting up": sends(STARTING, end="close"),
    "endless message": sends(b"R\x7f\xff\xff\xff", b"\0" * 4096),
    "drip": drip,
}


@contextlib.asynccontextmanager
async def served(script):
    """The address of a server with such a script."""
    serving = set()

    async def serve(reader, writer):
        serving.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await script(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"postgresql://reader@127.0.0.1:{server.sockets[0].getsockname()[1]}/pos"
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def asked(client):
    try:
        await client.rows("SELECT 1 AS value", {}, One)
    except ChannelError as error:
        return error
    return None


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_a_coded_error_in_time(fault):
    async with served(FAULTS[fault]) as url:
        client = SqlClient("pos", url, Secret("hunter2"), limits=LIMITS)
        started = time.perf_counter()
        error = await asked(client)
        took = time.perf_counter() - started
        await client.aclose()
    assert isinstance(error, ChannelError)
    assert (error.source, error.code.split("_")[0]) == ("pos", "UPSTREAM")
    for hidden in (PERSON.decode(), "hunter2", "127.0.0.1"):
        assert hidden not in f"{error!s} {error!r} {error.__cause__!r} {error.__context__!r}"
    assert took <= DEADLINE * 1.1 + 0.15


async def test_an_outage_opens_the_circuit_and_ends_when_it_ends(tmp_path):
    with EmbeddedPostgres.start(tmp_path) as server:
        server.create_database("pos")
        client = SqlClient("pos", server.dsn("pos"), limits=LIMITS)
        assert await asked(client) is None
    client.upstream.breaker._clock = clock = Clock()
    started, outcomes = time.monotonic(), Counter()
    while client.upstream.breaker.state is BreakerState.CLOSED:
        outcomes[type(await asked(client))] += 1
    assert time.monotonic() - started <= 10
    assert sum(client.upstream.calls.values()) <= 1.1 * (outcomes.total() + 1)
    assert isinstance(await asked(client), CircuitOpen)
    with EmbeddedPostgres.start(tmp_path):
        for _ in range(30):
            clock.ahead += 1
            await asked(client)
        assert client.upstream.breaker.state is BreakerState.CLOSED
        assert await asked(client) is None
        await client.aclose()
