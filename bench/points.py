"""Changes of points a second: one account that everybody wants, and many.

Beside the lock of a row that Santong takes, the same transactions serialisable, repeated until
they succeed: the decision for the lock stands on this.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from bench.goals import Goal, figures, ratio
from bench.options import Options
from capabilities.points import ledger
from capabilities.points.records import AccountKey, EntryType, Told
from gateway.embedded import EmbeddedPostgres
from store.engine import Run, Store
from store.migrate import upgrade
from store.points.ledger import PointsLedger, Wish

_CLIENTS, _ACCOUNTS = 8, 64
_AGAIN = "40001"
_SERIAL = text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")


class Serialisable(Store):
    """A store whose transactions are serialisable and repeated where that is refused."""

    again = 0

    async def transaction(self, work: Callable[[Run], Awaitable[Any]]) -> Any:
        async def strict(run: Run) -> Any:
            await run(_SERIAL, {})
            return await work(run)

        while True:
            try:
                return await super().transaction(strict)
            except psycopg.Error as exc:
                if exc.sqlstate != _AGAIN:
                    raise
                self.again += 1


async def run_points(options: Options) -> dict[str, Any]:
    """Interleaved rounds of four cases."""
    with tempfile.TemporaryDirectory() as home, EmbeddedPostgres.start(Path(home)) as postgres:
        database = postgres.create_database("points")
        upgrade(database)
        kinds = {"row lock": Store, "serialisable": Serialisable}
        stores = {
            name: kind.open(database, deadline_seconds=60.0, connections=_CLIENTS)
            for name, kind in kinds.items()
        }
        rates: dict[tuple[str, int], list[float]] = {}
        for number in range(options.rounds):
            for name, store in stores.items():
                for accounts in (1, _ACCOUNTS):
                    rate = await _round(store, f"{name}-{number}", accounts, options.seconds)
                    rates.setdefault((name, accounts), []).append(rate)
        for store in stores.values():
            await store.aclose()
    best = {case: max(found) for case, found in rates.items()}
    rows = [
        {"changes a second": name, "one account": best[name, 1], "64 accounts": best[name, 64]}
        for name in kinds
    ]
    hot = ratio(best["row lock", 1], best["serialisable", 1])
    goal = Goal("row lock over serialisable, one account", 1.0, hot)
    return figures("points", rows, [goal])


async def _round(store: Store, brand: str, accounts: int, seconds: float) -> float:
    points, done, numbers = PointsLedger(store, brand, lambda: datetime.now(UTC)), count(), count()
    keys = [AccountKey("shop", str(number)) for number in range(accounts)]
    ends = time.perf_counter() + seconds

    async def client() -> None:
        while time.perf_counter() < ends:
            number = next(numbers)
            await _earn(points, keys[number % accounts], f"{accounts}-{number}")
            next(done)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    return round(next(done) / (time.perf_counter() - began))


async def _earn(points: PointsLedger, key: AccountKey, name: str) -> None:
    now = datetime.now(UTC)
    told = Told(source="bench", author="bench", idempotency_key=name, occurred_at=now)

    def decide(found: Any, at: datetime) -> list[ledger.Posted]:
        account = found[key]
        if account.available(at) and account.sequence % 2:
            done = ledger.spend(account, EntryType.SPEND, 1, told, at)
            return [done] if isinstance(done, ledger.Posted) else []
        return [ledger.credit(account, EntryType.EARN, 1, told, at)]

    await points.change([key], decide, Wish(author="bench", key=name, what=name))
