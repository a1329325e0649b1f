"""Load from a process of its own: raw connections over uvloop and httptools, a member each.

Closed loop: so many clients, each asks again as soon as it has its answer. Open loop: requests
start at fixed times whatever the server does, and a latency counts from the time it was due.
Every answer must be a 200 of the length that was agreed before, and hold no errors.
"""

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from random import Random
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

from bench.processes import ROOT, Server

_OK = 200
_MOST_CONNECTIONS = 512


@dataclass(frozen=True, slots=True)
class Load:
    """What to ask and how: `{number}` in `body` is one of `many` numbers from `first` on.

    They are drawn at random with the seed, or come one after the other with `in_turn`. `rate` above
    0 is an open loop of so many requests a second; else `clients` ask at once.
    """

    address: str
    token: str
    body: str
    length: int
    seconds: float
    clients: int = 32
    rate: float = 0.0
    seed: int = 1
    many: int = 1
    first: int = 0
    in_turn: bool = False
    path: str = "/graphql"
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back; latencies in milliseconds, `cpu` is the load's own."""

    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu: float
    fault: str = ""


async def drive(load: Load) -> Outcome:
    """Run the load in a child process, so that its CPU is not the server's."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    text, _ = await process.communicate(json.dumps(asdict(load)).encode())
    return Outcome(**json.loads(text))


def load_of(server: Server, body: str, length: int, seconds: float, **more: float) -> Load:
    """A load for a server."""
    return Load(server.address, server.token, body, length, seconds, **more)  # type: ignore[arg-type]


class Client(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._begun = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, begun: float) -> None:
        """Send the next request; its time counts from `begun`."""
        self._begun = begun
        self.transport.write(self._run.next_request())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._parts)
        self._parts.clear()
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        self._run.done(self, self._begun, status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost(self, exc)


class Run:
    """One load while it runs."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = _requests(load)
        self._taken: list[float] = []
        self._failed = 0
        self._fault = ""
        self._free: list[Client] = []
        self._waiting: deque[float] = deque()
        self._connections = 0
        self._under_way = 0
        self._ended = asyncio.Event()
        self._over = False
        self._closing = False
        self._ends = 0.0

    def next_request(self) -> bytes:
        """The bytes of a request for a member drawn at random."""
        return next(self._requests)

    def done(self, client: Client, begun: float, status: int, body: bytes) -> None:
        """An answer came; ask again, or rest."""
        now = time.perf_counter()
        self._taken.append(now - begun)
        if status != _OK or len(body) != self._load.length or b'"errors"' in body:
            self._failed += 1
            self._fault = self._fault or f"{status}, {len(body)} bytes: {body[:300]!r}"
        self._under_way -= 1
        if self._waiting:
            self._start(client, self._waiting.popleft())
        elif self._load.rate or now >= self._ends:
            self._free.append(client)
            self._over = self._over or not self._load.rate
            self._end_if_over()
        else:
            self._start(client, now)

    def lost(self, client: Client, exc: Exception | None) -> None:
        """A server may close a connection that rests, never one that waits for its answer."""
        self._connections -= 1
        if client in self._free:
            self._free.remove(client)
        elif not self._closing:
            self._failed += 1
            self._fault = self._fault or f"a connection was closed: {exc}"
            self._ended.set()

    async def run(self) -> Outcome:
        """The whole load."""
        for _ in range(self._load.clients):
            await self._connect()
        started, cpu = time.perf_counter(), time.process_time()
        self._ends = started + self._load.seconds
        if self._load.rate:
            await self._arrivals(started)
            self._over = True
            self._end_if_over()
        else:
            for client in self._drained():
                self._start(client, time.perf_counter())
        await self._ended.wait()
        taken, seconds = sorted(self._taken), time.perf_counter() - started
        self._closing = True
        for client in self._drained():
            client.transport.abort()
        return Outcome(
            requests=len(taken),
            failed=self._failed,
            seconds=seconds,
            p50_ms=_share(taken, 50),
            p99_ms=_share(taken, 99),
            cpu=time.process_time() - cpu,
            fault=self._fault,
        )

    async def _arrivals(self, started: float) -> None:
        gap, turn = 1 / self._load.rate, 0
        while (due := started + turn * gap) < self._ends:
            ahead = due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            turn += 1
            if self._free:
                self._start(self._free.pop(), due)
            else:
                self._waiting.append(due)
                if self._connections < _MOST_CONNECTIONS:
                    await self._connect()

    async def _connect(self) -> None:
        """One more connection, at work at once where a request waits for it."""
        place = urlsplit(self._load.address)
        self._connections += 1
        _, client = await asyncio.get_running_loop().create_connection(
            lambda: Client(self), place.hostname or "", place.port or 80
        )
        if self._waiting:
            self._start(client, self._waiting.popleft())
        else:
            self._free.append(client)

    def _start(self, client: Client, begun: float) -> None:
        self._under_way += 1
        client.ask(begun)

    def _drained(self) -> list[Client]:
        free, self._free = self._free, []
        return free

    def _end_if_over(self) -> None:
        if self._over and not self._under_way and not self._waiting:
            self._ended.set()


def _requests(load: Load) -> Iterator[bytes]:
    before, mark, after = load.body.partition("{number}")
    head = (
        f"{load.method} {load.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        "content-type: application/json\r\n"
        f"accept: application/json\r\nauthorization: Bearer {load.token}\r\ncontent-length: "
    )
    number = str(load.first) if mark else ""
    size = len(before.encode()) + len(number) + len(after.encode())
    front, back = f"{head}{size}\r\n\r\n{before}".encode(), after.encode()
    for place in _places(load):
        yield front + (b"%d" % (load.first + place) if mark else b"") + back


def _places(load: Load) -> Iterator[int]:
    if load.in_turn:
        return cycle(range(load.many))
    drawn = Random(load.seed)  # noqa: S311 - a draw that can be repeated is wanted
    return iter(lambda: drawn.randrange(load.many), None)


def _share(taken: list[float], percent: int) -> float:
    return taken[min(len(taken) * percent // 100, len(taken) - 1)] * 1000 if taken else 0.0


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(Run(Load(**json.load(sys.stdin))).run()))))
