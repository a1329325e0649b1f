"""Sockets that stay open: `python -m bench.participants.sockets`, each polls now and then.

A process of its own has so many, from several addresses of this machine. It says when all are
open; the end of its input ends it.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
import uvloop

from bench.flash.load import Buying
from bench.participants.polls import poll_of
from capabilities.flash.tickets import Tickets

_SOURCES, _AT_ONCE, _OK = 4, 200, 200


@dataclass(slots=True)
class Stood:
    """How it was to wait: latencies in milliseconds."""

    opened: int = 0
    polls: int = 0
    odd: int = 0
    lost: int = 0
    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)


class Waiting(asyncio.Protocol):
    """One socket: it polls, rests, and polls again."""

    def __init__(self, asks: bytes, every: float, stood: Stood) -> None:
        self._asks = asks
        self._every, self._stood = every, stood
        self._begun = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._stood.opened += 1

    def ask(self) -> None:
        """Poll."""
        if not self.transport.is_closing():
            self._begun = time.perf_counter()
            self.transport.write(self._asks)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """An answer came whole."""
        self._stood.polls += 1
        self._stood.odd += self._parser.get_status_code() != _OK
        self._parser = httptools.HttpResponseParser(self)
        self._stood.taken.append((time.perf_counter() - self._begun) * 1000)
        self._loop.call_later(self._every, self.ask)

    def connection_lost(self, _: Exception | None) -> None:
        self._stood.lost += 1


async def _stand(buying: Buying, sockets: int, every: float) -> dict[str, Any]:
    stood, loop = Stood(), asyncio.get_running_loop()
    found: list[Waiting] = []
    for first in range(0, sockets, _AT_ONCE):
        some = range(first, min(first + _AT_ONCE, sockets))
        found += await asyncio.gather(*(_opened(buying, n, every, stood) for n in some))
    for number, one in enumerate(found):
        loop.call_later(every * number / len(found), one.ask)
    print(json.dumps({"opened": stood.opened}), flush=True)
    began = loop.time()
    await loop.run_in_executor(None, sys.stdin.read)
    stood.seconds = loop.time() - began
    told = asdict(stood)  # before they are closed by us
    for one in found:
        one.transport.abort()
    return told


async def _opened(buying: Buying, number: int, every: float, stood: Stood) -> Waiting:
    tickets = Tickets(bytes.fromhex(buying.key), buying.brand)
    asks = poll_of(tickets, buying.sales[0], buying.first + number)
    place = urlsplit(buying.address)
    _, one = await asyncio.get_running_loop().create_connection(
        lambda: Waiting(asks, every, stood),
        place.hostname or "",
        place.port or 80,
        local_addr=(f"127.0.0.{2 + number % _SOURCES}", 0),
    )
    return one


def main() -> None:
    """Stand until the input ends."""
    asked = json.loads(sys.stdin.readline())
    stood = uvloop.run(_stand(Buying(**asked["buying"]), asked["sockets"], asked["every"]))
    print(json.dumps(stood))


if __name__ == "__main__":
    main()
