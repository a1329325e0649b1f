"""`python -m bench.soak --seconds 1800`: whether the gateway's memory stays as it is.

`santong serve` over a mock upstream that is ill now and then, asked new operations about new
members at a fixed rate; resident memory, open files and the slope after the warm-up.
"""

import argparse
import asyncio
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from rich.console import Console

from bench.goals import Goal
from bench.machine import machine, today
from bench.processes import Server, child, free_port
from bench.santong import gateway, member_estate
from bench.soak.growth import Sample, Sampling, slope_per_10_minutes
from bench.soak.plot import plot
from bench.soak.questions import Questions
from bench.soak.traffic import Traffic
from bench.stores import stores

_SHARE = 0.7
_WARM_SHARE = 0.3
_CALIBRATE_SECONDS = 10.0
_CLIENTS = 16
# As many people as a process remembers, so that this memory is full before it is measured.
_INTRODUCED = 50_000
_MOST_MB = 1.0
_TEN_MINUTES = 600.0
_MORE_FILES = 5
_SETTLE_SECONDS = 90.0
# After this long without a request, connections that nobody needs are closed.
_IDLE_SECONDS = 20.0
_console = Console(stderr=True, highlight=False)


async def soak(seconds: float, rate: float | None) -> dict[str, Any]:
    """One soak; every process it starts ends with it."""
    with ExitStack() as running:
        home = Path(running.enter_context(TemporaryDirectory(prefix="santong-soak-")))
        settings = running.enter_context(stores(home))
        port = free_port()
        command = [sys.executable, "-m", "bench.soak.upstream", "--port", str(port)]
        running.enter_context(child(home, "upstream", command, {}, port))
        estate = member_estate(f"http://127.0.0.1:{port}", share_batches=True)
        for one in estate["connectors"]:
            one["limits"] = {**one["limits"], "deadline_ms": 1000}
        server = running.enter_context(gateway(home, "santong", estate, settings))
        return await _soaked(server, seconds, rate)


async def _soaked(server: Server, seconds: float, rate: float | None) -> dict[str, Any]:
    introduced = min(_INTRODUCED, int(seconds * 100))
    traffic = Traffic(server.address, Questions(server.token, introduced=introduced))
    _console.print(f"{introduced:,} members introduce themselves")
    await traffic.introduce(_CLIENTS)
    can = await traffic.closed_loop(min(_CALIBRATE_SECONDS, seconds), _CLIENTS)
    rate = rate or can * _SHARE
    await asyncio.sleep(min(_IDLE_SECONDS, seconds / 4))
    sampling = Sampling(server.pids[0], max(0.5, min(5.0, seconds / 120)))
    files, series = sampling.files(), await _series(server)
    told = 0.0

    def tick(now: float) -> None:
        nonlocal told
        sample = sampling.due(now)
        if sample is not None and now - told >= min(30.0, seconds / 4):
            told = now
            ended = traffic.ended.total()
            _console.print(
                f"{now:6.0f} s  {sample.rss_mb:7.1f} MB  {sample.files} files  {ended:,} requests"
            )

    _console.print(f"{can:.0f} requests/s at most; {rate:.0f} requests/s for {seconds:.0f} s")
    spent = server.cpu_seconds()
    await traffic.at_rate(rate, seconds, tick)
    spent = server.cpu_seconds() - spent
    left = await _settled(traffic, sampling, files + _MORE_FILES)
    warm = seconds * _WARM_SHARE
    slope = slope_per_10_minutes([one for one in sampling.samples if one.seconds >= warm])
    per_request = slope / _TEN_MINUTES / rate * 2**20
    goals = [
        Goal("memory, MB per 10 minutes", _MOST_MB, slope, at_least=False),
        Goal("open files more than before", _MORE_FILES, left - files, at_least=False),
        Goal("requests never answered", 0, traffic.ended["never answered"], at_least=False),
    ]
    return {
        "bench": "soak",
        "machine": machine(),
        "date": today(),
        "seconds": seconds,
        "warm_seconds": warm,
        "requests_per_second": round(rate, 1),
        "bytes_per_request": round(per_request, 1),
        "cpu_share": round(spent / seconds, 2),
        "ended": dict(sorted(traffic.ended.items())),
        "files": {"before": files, "after": left},
        "series": {"before": series, "after": await _series(server)},
        "goals": [goal.told() for goal in goals],
        "samples": [[one.seconds, one.rss_mb, one.files] for one in sampling.samples],
    }


async def _settled(traffic: Traffic, sampling: Sampling, most: int) -> int:
    """The open files once clients and idle connections are gone.

    A pool looks at its idle connections when it is used, so a single client goes on asking.
    """
    ends = time.monotonic() + _SETTLE_SECONDS
    while sampling.files() > most and time.monotonic() < ends:
        await asyncio.sleep(5)
        await traffic.closed_loop(0.2, 1)
    return sampling.files()


async def _series(server: Server) -> int:
    """How many time series the gateway tells of itself: labels must not grow with requests."""
    headers = {"authorization": f"Bearer {server.token}"}
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.get(f"{server.address}/metrics", headers=headers) as answer,
    ):
        text = await answer.text()
    return sum(1 for line in text.splitlines() if line and not line.startswith("#"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0, help="after the calibration")
    parser.add_argument("--rate", type=float, help="requests a second instead of 70 %% of the most")
    parser.add_argument("--json", type=Path, default=Path("build/soak.json"), help="figures")
    chosen = parser.parse_args()
    told = asyncio.run(soak(chosen.seconds, chosen.rate))
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(told, ensure_ascii=False) + "\n", "utf-8")
    drawn = chosen.json.with_suffix(".svg")
    first = told["goals"][0]
    title = f"Resident memory, MB: {first['value']} MB per 10 minutes after warm-up"
    drawn.write_text(
        plot([Sample(*one) for one in told["samples"]], told["warm_seconds"], title), "utf-8"
    )
    for name, count in told["ended"].items():
        print(f"{count:9,} {name}")
    for goal in told["goals"]:
        print(f"{goal['name']}: {goal['value']} ({goal['goal']})")
    print(f"{told['bytes_per_request']:.0f} bytes a request; {chosen.json}, {drawn}")
    return 0 if all(goal["met"] for goal in told["goals"]) else 1


if __name__ == "__main__":
    sys.exit(main())
