"""The outbox of members' dual writes: what the platform took and a system has not confirmed yet."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, at_least
from capabilities.estate import Capability
from store.engine import Run, Store

_WAITING = text("""
  SELECT w.channel, count(*) FILTER (WHERE c.state <> 'DEAD') AS waiting,
         count(*) FILTER (WHERE c.state = 'DEAD') AS dead, min(w.at) AS oldest
  FROM member_commands c
  JOIN member_writes w ON w.brand = c.brand AND w.command = c.id
  WHERE c.brand = :brand AND c.state IN ('QUEUED', 'SENDING', 'UNKNOWN', 'DEAD')
    AND (CAST(:channel AS text) IS NULL OR w.channel = :channel)
    AND (w.leader = 'PLATFORM' OR NOT CAST(:ours AS boolean))
  GROUP BY w.channel ORDER BY w.channel
""")
_LOOK_SECONDS = 0.5
UNDRAINED = "ADOPTION_UNDRAINED"


class Undrained(Struct, frozen=True, kw_only=True):
    """Dual writes of a channel that are done on one side: on their way, or waiting for a person."""

    channel: str
    waiting: int = 0
    dead: int = 0
    oldest: datetime | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return self.waiting + self.dead


class Outbox:
    """The unconfirmed dual writes of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def undrained(self, channel: str, run: Run | None = None) -> Undrained:
        """Those of a channel that the platform took first."""
        asked = {"brand": self._brand, "channel": channel, "ours": True}
        rows = await (run or self._store.rows)(_WAITING, asked)
        return _undrained(rows[0]) if rows else Undrained(channel=channel)

    async def all(self) -> list[Undrained]:
        """Those of every channel, whoever leads."""
        asked = {"brand": self._brand, "channel": None, "ours": False}
        return [_undrained(row) for row in await self._store.rows(_WAITING, asked)]

    async def drained(
        self,
        channel: str,
        within: timedelta,
        tell: Callable[[Undrained], None] = lambda _left: None,
    ) -> Undrained:
        """Wait until nothing is left, at most so long; what is left then.

        The work process tells the system. One that waits for a person is not waited for.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within.total_seconds()
        while True:
            left = await self.undrained(channel)
            tell(left)
            if left.waiting == 0 or loop.time() >= until:
                return left
            await asyncio.sleep(min(_LOOK_SECONDS, max(0.0, until - loop.time())))

    async def guard(self, run: Run, before: Standing, fresh: Standing) -> AdoptionDeclined | None:
        """Declines a step by which a system would lead what it was not told of yet."""
        members = before.capability is Capability.MEMBER  # no other writes have two sides
        if not members or not _led(before) or _led(fresh):
            return None
        left = await self.undrained(before.channel, run)
        if left.count == 0:
            return None
        detail = (
            f"{left.waiting} writes are on their way to its system, {left.dead} wait for a person"
        )
        return AdoptionDeclined(
            code=UNDRAINED, path=("input", "target"), detail=detail, standing=before
        )


def _led(standing: Standing) -> bool:
    """Whether the platform may lead writes."""
    return at_least(standing.lead, AdoptionState.DUAL_WRITE_MIDDLE_LEAD)


def _undrained(row: Any) -> Undrained:
    return Undrained(channel=row.channel, waiting=row.waiting, dead=row.dead, oldest=row.oldest)
