"""A proxy in front of the tills' database that misbehaves on request."""

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import AsyncIterator
from typing import Final

import uvicorn
from starlette.applications import Starlette

from demo.box import SLOW_SECONDS, Box
from demo.faults import MODES, SECRET, Faults, Tally

ALIASES: Final = {
    "timeout": "hang",
    "truncated": "cut",
    "error500": "error",
    "xml_error": "error",
    "html200": "garbage",
}
DATABASE_MODES: Final = (*MODES, "hang", "cut", "error", "lost_commit")
_GARBAGE: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>maintenance</html>\r\n"
_POLL_SECONDS: Final = 0.05
_SEATS: Final = 40  # in the database at once, which others share: those who wait here leave it room
_COMMITTED: Final = b"COMMIT\0"
_SSL, _GSS = 80877103, 80877104
_ASKS: Final = frozenset(b"QPBDEF")  # query, parse, bind, describe, execute, function call
_QUERY, _SYNC = ord("Q"), ord("S")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Relays between clients and the database, one upstream connection a client."""

    def __init__(self, listen: str, upstream: str, faults: Faults, tally: Tally) -> None:
        self._listen = listen
        self._upstream = upstream
        self._faults = faults
        self._tally = tally
        self._open: set[asyncio.StreamWriter] = set()
        self._sessions: set[asyncio.Task[None] | None] = set()
        self._seats = asyncio.Semaphore(_SEATS)
        self._ended = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen until the block ends, then drop whoever is connected."""
        server = await _start(self._listen, self._accept)
        watch = asyncio.create_task(self._drop_when_refusing())
        try:
            yield
        finally:
            self._ended.set()
            server.close()
            self._drop()
            await asyncio.gather(watch, *filter(None, self._sessions))
            await server.wait_closed()

    @property
    def mode(self) -> str:
        """The fault in force, by the database's own name."""
        return ALIASES.get(self._faults.mode, self._faults.mode)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tally.total += 1
        self._tally.by_path["connect"] += 1
        self._open.add(writer)
        session = asyncio.current_task()
        self._sessions.add(session)
        try:
            if self.mode == "garbage":
                writer.write(_GARBAGE)
                await writer.drain()
            elif self.mode != "refuse":
                await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, _Finished):
            pass  # one side left; the other is closed below
        finally:
            self._open.discard(writer)
            self._sessions.discard(session)
            writer.transport.abort() if self.mode == "refuse" else writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._while_hanging()
        greeting = await _read_greeting(reader, writer)
        await self._while_hanging()
        async with self._seats:
            await self._relay(reader, writer, greeting)

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: bytes
    ) -> None:
        """One client's session with the database, until either leaves."""
        upstream, downstream = await _connect(self._upstream)
        self._open.add(downstream)
        try:
            downstream.write(greeting)
            answers = asyncio.create_task(self._answers(upstream, writer))
            asks = asyncio.create_task(_Session(self, reader, writer, downstream).run())
            await asyncio.wait({answers, asks}, return_when=asyncio.FIRST_COMPLETED)
            for task in (answers, asks):
                task.cancel()
            await asyncio.gather(answers, asks, return_exceptions=True)
        finally:
            self._open.discard(downstream)
            downstream.close()

    async def _answers(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Database to client; a cut lets half of a packet through."""
        while packet := await upstream.read(65_536):
            await self._while_hanging()
            if self.mode == "cut":
                writer.write(packet[: len(packet) // 2])
                await writer.drain()
                return
            if self.mode == "lost_commit" and _COMMITTED in packet:
                return  # it is committed, and nobody hears of it
            writer.write(packet)
            await writer.drain()

    async def turn(self) -> str:
        """The fault for one question, after whatever it makes the client wait."""
        await self._while_hanging()
        mode = self._faults.for_request()
        if mode == "slow":
            await self._wait(SLOW_SECONDS)
        self._tally.by_path["ask"] += 1
        return ALIASES.get(mode, mode)

    async def _while_hanging(self) -> None:
        while self.mode == "hang":
            await self._wait(_POLL_SECONDS)

    async def _drop_when_refusing(self) -> None:
        with contextlib.suppress(_Finished):
            while True:
                if self.mode == "refuse":
                    self._drop()
                await self._wait(_POLL_SECONDS)

    async def _wait(self, seconds: float) -> None:
        """Pause, unless the proxy ends meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)
            raise _Finished

    def _drop(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()


class _Finished(Exception):
    """The proxy ends this session itself."""


class _Session:
    """Client to database, message by message, so that an error can be answered in order."""

    def __init__(
        self,
        proxy: Proxy,
        reader: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        database: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._reader = reader
        self._client = client
        self._database = database
        self._failing = False
        self._midway = False

    async def run(self) -> None:
        while True:
            head = await self._reader.readexactly(5)
            kind, length = struct.unpack("!BI", head)
            body = await self._reader.readexactly(length - 4)
            if await self._swallows(kind):
                continue
            self._database.write(head + body)
            await self._database.drain()

    async def _swallows(self, kind: int) -> bool:
        """Whether the message was answered here, as a failed database would."""
        if self._failing:
            if kind == _SYNC:
                self._failing = self._midway = False
                self._client.write(_ready())
            return True
        if not self._begins(kind):
            return False
        mode = await self._proxy.turn()
        if mode == "refuse":
            raise _Finished
        if mode == "garbage":
            self._client.write(_GARBAGE)
            raise _Finished
        if mode != "error":
            return False
        self._client.write(_error())
        if kind == _QUERY:
            self._client.write(_ready())
        else:
            self._failing = True
        return True

    def _begins(self, kind: int) -> bool:
        """Whether a new question begins; parse to execute up to a sync are one."""
        if kind == _SYNC:
            self._midway = False
        if kind not in _ASKS or self._midway:
            return False
        self._midway = kind != _QUERY
        return True


def _error() -> bytes:
    fields = ("SERROR", "VERROR", "CXX000", f"Minternal error near {SECRET}")
    body = b"".join(field.encode() + b"\0" for field in fields) + b"\0"
    return b"E" + struct.pack("!I", len(body) + 4) + body


def _ready() -> bytes:
    return b"Z" + struct.pack("!I", 5) + b"I"


async def _read_greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The startup packet; encryption is declined, it would hide the messages."""
    while True:
        head = await reader.readexactly(8)
        length, code = struct.unpack("!II", head)
        if code not in {_SSL, _GSS}:
            return head + await reader.readexactly(length - 8)
        writer.write(b"N")
        await writer.drain()


async def _start(
    address: str, accept: "asyncio.streams._ClientConnectedCallback"
) -> asyncio.Server:
    if "/" in address:
        return await asyncio.start_unix_server(accept, address)
    return await asyncio.start_server(accept, "127.0.0.1", int(address))


async def _connect(address: str) -> Streams:
    if "/" in address:
        return await asyncio.open_unix_connection(address)
    return await asyncio.open_connection("127.0.0.1", int(address))


async def run_proxy(listen: str, upstream: str, control_port: int) -> None:
    """Relay and listen for control until a signal; addresses are paths or loopback ports."""
    faults, tally = Faults(DATABASE_MODES), Tally()
    door = socket.create_server(("127.0.0.1", control_port))
    box = Box(Starlette(), tally, faults=faults)
    config = uvicorn.Config(box, log_level="critical", lifespan="off", access_log=False)
    async with Proxy(listen, upstream, faults, tally).running():
        sys.stdout.write(f"control on http://127.0.0.1:{door.getsockname()[1]}\n")
        sys.stdout.flush()
        await uvicorn.Server(config).serve(sockets=[door])
