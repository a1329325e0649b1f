"""What a process counted, written every few seconds."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

from capabilities.errors import StoreUnavailable
from capabilities.usage.records import Counted, OperationKey
from gateway.usage.counting import Counting
from store.owned import Owned
from store.usage.counts import UsageCounts

_log = logging.getLogger(__name__)
_SECONDS = 5.0
# How often it is written that nobody asked: else nobody could tell quiet from not counted.
_BEAT = timedelta(minutes=1)


class UsageWriting:
    """Writes the counts of one process; while PostgreSQL is away they are kept and grow on."""

    def __init__(self, counting: Counting, owned: Owned) -> None:
        self._counting = counting
        self._owned = owned
        self._counts = UsageCounts(owned.store, owned.brand)
        self._kept = Counted(operations={}, runs={}, reads={})
        self._day: date | None = None
        self._beat: datetime | None = None
        # Operations that are written already, by what they were then.
        self._written: dict[OperationKey, int] = {}
        self._told = False

    async def follow(self, seconds: float = _SECONDS) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self.write()

    async def write(self) -> None:
        """Write what was counted since the last time; what cannot be written is kept."""
        at = self._owned.now()
        day = at.astimezone(self._owned.zone).date()
        if day != self._day:
            self._day = day
            self._counting.new_day()
            self._written.clear()
        counted = _together(self._kept, self._counting.take())
        if counted.nothing and self._beat is not None and at - self._beat < _BEAT:
            return
        try:
            await self._counts.add(self._without_written(counted), day=day, at=at)
        except StoreUnavailable:
            self._kept = counted
        except Exception:  # noqa: BLE001 - whatever it was, nobody's answer depends on it
            self._kept = counted
            if not self._told:
                _log.exception("usage cannot be written")
            self._told = True
        else:
            for key, one in counted.operations.items():
                self._written[key] = hash(one.coordinates)
            self._kept = Counted(operations={}, runs={}, reads={})
            self._beat, self._told = at, False

    def _without_written(self, counted: Counted) -> Counted:
        """The counts with those operations alone that the store may not know."""
        fresh = {
            key: one
            for key, one in counted.operations.items()
            if self._written.get(key) != hash(one.coordinates)
        }
        return Counted(operations=fresh, runs=counted.runs, reads=counted.reads)


@contextlib.asynccontextmanager
async def usage_written(counting: Counting, owned: Owned) -> AsyncIterator[None]:
    """The counts are written meanwhile, and once more at the end."""
    writing = UsageWriting(counting, owned)
    task = asyncio.create_task(writing.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await writing.write()


def _together(first: Counted, second: Counted) -> Counted:
    """Two counts as one; the second's operations are the newer ones."""
    runs, reads = dict(first.runs), dict(first.reads)
    for run, count in second.runs.items():
        runs[run] = runs.get(run, 0) + count
    for read, count in second.reads.items():
        reads[read] = reads.get(read, 0) + count
    return Counted(operations={**first.operations, **second.operations}, runs=runs, reads=reads)
