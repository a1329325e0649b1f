"""What a call costs in CPU, by HTTP client: `python -m bench.wire [--rounds 3] [--calls 4000]`.

The upstream is a process of its own that answers from memory, on loopback with keep-alive, so only
the client's work is measured: its process time per call. Clients that are not installed are left
out; they are no part of the project's environment.
"""

import argparse
import asyncio
import importlib
import json
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import uvloop

from capabilities.estate import Limits
from connectors._kit import Wire
from connectors._kit.pool import Pool

Get = Callable[[str], Awaitable[int]]
CONNECTIONS = (1, 8, 32)
SIZES = (2_000, 10_000)


def answer_of(size: int) -> bytes:
    """An answer of about so many bytes, as a shop's list of orders."""
    row = {
        "id": 4711,
        "status": "completed",
        "total": "129.00",
        "currency": "CNY",
        "note": "x" * 40,
    }
    body = json.dumps([row] * max(1, size // len(json.dumps(row)))).encode()
    head = (
        "HTTP/1.1 200 OK\r\nServer: shop\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\n"
        "Content-Type: application/json; charset=UTF-8\r\nX-WP-Total: 10\r\nX-WP-TotalPages: 1\r\n"
        f"Cache-Control: no-cache\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Upstream(asyncio.Protocol):
    """Answers `/SIZE` with so many bytes."""

    answers: ClassVar = {size: answer_of(size) for size in SIZES}

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """One answer for each request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            request, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            self._transport.write(self.answers[int(request.split(b" ", 2)[1][1:])])


def serve(port: Any) -> None:
    """Run the upstream until its process is ended."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def ours(base: str, at_once: int) -> Get:
    """Our wire, with everything that it checks."""
    wire = Wire("shop", base, limits=Limits(max_concurrent=at_once, deadline_ms=30_000))

    async def get(path: str) -> int:
        return len((await wire.get(path)).body)

    return get


async def ours_bare(base: str, at_once: int) -> Get:
    """Our connections alone, without deadline, gate and checks."""
    del at_once
    host, _, port = base.removeprefix("http://").partition(":")
    pool = Pool("shop", host, int(port), secure=False, cap=1_000_000)

    async def get(path: str) -> int:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\n\r\n".encode()
        return len((await pool.ask(request, again=True))[2])

    return get


async def aiohttp(base: str, at_once: int) -> Get:
    """aiohttp."""
    lib = importlib.import_module("aiohttp")
    session = lib.ClientSession(
        connector=lib.TCPConnector(limit=at_once),
        cookie_jar=lib.DummyCookieJar(),
        timeout=lib.ClientTimeout(total=None),
        auto_decompress=False,
    )

    async def get(path: str) -> int:
        async with session.get(base + path, allow_redirects=False) as response:
            return len(await response.read())

    return get


async def httpx(base: str, at_once: int) -> Get:
    """httpx with its own transport."""
    return _like_httpx(importlib.import_module("httpx"), base, at_once)


async def httpx2(base: str, at_once: int) -> Get:
    """httpx2."""
    return _like_httpx(importlib.import_module("httpx2"), base, at_once)


async def httpx_over_aiohttp(base: str, at_once: int) -> Get:
    """httpx over an aiohttp transport."""
    lib = importlib.import_module("httpx_aiohttp")
    limits = importlib.import_module("httpx").Limits(max_connections=at_once)
    client = lib.HttpxAiohttpClient(limits=limits, timeout=30)

    async def get(path: str) -> int:
        return len((await client.get(base + path)).content)

    return get


def _like_httpx(lib: Any, base: str, at_once: int) -> Get:
    limits = lib.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    client = lib.AsyncClient(limits=limits, timeout=30, trust_env=False)

    async def get(path: str) -> int:
        return len((await client.get(base + path)).content)

    return get


async def pyreqwest(base: str, at_once: int) -> Get:
    """pyreqwest (Rust)."""
    lib = importlib.import_module("pyreqwest.client")
    client = await lib.ClientBuilder().max_connections(at_once).build().__aenter__()

    async def get(path: str) -> int:
        response = await client.get(base + path).build().send()
        return len(await response.bytes())

    return get


async def pyqwest(base: str, at_once: int) -> Get:
    """pyqwest (Rust)."""
    del at_once
    client = importlib.import_module("pyqwest").Client()

    async def get(path: str) -> int:
        return len((await client.get(base + path)).content)

    return get


async def niquests(base: str, at_once: int) -> Get:
    """niquests."""
    lib = importlib.import_module("niquests")
    session = lib.AsyncSession(pool_maxsize=at_once)

    async def get(path: str) -> int:
        return len((await session.get(base + path)).content)

    return get


async def blacksheep(base: str, at_once: int) -> Get:
    """blacksheep's client."""
    del at_once
    session = importlib.import_module("blacksheep.client").ClientSession(follow_redirects=False)

    async def get(path: str) -> int:
        return len(await (await session.get(base + path)).read())

    return get


async def wreq(base: str, at_once: int) -> Get:
    """wreq (Rust)."""
    del at_once
    client = importlib.import_module("wreq").Client()

    async def get(path: str) -> int:
        return len(await (await client.get(base + path)).bytes())

    return get


async def curl_cffi(base: str, at_once: int) -> Get:
    """curl_cffi (libcurl)."""
    session = importlib.import_module("curl_cffi").AsyncSession(max_clients=at_once)

    async def get(path: str) -> int:
        return len((await session.get(base + path)).content)

    return get


async def aiosonic(base: str, at_once: int) -> Get:
    """aiosonic."""
    del at_once
    client = importlib.import_module("aiosonic").HTTPClient()

    async def get(path: str) -> int:
        return len(await (await client.get(base + path)).content())

    return get


CLIENTS = (
    *(ours, ours_bare, aiohttp, pyreqwest, pyqwest, blacksheep, aiosonic, wreq),
    *(curl_cffi, niquests, httpx_over_aiohttp, httpx2, httpx),
)


async def cost(make: Any, base: str, at_once: int, size: int, calls: int) -> float:
    """CPU of this process in µs per call."""
    get = await make(base, at_once)
    expected = len(Upstream.answers[size].partition(b"\r\n\r\n")[2])
    left = iter(range(calls))

    async def caller() -> None:
        for _ in left:
            if await get(f"/{size}") != expected:
                raise ValueError("another answer")

    await asyncio.gather(*(get(f"/{size}") for _ in range(at_once)))  # connections stand
    started = time.process_time()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return (time.process_time() - started) / calls * 1e6


def measured(rounds: int, calls: int, base: str) -> dict[str, dict[str, float]]:
    """Medians over rounds in which clients take turns."""
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        for make in CLIENTS:
            for at_once in CONNECTIONS:
                for size in SIZES:
                    try:
                        value = uvloop.run(cost(make, base, at_once, size, calls))
                    except ImportError:
                        continue
                    row = found.setdefault(make.__name__, {})
                    row.setdefault(f"{at_once} × {size // 1000} kB", []).append(value)
    return {
        name: {case: round(statistics.median(values), 1) for case, values in row.items()}
        for name, row in found.items()
    }


def main() -> None:
    """Start the upstream, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=4000)
    asked = parser.parse_args()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    process.start()
    try:
        base = f"http://127.0.0.1:{here.recv()}"
        table = measured(asked.rounds, asked.calls, base)
    finally:
        process.terminate()
    cases = list(next(iter(table.values())))
    print("| µs of CPU a call |", " | ".join(cases), "|")
    print("|---|", "---|" * len(cases), sep="")
    for name, row in table.items():
        print(f"| {name} |", " | ".join(str(row[case]) for case in cases), "|")


if __name__ == "__main__":
    main()
