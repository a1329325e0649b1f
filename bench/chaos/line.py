"""HTTP over few connections to several gateways, of which any may die at any moment."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

_SECONDS = 8.0
_CONNECT_SECONDS = 2.0
Pair: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Lost(Exception):
    """No answer came: nobody knows whether the request took effect."""


class Lines:
    """Connections that are kept for the next request, by port; one that failed is dropped."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = ports
        self._idle: defaultdict[int, list[Pair]] = defaultdict(list)

    async def ask(self, port: int, request: bytes) -> tuple[int, bytes]:
        """Status and body; Lost where none came."""
        try:
            async with asyncio.timeout(_SECONDS):
                pair = self._idle[port].pop() if self._idle[port] else await _opened(port)
                pair[1].write(request)
                status, body = await _answer(pair[0])
        except (OSError, EOFError, TimeoutError, ValueError) as exc:
            raise Lost(str(exc)) from exc
        self._idle[port].append(pair)
        return status, body

    async def leave(self, port: int, request: bytes) -> None:
        """Send, and go away before the answer."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_SECONDS):
                _, writer = await _opened(port)
                writer.write(request)
                await writer.drain()
                writer.transport.abort()

    async def aclose(self) -> None:
        """Close what is kept."""
        for _, writer in (pair for pairs in self._idle.values() for pair in pairs):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def request(method: str, path: str, headers: str, body: bytes = b"") -> bytes:
    """The bytes of a request; `headers` are whole lines."""
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _opened(port: int) -> Pair:
    async with asyncio.timeout(_CONNECT_SECONDS):
        return await asyncio.open_connection("127.0.0.1", port)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next(int(one[15:]) for one in lines if one.startswith("content-length:"))
    return int(lines[0].split()[1]), await reader.readexactly(length)
