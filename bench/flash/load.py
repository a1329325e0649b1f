"""Buyers in a process of their own: another member for every order, over raw connections.

Closed loop: so many clients, each orders again when it has its answer. Open loop: orders are due
at fixed times, and a latency counts from then, so that a server that stalls cannot slow it down.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

from bench.processes import ROOT
from capabilities.flash.tickets import Ticket, TicketKind, Tickets

_FAR, _OK = 4_000_000_000, 200


@dataclass(frozen=True, slots=True)
class Buying:
    """What is bought: members from `first` on, one after another, in turn from each of `sales`.

    `key` signs their tickets, in hexadecimal. So many `people` come, and nobody after them,
    whatever the time; 0 where time alone decides.
    """

    address: str
    brand: str
    sales: tuple[str, ...]
    key: str
    seconds: float
    clients: int = 256
    rate: float = 0.0
    first: int = 0
    warm: float = 0.0
    plain: bool = False
    people: int = 0


@dataclass(slots=True)
class Bought:
    """What came back after the warm-up; latencies in milliseconds by outcome."""

    outcomes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    p50_ms: dict[str, float] = field(default_factory=dict)
    p99_ms: dict[str, float] = field(default_factory=dict)
    cpu: float = 0.0
    members: int = 0
    fault: str = ""

    @property
    def accepted(self) -> int:
        """How many were reserved."""
        return self.outcomes.get("Reserved", 0)

    @property
    def rate(self) -> float:
        """Reservations a second."""
        return self.accepted / self.seconds if self.seconds else 0.0


async def buy(buying: Buying, module: str = "bench.flash.load") -> Bought:
    """Run the buyers in a child process, so that their CPU is not the server's."""
    command = (sys.executable, "-m", module)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=ROOT)
    text, _ = await process.communicate(json.dumps(asdict(buying)).encode())
    return Bought(**json.loads(text))


class Buyer(asyncio.Protocol):
    """One connection: one order at a time."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._begun = 0.0
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def order(self, begun: float) -> None:
        """Send the next order; its time counts from `begun`."""
        self._begun = begun
        self.transport.write(self._run.next_order())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body, self._body = self._body, b""
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        self._run.answered(self, self._begun, status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost(self, exc)


class Run:
    """One load while it runs."""

    def __init__(self, buying: Buying) -> None:
        self._buying = buying
        self._key = bytes.fromhex(buying.key)
        self._tickets = Tickets(self._key, buying.brand)
        self._number = buying.first
        self._taken: dict[str, list[float]] = {}
        self._counts: Counter[str] = Counter()
        self._fault = ""
        self._free: deque[Buyer] = deque()
        self._due: deque[float] = deque()
        self._under_way = 0
        self._ended = asyncio.Event()
        self._starts = self._ends = 0.0
        self._over = False

    def next_order(self) -> bytes:
        """An order of the next member."""
        number, self._number = self._number, self._number + 1
        buying = self._buying
        sale = buying.sales[number % len(buying.sales)]
        member = f"m{number:09d}abcdefghijklmn"
        if buying.plain:
            body = b'{"query":"mutation($s:String!,$m:String!,$k:String!){place(sale:$s,member:$m,'
            body += b'key:$k)}","variables":{"s":"%b","m":"%b","k":"k"}}'
            body %= (sale.encode(), member.encode())
            head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        else:
            ticket = Ticket(TicketKind.ADMITTED, member, "web", number, _FAR)
            body = b'{"idempotencyKey":"%016x"}' % number
            head = f"POST /flash/{sale}/orders HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            head += f"santong-ticket: {self._tickets.signed(sale, ticket)}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def answered(self, buyer: Buyer, begun: float, status: int, body: bytes) -> None:
        """An answer came; order again, or rest."""
        now = time.perf_counter()
        outcome = self.outcome(status, body)
        if outcome.isdigit() or outcome == "errors":
            self._fault = self._fault or f"{status}: {body[:200]!r}"
        if begun >= self._starts:
            self._counts[outcome] += 1
            self._taken.setdefault(outcome, []).append(now - begun)
        self._under_way -= 1
        if self._due:
            self._start(buyer, self._due.popleft())
        elif self._buying.rate or now >= self._ends:
            self._free.append(buyer)
            self._over = self._over or not self._buying.rate
            if self._over and not self._under_way and not self._due:
                self._ended.set()
        else:
            self._start(buyer, now)

    def outcome(self, status: int, body: bytes) -> str:
        """What an answer says; a number, or `errors`, is a fault."""
        return _outcome(status, body)

    def lost(self, buyer: Buyer, exc: Exception | None) -> None:
        """A server may close a connection that rests, never one that waits for its answer."""
        if buyer in self._free:
            self._free.remove(buyer)
        elif not self._ended.is_set():
            self._fault = self._fault or f"a connection was closed: {exc}"
            self._ended.set()

    async def run(self) -> Bought:
        """The whole load."""
        for _ in range(self._buying.clients):
            await self._connect()
        began = time.perf_counter()
        self._starts = began + self._buying.warm
        self._ends = self._starts + self._buying.seconds
        cpu = time.process_time()
        if self._buying.rate:
            await self._arrivals(began)
        else:
            free, self._free = self._free, deque()
            for buyer in free:
                self._start(buyer, time.perf_counter())
        await self._ended.wait()
        told = self._told(time.perf_counter(), time.process_time() - cpu)
        for buyer in self._free:
            buyer.transport.abort()
        return told

    async def _arrivals(self, began: float) -> None:
        gap, turn = 1 / self._buying.rate, 0
        while (due := began + turn * gap) < self._ends and not self._ended.is_set():
            ahead = due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            turn += 1
            if self._free:
                # In turn: a connection that rests long is closed, perhaps just as it is used.
                self._start(self._free.popleft(), due)
            else:
                self._due.append(due)
        self._over = True
        if not self._under_way and not self._due:
            self._ended.set()

    async def _connect(self) -> None:
        place = urlsplit(self._buying.address)
        loop = asyncio.get_running_loop()
        _, buyer = await loop.create_connection(
            lambda: Buyer(self), place.hostname or "", place.port or 80
        )
        self._free.append(buyer)

    def _start(self, buyer: Buyer, begun: float) -> None:
        self._under_way += 1
        buyer.order(begun)

    def _told(self, now: float, cpu: float) -> Bought:
        ranked = {name: sorted(taken) for name, taken in self._taken.items()}
        return Bought(
            outcomes=dict(self._counts),
            seconds=now - self._starts,
            p50_ms={name: _share(taken, 50) for name, taken in ranked.items()},
            p99_ms={name: _share(taken, 99) for name, taken in ranked.items()},
            cpu=cpu,
            members=self._number - self._buying.first,
            fault=self._fault,
        )


def _outcome(status: int, body: bytes) -> str:
    if body.startswith(b'{"__typename":"'):
        return body[15 : body.index(b'"', 15)].decode()
    if body.startswith(b'{"errors"'):
        return "errors"
    if status == _OK and b'"place":"Reserved"' in body.replace(b" ", b""):
        return "Reserved"
    return str(status)


def _share(taken: list[float], percent: int) -> float:
    return taken[min(len(taken) * percent // 100, len(taken) - 1)] * 1000


if __name__ == "__main__":
    told = uvloop.run(Run(Buying(**json.load(sys.stdin))).run())
    print(json.dumps(asdict(told)))
