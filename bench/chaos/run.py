"""One run: a sale, its buyers, blows, the calm afterwards, the rest of the stock, the verdict."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench.chaos.blows import Blows
from bench.chaos.crowd import Crowded, Crowding
from bench.chaos.ground import CHANNELS, Buyers, Ground, acknowledged
from bench.chaos.verdict import Verdict, judged
from bench.flash.stage import TICKET_KEY
from bench.santong import BRAND
from capabilities.flash.records import SHARED, FlashSale, SaleState

_CALM_SECONDS, _LATEST_SECONDS, _LOOK_SECONDS = 60.0, 240.0, 0.2
# A naive sale that sells what it has not would go on for ever.
_NAIVE_SECONDS = 20.0
# What is left is bought through the graph, order by order: so many a second on any machine.
_BOUGHT_A_SECOND = 10
_UNPAID = "SELECT count(*) FROM flash_reservations WHERE state IN ('PENDING', 'ORDERED')"
_UNORDERED = """
  SELECT count(*) FROM flash_reservations r WHERE state <> 'RELEASED' AND NOT EXISTS (
    SELECT FROM flash_orders o
    WHERE o.brand = r.brand AND o.sale = r.sale AND o.reservation = r.id)
"""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """How a run goes: so many deaths, or `seconds` of blows at most."""

    gateways: int
    deaths: int
    seconds: float
    stock: int
    buyers: int = 48
    pay_seconds: int = 3
    seed: int = 1
    variant: str = ""
    light: bool = False


@dataclass(slots=True)
class Ran:
    """What a run brought."""

    running: Running
    verdict: Verdict
    struck: dict[str, int]
    steps: dict[str, int]
    deaths: int
    attempts: int
    calm: float

    def row(self) -> dict[str, Any]:
        """As it stands in the table."""
        found = self.verdict
        variant = f", {self.running.variant}" if self.running.variant else ""
        return {
            "gateways": f"{self.running.gateways}{variant}",
            "died": self.deaths,
            "at a step": sum(self.steps.values()),
            "attempts": self.attempts,
            "acknowledged": found.acknowledged,
            "paid": found.paid,
            "lost": found.lost,
            "doubled": found.doubled,
            "oversold": found.oversold,
            "leaked": found.leaked,
            "calm after s": self.calm,
            "faults": "; ".join(found.faults) or "none",
        }


def sales_of(running: Running) -> list[FlashSale]:
    """One sale with a quota, one piece for each; one that all share, two for each."""
    window = {
        "opens_at": datetime(2020, 1, 1, tzinfo=UTC),
        "closes_at": datetime(2090, 1, 1, tzinfo=UTC),
        "state": SaleState.OPEN,
        "payment_seconds": running.pay_seconds,
    }
    third = running.stock // 3
    one = FlashSale(id="one", sku="SN-1", price=990, pools={SHARED: third, "jd": third}, **window)
    two = FlashSale(id="two", sku="SN-2", price=990, pools={SHARED: third}, per_member=2, **window)
    return [one, two]


def run(running: Running, say: Say) -> Ran:
    """A whole run, on stores of its own."""
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        ground = Ground(Path(folder), running.gateways, running.variant, light=running.light)
        try:
            return _run(running, ground, say)
        finally:
            ground.close()


def _run(running: Running, ground: Ground, say: Say) -> Ran:
    sales = sales_of(running)
    ground.sell(*sales)
    blows = Blows(ground, running.seed)
    for place in range(-1, running.gateways):
        blows.raise_again(place, armed=not running.variant)
    ground.wait_ready()
    say("the sale is open")
    buyers = Buyers(_crowding(running, ground, sales))
    blows.go_on(running.deaths, running.seconds, say)
    ended = time.monotonic()
    blows.disarm()
    buyers.stop()
    told = _heard(buyers, blows, _LATEST_SECONDS)
    _wait_until_settled(running, ground, blows)
    calm = time.monotonic() - ended
    say(f"all is settled {calm:.1f} s after the last blow; the rest is bought")
    if running.light:
        ground.retire_work()  # nobody takes payments there: what is bought now must not come back
    rest = Buyers(_crowding(running, ground, sales, to_the_end=True))
    if running.variant:
        last = _heard(rest, blows, _NAIVE_SECONDS, endless=True)
    else:
        last = _heard(rest, blows, _LATEST_SECONDS + running.stock / _BOUGHT_A_SECOND)
    if not running.light:
        _wait_until_settled(running, ground, blows)
    acks = acknowledged(ground.acks)
    verdict = judged(ground.database, sales, acks, settled=not running.light)
    attempts = told.attempts + last.attempts
    for one in (told, last):
        verdict.found(len(one.odd), f"answers that are no answers: {one.odd}")
        verdict.found(one.undecided, "wishes were never decided")
    say(f"{verdict.acknowledged:,} acknowledged, faults: {verdict.faults or 'none'}")
    return Ran(
        running, verdict, dict(blows.struck), dict(blows.steps), blows.deaths, attempts, calm
    )


def _heard(buyers: Buyers, blows: Blows, within: float, *, endless: bool = False) -> Crowded:
    """What all of them heard, once they have come to their end.

    An `endless` sale may never say that nothing is left: its buyers are stopped then.
    """
    began = time.monotonic()
    while not buyers.over:
        blows.raise_fallen(armed=False)
        if time.monotonic() - began > within:
            if endless:
                buyers.stop()
                began, endless = time.monotonic(), False
                continue
            buyers.kill()
            raise RuntimeError("the buyers do not come to an end")
        time.sleep(_LOOK_SECONDS)
    return buyers.told()


def _wait_until_settled(running: Running, ground: Ground, blows: Blows) -> None:
    asked = (_UNPAID,) if running.light else (_UNPAID, _UNORDERED)
    began = time.monotonic()
    while time.monotonic() - began < _CALM_SECONDS:
        blows.raise_fallen(armed=False)
        with psycopg.connect(ground.database) as connection:
            waiting = [connection.execute(one).fetchone() for one in asked]
        if not any(row[0] for row in waiting if row):
            return
        time.sleep(_LOOK_SECONDS)


def _crowding(
    running: Running, ground: Ground, sales: list[FlashSale], *, to_the_end: bool = False
) -> Crowding:
    return Crowding(
        ports=tuple(ground.ports),
        brand=BRAND,
        sales=tuple(one.id for one in sales),
        channels=CHANNELS,
        key=TICKET_KEY,
        token=ground.token,
        acks=str(ground.acks),
        first=10_000_000 * to_the_end,
        buyers=running.buyers,
        pay_seconds=running.pay_seconds,
        to_the_end=to_the_end,
        seed=running.seed,
    )
