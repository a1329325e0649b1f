"""The floor under every gateway: the same calls to the systems with the wire client alone.

`python -m bench.floor` asks for members drawn at random until its time is over: three look-ups at
once, then three lists of orders, bodies read and thrown away, over the connections that Santong's
wire keeps. With a batch, so many members travel in one call, as its loads across requests do.
"""

import asyncio
import json
import sys
import time
from random import Random
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.processes import ROOT
from bench.upstream import members
from connectors._kit.pool import Pool

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

    place = urlsplit(upstream)
    pools = [
        Pool(path, place.hostname or "", place.port or 80, secure=False, cap=8_000_000)
        for path in _PATHS
    ]

    async def all_of(targets: list[str]) -> None:
        await asyncio.gather(*map(_read, pools, targets))

    async def one() -> None:
        nonlocal requests
        while (begun := time.perf_counter()) < ends:
            some = [drawn.randrange(members.MEMBERS) for _ in range(batch)]
            await all_of(_lookups(some))
            await all_of(_lists(some))
            requests += batch
            taken.append(time.perf_counter() - begun)

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one() for _ in range(max(1, 32 // batch))))
    for pool in pools:
        pool.close()
    taken.sort()
    return {
        "requests": requests,
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "p50_ms": taken[len(taken) // 2] * 1000,
        "p99_ms": taken[len(taken) * 99 // 100] * 1000,
    }


def _lookups(some: list[int]) -> list[str]:
    phones = "%2C".join(members.phone(one) for one in some)
    return [f"/{path}/customers?limit=100&offset=0&phone={phones}" for path in _PATHS]


def _lists(some: list[int]) -> list[str]:
    return [
        f"/{path}/orders?limit=11&offset=0&sort=date&direction=desc&customer="
        + "%2C".join(str(members.customer(one, system)) for one in some)
        for system, path in enumerate(_PATHS)
    ]


async def _read(pool: Pool, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n"
    await pool.ask(request.encode(), again=True)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_run(**json.load(sys.stdin)))))
