"""A primary dies in a sale, its standby goes on: what was acknowledged, and what waiting costs.

Before it dies the standby hears nothing any more. Where commits wait for it nobody is told of what
it has not; where they do not, buyers were told of orders that are gone: the verdict must say so.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.chaos.crowd import Crowding
from bench.chaos.ground import CHANNELS, Buyers, Ground, acknowledged
from bench.chaos.run import Running, sales_of
from bench.chaos.verdict import Verdict, judged
from bench.flash.load import Buying, buy
from bench.flash.stage import TICKET_KEY, Stage, stage
from bench.goals import Goal, figures
from bench.processes import Server
from bench.santong import BRAND
from bench.standby.pair import Pair

_STOCK, _GATEWAYS, _BUYERS, _MANY = 1_200, 2, 32, 100_000_000
_TOLD_BEFORE, _SILENT_SECONDS, _LATEST_SECONDS, _LOOK_SECONDS = 300, 1.5, 240.0, 0.05


def run_standby(rounds: int, seconds: float) -> dict[str, Any]:
    """Both ways of a fail-over, then the rate with and without a standby that is waited for."""
    waits, does_not = fail_over(waits=True), fail_over(waits=False)
    print(f"waited for: {waits.faults or 'no fault'}; not: {does_not.faults}", flush=True)
    rows = [
        {"case": "dies, its standby is waited for", **_row(waits)},
        {"case": "dies, its standby is not", **_row(does_not)},
        *asyncio.run(_rates(rounds, seconds)),
    ]
    goals = [
        Goal("acknowledged orders lost", 0.0, float(waits.lost), at_least=False),
        Goal("faults", 0.0, float(len(waits.faults)), at_least=False),
        Goal("lost where nobody waits: the test bites", 1.0, float(does_not.lost)),
    ]
    return figures("standby", rows, goals)


def fail_over(*, waits: bool) -> Verdict:
    """A sale whose primary dies; what its buyers were told against what stands at the standby."""
    running = Running(_GATEWAYS, 0, 0.0, _STOCK, pay_seconds=900, light=True)
    sales = sales_of(running)
    with tempfile.TemporaryDirectory(prefix="pair") as folder:
        ground = Ground(Path(folder), _GATEWAYS, light=True)
        pair = Pair(ground.postgres, Path(folder) / "b")
        try:
            pair.wait_for_standby(waits=waits)
            ground.point_at(pair.url("santong"))
            ground.sell(*sales)
            for place in range(_GATEWAYS):
                ground.raise_again(place, None)
            ground.wait_ready()
            _struck(ground, pair, sales)
            acks = acknowledged(ground.acks)
            return judged(pair.standby.dsn("santong"), sales, acks, settled=False)
        finally:
            ground.close()
            pair.standby.stop()


def _struck(ground: Ground, pair: Pair, sales: list[Any]) -> None:
    buyers = Buyers(
        Crowding(
            ports=tuple(ground.ports),
            brand=BRAND,
            sales=tuple(one.id for one in sales),
            channels=CHANNELS,
            key=TICKET_KEY,
            token="",
            acks=str(ground.acks),
            buyers=_BUYERS,
            to_the_end=True,
        )
    )
    while len(acknowledged(ground.acks)) < _TOLD_BEFORE and not buyers.over:
        time.sleep(_LOOK_SECONDS)
    pair.hold_back()
    time.sleep(_SILENT_SECONDS)
    pair.fail_over()
    began = time.monotonic()
    while not buyers.over and time.monotonic() - began < _LATEST_SECONDS:
        time.sleep(_LOOK_SECONDS)
    buyers.kill()


async def _rates(rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Without a standby, then with one that commits wait for in every other round."""
    with (
        tempfile.TemporaryDirectory(prefix="pair") as folder,
        stage(Path(folder)) as on,
        on.serving("standby") as server,
    ):
        found = [await _rate(on, server, f"a{n}", seconds, "no standby") for n in range(rounds)]
        pair = Pair(on.primary, Path(folder) / "b")
        try:
            for turn in range(2 * rounds):
                waits = bool(turn % 2)
                pair.wait_for_standby(waits=waits)
                case = "its standby is waited for" if waits else "its standby is not"
                found.append(await _rate(on, server, f"b{turn}", seconds, case))
        finally:
            pair.wait_for_standby(waits=False)
            pair.standby.stop()
    return found


async def _rate(on: Stage, server: Server, sale: str, seconds: float, case: str) -> dict[str, Any]:
    await on.sell({sale: _MANY})
    bought = await buy(Buying(server.address, BRAND, (sale,), TICKET_KEY, seconds, warm=1.0))
    p99 = bought.p99_ms.get("Reserved")
    return {"case": f"rate, {case}", "orders a second": bought.rate, "p99 ms": p99}


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "acknowledged": verdict.acknowledged,
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "oversold": verdict.oversold,
        "leaked": verdict.leaked,
    }
