"""The floor under every gateway: the same calls to the systems with the wire client alone.

`python -m bench.floor` asks for members drawn at random until its time is over: three look-ups at
once, then three lists of orders, bodies read and thrown away. With a batch, so many members travel
in one call, as Santong's loads across requests do.
"""

import asyncio
import json
import sys
import time
from random import Random
from typing import Any

import aiohttp
import uvloop
from yarl import URL

from bench.processes import ROOT
from bench.upstream import members

_PATHS = ("sap", "shop", "pos")


async def measure(upstream: str, seconds: float, batch: int, seed: int) -> dict[str, float]:
    """Run it in a process of its own: requests, seconds, CPU seconds, memory."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.floor"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    asked = {"upstream": upstream, "seconds": seconds, "batch": batch, "seed": seed}
    text, _ = await process.communicate(json.dumps(asked).encode())
    found: dict[str, float] = json.loads(text)
    return found


async def _run(upstream: str, seconds: float, batch: int, seed: int) -> dict[str, Any]:
    drawn = Random(seed)  # noqa: S311 - a draw that can be repeated is wanted
    ends, requests = time.perf_counter() + seconds, 0
    taken: list[float] = []

    async def one(session: aiohttp.ClientSession) -> None:
        nonlocal requests
        while (begun := time.perf_counter()) < ends:
            some = [drawn.randrange(members.MEMBERS) for _ in range(batch)]
            await asyncio.gather(*(_read(session, url) for url in _lookups(upstream, some)))
            await asyncio.gather(*(_read(session, url) for url in _lists(upstream, some)))
            requests += batch
            taken.append(time.perf_counter() - begun)

    connector = aiohttp.TCPConnector(limit=64)
    started, cpu = time.perf_counter(), time.process_time()
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as session:
        await asyncio.gather(*(one(session) for _ in range(max(1, 32 // batch))))
    taken.sort()
    return {
        "requests": requests,
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "p50_ms": taken[len(taken) // 2] * 1000,
        "p99_ms": taken[len(taken) * 99 // 100] * 1000,
    }


def _lookups(upstream: str, some: list[int]) -> list[str]:
    phones = "%2C".join(members.phone(one) for one in some)
    return [f"{upstream}/{path}/customers?limit=100&offset=0&phone={phones}" for path in _PATHS]


def _lists(upstream: str, some: list[int]) -> list[str]:
    return [
        f"{upstream}/{path}/orders?limit=11&offset=0&sort=date&direction=desc&customer="
        + "%2C".join(str(members.customer(one, system)) for one in some)
        for system, path in enumerate(_PATHS)
    ]


async def _read(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(URL(url, encoded=True)) as answer:
        await answer.read()


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(**json.load(sys.stdin)))))
