"""Cases measured in interleaved rounds of one run: medians of CPU, rates and latencies."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console

from bench.load import Outcome, drive, load_of
from bench.processes import Server

_console = Console(stderr=True, highlight=False)
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing measured: `measure` runs it for some seconds with a seed."""

    name: str
    measure: Callable[[float, int], Awaitable[Figures]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a server is asked: a body, the length of its answers, clients at once."""

    body: str
    length: int
    clients: int = 32
    many: int = 1
    first: int = 0
    in_turn: bool = False
    rate: float = 0.0


async def interleaved(
    cases: Sequence[Case], seconds: float, rounds: int, warm: float
) -> dict[str, Figures]:
    """Every case in turn, `rounds` times, after a warm-up of each."""
    found: dict[str, list[Figures]] = {case.name: [] for case in cases}
    for turn in range(rounds + 1):
        for case in cases:
            label = "warming up" if turn == 0 else f"round {turn} of {rounds}"
            with _console.status(f"{label}: {case.name}"):
                one = await case.measure(warm if turn == 0 else seconds, turn)
            if turn:
                found[case.name].append(one)
    return {name: medians(some) for name, some in found.items()}


def medians(some: Sequence[Figures]) -> Figures:
    """The median of every figure."""
    return {key: median(one[key] for one in some) for key in some[0]} if some else {}


def served(server: Server, asked: Asked) -> Callable[[float, int], Awaitable[Figures]]:
    """Measures a server under load."""

    async def measure(seconds: float, seed: int) -> Figures:
        before = server.cpu_seconds()
        outcome = await drive(
            load_of(
                server,
                asked.body,
                asked.length,
                seconds,
                clients=asked.clients,
                rate=asked.rate,
                seed=seed,
                many=asked.many,
                first=asked.first,
                in_turn=asked.in_turn,
            )
        )
        spent = server.cpu_seconds() - before
        return _figures(server.name, outcome, spent)

    return measure


def _figures(name: str, outcome: Outcome, spent: float) -> Figures:
    if outcome.failed or not outcome.requests:
        what = f"{outcome.failed} of {outcome.requests} requests failed"
        raise RuntimeError(f"{name}: {what}: {outcome.fault}")
    return {
        "requests_per_second": outcome.requests / outcome.seconds,
        "cpu_ms": spent * 1000 / outcome.requests,
        "p50_ms": outcome.p50_ms,
        "p99_ms": outcome.p99_ms,
        "load_cpu_ms": outcome.cpu * 1000 / outcome.requests,
    }


def row(name: str, figures: Figures, **more: Any) -> dict[str, Any]:
    """A row of a bench's table."""
    return {
        "case": name,
        "CPU ms/request": round(figures["cpu_ms"], 4),
        "requests/s": round(figures["requests_per_second"]),
        "p50 ms": round(figures["p50_ms"], 1),
        "p99 ms": round(figures["p99_ms"], 1),
        **more,
    }
