"""A server that speaks raw bytes, so that it can break every promise of HTTP."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


class Peer:
    """One connection as a script sees it."""

    def __init__(self, transport: asyncio.Transport, request: bytes, content: bytes = b"") -> None:
        self._transport = transport
        self.request = request
        self.content = content
        self.target = request.split(b" ")[1].decode()

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    def send(self, *parts: bytes) -> None:
        self._transport.write(b"".join(parts))

    def close(self) -> None:
        self._transport.close()

    def reset(self) -> None:
        self._transport.abort()


Script = Callable[[Peer], Awaitable[None]]


class _Connection(asyncio.Protocol):
    def __init__(self, server: "RawServer") -> None:
        self._server = server
        self._buffer = b""
        self._tasks: list[asyncio.Task[None]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._server.connections.add(self)
        self._server.opened += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            request, _, rest = self._buffer.partition(b"\r\n\r\n")
            found = _LENGTH.search(request)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                return
            content, self._buffer = rest[:length], rest[length:]
            self._server.requests.append(request)
            self._server.bodies.append(content)
            self._server.asked.set()
            peer = Peer(self.transport, request, content)
            self._tasks.append(asyncio.ensure_future(self._server.script(peer)))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol of asyncio
        for task in self._tasks:
            task.cancel()
        self._server.connections.discard(self)
        self._server.lost.set()


class RawServer:
    """Answers every request by its script; keeps what was asked."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections: set[_Connection] = set()
        self.opened = 0
        self.lost = asyncio.Event()
        self.asked = asyncio.Event()
        self.script: Script = answering(204)
        self._server: asyncio.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def targets(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.requests]

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)

    async def stop(self) -> None:
        self._server.close()
        for connection in tuple(self.connections):
            connection.transport.abort()
        await self._server.wait_closed()


def message(
    status: int, body: bytes = b"", headers: Mapping[str, str] = {}, media: str | None = None
) -> bytes:
    """A whole honest answer."""
    fields = {"Content-Type": media or "application/json", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**fields, **headers}.items())
    return f"HTTP/1.1 {status} Reason\r\n{lines}\r\n".encode() + body


def answering(status: int, body: Any = b"", headers: Mapping[str, str] = {}) -> Script:
    """A script of one honest answer; what is no bytes is sent as JSON."""
    whole = message(status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)

    async def script(peer: Peer) -> None:
        peer.send(whole)

    return script
