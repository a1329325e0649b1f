"""Confirmations of payments a second: gathered in batches, and a commit each, in turn.

Both run the same gateway and write the same rows; confirmations arrive one a request over 64
connections. Every round ends with a look whether payments, orders, history and facts agree.
"""

import tempfile
from os import getloadavg
from pathlib import Path
from typing import Any

from bench.flash.load import Bought, Buying, buy
from bench.flash.stage import Stage, stage
from bench.goals import Goal, figures, ratio
from bench.options import Options
from bench.payments.stage import KEY, Orders, confirming
from bench.processes import Server
from bench.rounds import Figures, medians
from bench.santong import BRAND

_TIMES, _CLIENTS, _WARM = 4.6, 64, 1.0
# No round pays more orders a second than this.
_MOST_A_SECOND = {"batches": 8_000, "a commit each": 2_500}


async def run_payments(options: Options) -> dict[str, Any]:
    """Both ways in interleaved rounds, over one store."""
    found: dict[str, list[Figures]] = {name: [] for name in _MOST_A_SECOND}
    with tempfile.TemporaryDirectory() as home, stage(Path(home)) as on:
        orders = Orders(on.database)
        with (
            confirming(on.home, "batches", on.settings) as batches,
            confirming(on.home, "single", on.settings, "bench.payments.single") as single,
        ):
            for turn in range(options.rounds + 1):
                for name, server in zip(_MOST_A_SECOND, (batches, single), strict=True):
                    seconds = options.seconds if turn else _WARM
                    one = await _round(on, orders, name, server, seconds)
                    if turn:
                        found[name].append(one)
    told = {name: medians(some) for name, some in found.items()}
    return figures("payments", [_row(name, one) for name, one in told.items()], _goals(told))


async def _round(on: Stage, orders: Orders, name: str, server: Server, seconds: float) -> Figures:
    """One load, and what it cost; RuntimeError where anything was lost or doubled."""
    first = orders.some(int((seconds + _WARM) * _MOST_A_SECOND[name]))
    before = orders.paid()
    watched = {"gateway": server, "postgres": on.postgres}
    spent = {part: -one.cpu_seconds() for part, one in watched.items()}
    paying = Buying(
        server.address, BRAND, (), KEY.hex(), seconds, clients=_CLIENTS, first=first, warm=_WARM
    )
    bought = await buy(paying, "bench.payments.load")
    for part, one in watched.items():
        spent[part] += one.cpu_seconds()
    if bought.fault or set(bought.outcomes) != {"Confirmed"}:
        raise RuntimeError(f"{name}: {bought.outcomes} {bought.fault}")
    faults = orders.faults()
    if faults or orders.paid() - before != bought.members:
        raise RuntimeError(f"{name}: what was acknowledged does not stand: {faults}")
    return _figures(bought, spent)


def _figures(bought: Bought, spent: dict[str, float]) -> Figures:
    each = {part: 1e6 * seconds / bought.members for part, seconds in spent.items()}
    return {
        "rate": bought.outcomes["Confirmed"] / bought.seconds,
        "p50": bought.p50_ms["Confirmed"],
        "p99": bought.p99_ms["Confirmed"],
        **each,
        "cpu": sum(each.values()),
        "load": getloadavg()[0],
    }


def _row(name: str, one: Figures) -> dict[str, Any]:
    return {
        "case": name,
        "confirmations/s": one["rate"],
        "p50 ms": one["p50"],
        "p99 ms": one["p99"],
        "gateway µs": one["gateway"],
        "postgres µs": one["postgres"],
        "CPU µs each": one["cpu"],
        "machine's load": one["load"],
    }


def _goals(told: dict[str, Figures]) -> list[Goal]:
    batches, single = (told[name] for name in _MOST_A_SECOND)
    return [
        Goal("confirmations a second, times", _TIMES, ratio(batches["rate"], single["rate"])),
        Goal("CPU of a confirmation, times", _TIMES, ratio(single["cpu"], batches["cpu"])),
    ]
