"""A closed loop of clients over keep-alive connections, in a process of its own."""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass

import aiohttp

_OK = 200


@dataclass(frozen=True, slots=True)
class Load:
    """What to ask, how many clients at once, and for how long."""

    url: str
    token: str
    body: str
    clients: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back; latencies in milliseconds."""

    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float


async def drive(load: Load) -> Outcome:
    """Run the load in a child process, so that its own CPU is not the server's."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    text, _ = await process.communicate(json.dumps(asdict(load)).encode())
    return Outcome(**json.loads(text))


async def _run(load: Load) -> Outcome:
    headers = {"content-type": "application/json", "authorization": f"Bearer {load.token}"}
    taken: list[float] = []
    failed = 0
    started = time.perf_counter()
    ends = started + load.seconds

    async def client(session: aiohttp.ClientSession) -> None:
        nonlocal failed
        while time.perf_counter() < ends:
            begun = time.perf_counter()
            async with session.post(load.url, data=load.body, headers=headers) as answer:
                content = await answer.read()
            taken.append(time.perf_counter() - begun)
            failed += answer.status != _OK or b'"errors"' in content

    connector = aiohttp.TCPConnector(limit=load.clients)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(client(session) for _ in range(load.clients)))
    taken.sort()
    return Outcome(
        requests=len(taken),
        failed=failed,
        seconds=time.perf_counter() - started,
        p50_ms=taken[len(taken) // 2] * 1000,
        p99_ms=taken[min(len(taken) * 99 // 100, len(taken) - 1)] * 1000,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_run(Load(**json.load(sys.stdin)))))))
