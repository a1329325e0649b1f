"""Runs of the sync as processes of their own, each told where to die.

`python -m tests.work.syncing_child DATABASE SHOP` forks a run for each line `COUNT POINT` of its
input and answers how it ended: it kills itself the COUNT-th time that it comes by a point, or
COUNT milliseconds `after` its beginning.
"""

import asyncio
import os
import signal
import sys
import threading
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from store.engine import Store
from store.syncing.streams import Lease, Streams
from work.syncing import Syncing
from work.taking import Took

BRAND = "baiwei"
CONNECTOR = "woo"
POINTS = ("begun", "compared", "prepared", "in the effect", "moved", "told")

COUNT = """
  CREATE TABLE IF NOT EXISTS taken (number text PRIMARY KEY, times int NOT NULL)
"""
_TAKE = text("""
  INSERT INTO taken SELECT unnest(CAST(:numbers AS text[])), 1
  ON CONFLICT (number) DO UPDATE SET times = taken.times + 1
""")


def spec_of(shop: str, **facts: Any) -> ConnectorSpec:
    doors = {"checkout": "shop", "app": "app", "miniprogram": "mini", "livestream": "live"}
    return ConnectorSpec(
        name=CONNECTOR,
        system="woocommerce",
        settings={"base_url": f"{shop}/wp-json/wc/v3", "username": "ck_demo"},
        secrets={"password": "env:DEMO_WOO_SECRET"},
        limits=Limits(deadline_ms=20_000),
        channels={Capability.MEMBER: {"*": "shop"}, Capability.ORDER: doors},
        **facts,
    )


class Counting:
    """Counts how often each number is taken, in the sync's own transaction."""

    async def prepare(self, _spec: Any, records: Any, _read_at: Any) -> Any:
        return records

    def fault(self, _record: Any) -> str | None:
        return None

    async def take(self, run: Any, prepared: Any) -> Took:
        await run(_TAKE, {"numbers": [one.number for one in prepared]})
        return Took(len(prepared))

    async def remove(self, _run: Any, keys: Any, _read_at: Any) -> int:
        return len(keys)


class Dying:
    """Ends this process at a point."""

    def __init__(self, point: str, count: int) -> None:
        self._point, self._left = point, count
        if point == "after":
            threading.Timer(count / 1000, self._die).start()

    def by(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                self._die()

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def instrument(self) -> None:
        """Every point lies between two steps of a batch."""
        self._behind(Streams, "begin", "begun")
        self._behind(Lease, "news", "compared")
        self._behind(Counting, "prepare", "prepared")
        self._behind(Counting, "take", "in the effect")
        self._behind(Lease, "move_in", "moved")

    def _behind(self, kind: Any, name: str, point: str) -> None:
        right = getattr(kind, name)

        async def passed(*args: Any, **kwargs: Any) -> Any:
            answer = await right(*args, **kwargs)
            self.by(point)
            return answer

        setattr(kind, name, passed)


async def run(database: str, shop: str, dying: Dying) -> None:
    store = Store.open(database, deadline_seconds=20, connections=2)
    connector = await open_connector(
        spec_of(shop), SilentObserver(), zone=ZoneInfo("Asia/Shanghai")
    )
    takers = {Capability.ORDER: Counting(), Capability.MEMBER: Counting()}
    syncing = Syncing(store, Streams(store, BRAND), takers, batch=100)
    try:
        await syncing.run(connector, Capability.ORDER, tell=lambda _: dying.by("told"))
    finally:
        await connector.aclose()
        await store.aclose()


def forked(database: str, shop: str, point: str, count: int) -> int:
    """One run in a child; how it ended."""
    child = os.fork()
    if child == 0:
        own = Dying(point, count)
        own.instrument()
        asyncio.run(run(database, shop, own))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        often, _, where = line.strip().partition(" ")
        print(forked(sys.argv[1], sys.argv[2], where, int(often)), flush=True)  # noqa: T201
