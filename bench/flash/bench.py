"""Durable orders of a flash sale a second: full path, another member for every order.

Generator, gateway, PostgreSQL and Redis share the machine. CPU per order says what an order costs
also where others work meanwhile; the rate says what this machine did. Every case ends with the
auditor, who must find nothing.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import getloadavg
from pathlib import Path
from typing import Any

from bench.flash.load import Bought, Buying, buy
from bench.flash.stage import TICKET_KEY, Stage, stage
from bench.goals import Goal, figures, ratio
from bench.options import Options
from bench.processes import Server, python_server
from bench.santong import BRAND

_LEAST, _AIM = 5_136.0, 10_272.0
_CLIENTS, _SKUS, _MANY = 256, 50, 100_000_000
_PARTS = ("gateway", "postgres", "redis", "load")


@dataclass(frozen=True, slots=True)
class Length:
    """How long a case runs, in seconds."""

    warm: float
    seconds: float


@dataclass(slots=True)
class Case:
    """What a case brought; CPU in microseconds for each order, warm-up included."""

    name: str
    bought: Bought
    load: float
    cpu: dict[str, float] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """As it stands in the table."""
        cpu = {f"{part} µs": self.cpu.get(part) for part in _PARTS}
        outcome = "Reserved" if self.bought.accepted else next(iter(self.bought.outcomes), "")
        return {
            "case": self.name,
            "reserved": self.bought.accepted,
            "a second": self.bought.rate,
            "p50 ms": self.bought.p50_ms.get(outcome),
            "p99 ms": self.bought.p99_ms.get(outcome),
            **cpu,
            "CPU µs an order": sum(self.cpu.values()),
            "machine's load": self.load,
            "auditor": ", ".join((*self.faults, *filter(None, [self.bought.fault]))) or "agrees",
        }


async def run_flash(options: Options) -> dict[str, Any]:
    """All cases, one after another over stores of their own."""
    length = Length(2.0, 6.0) if options.quick else Length(10.0, 60.0)
    cases: dict[str, Case] = {}
    skus = {f"sku{number}": _MANY for number in range(_SKUS)}
    for processes in (1,) if options.quick else (1, 4, 16):
        with _staged() as on, on.serving(f"santong {processes}", processes) as server:
            name = f"{processes} process{'es' * (processes > 1)}, one SKU"
            cases[name] = await _closed(on, server, name, length, {"one": _MANY})
            if processes == 1:
                cases["50 SKUs"] = await _closed(on, server, "1 process, 50 SKUs", length, skus)
                peak = cases[name].bought.rate
                cases["70 %"] = await _open(on, server, length, 0.7 * peak)
                cases["sold out"] = await _sold_out(on, server, length)
    with _staged() as on, python_server(on.home, "plain", "bench.flash.plain", on.settings) as one:
        cases["plain"] = await _closed(
            on, one, "plain Strawberry, one commit an order", length, {"one": _MANY}, plain=True
        )
    return figures("flash", [one.row() for one in cases.values()], _goals(cases))


@contextmanager
def _staged() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as home, stage(Path(home)) as on:
        yield on


async def _closed(
    on: Stage,
    server: Server,
    name: str,
    length: Length,
    stocks: dict[str, int],
    *,
    plain: bool = False,
) -> Case:
    await on.sell(stocks)
    buying = _buying(server, length, tuple(stocks), plain=plain)
    return await _case(on, server, name, buying)


async def _open(on: Stage, server: Server, length: Length, rate: float) -> Case:
    await on.sell({"open": _MANY})
    buying = _buying(server, length, ("open",), rate=rate)
    return await _case(on, server, "open loop at 70 % of peak", buying)


async def _sold_out(on: Stage, server: Server, length: Length) -> Case:
    await on.sell({"gone": 100})
    return await _case(on, server, "nothing left", _buying(server, length, ("gone",), rate=2_000.0))


def _buying(
    server: Server,
    length: Length,
    sales: tuple[str, ...],
    *,
    rate: float = 0.0,
    plain: bool = False,
) -> Buying:
    return Buying(
        server.address,
        BRAND,
        sales,
        TICKET_KEY,
        length.seconds,
        clients=_CLIENTS,
        rate=rate,
        warm=length.warm,
        plain=plain,
    )


async def _case(on: Stage, server: Server, name: str, buying: Buying) -> Case:
    """One load with a checkpoint in its middle, what it cost, and what the auditor says."""
    watched = {"gateway": server, "postgres": on.postgres, "redis": on.valkey}
    before = {part: one.cpu_seconds() for part, one in watched.items()}
    checkpoint = asyncio.create_task(on.checkpoint(buying.warm + buying.seconds / 2))
    bought = await buy(buying)
    await checkpoint
    spent = {part: one.cpu_seconds() - before[part] for part, one in watched.items()}
    spent["load"] = bought.cpu
    cpu = {part: 1e6 * seconds / bought.members for part, seconds in spent.items()}
    if buying.plain:  # it writes fewer rows than the auditor looks at
        return Case(name, bought, getloadavg()[0], cpu)
    faults = [fault for sale in buying.sales for fault in await on.audited(sale)]
    return Case(name, bought, getloadavg()[0], cpu, tuple(faults))


def _goals(cases: dict[str, Case]) -> list[Goal]:
    goals = []
    rated = [name for name in cases if "process" in name or name == "50 SKUs"]
    for name in rated:
        case = cases[name]
        goals.append(Goal(f"{name}: orders a second", _LEAST, case.bought.rate, note="aim 10,272"))
        if "processes" in name:
            p99 = case.bought.p99_ms.get("Reserved")
            goals.append(Goal(f"{name}: p99 in ms", 100.0, p99, at_least=False))
    first = cases["1 process, one SKU"]
    times = ratio(first.bought.rate, cases["plain"].bought.rate)
    goals.append(Goal("over plain Strawberry", 11.0, times, note="aim 22"))
    at_70 = cases["70 %"].bought.p99_ms.get("Reserved")
    goals.append(Goal("accepted p99 at 70 % of peak, ms", 100.0, at_70, at_least=False))
    refused = cases["sold out"].bought.p99_ms.get("SoldOut")
    goals.append(Goal("refused p99, ms", 50.0, refused, at_least=False))
    least = float(min(case.bought.accepted for case in (first, cases["50 SKUs"])))
    goals.append(Goal("reservations in a case", 300_000.0, least))
    wrong = float(sum(len(case.faults) + bool(case.bought.fault) for case in cases.values()))
    goals.append(Goal("faults of auditor and load", 0.0, wrong, at_least=False))
    return goals
