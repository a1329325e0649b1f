"""The jobs: which exist, how often they come, and that one runs at a time for a connector."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import procrastinate
import structlog

from capabilities.syncing import STREAMS, SyncBusy
from work.parts import Chore
from work.queue import defer_once
from work.stalled import take_up_stalled
from work.turns import Turns

_log = structlog.get_logger("work")


class Scans(Protocol):
    """The drop folders that are looked after."""

    def names(self) -> Sequence[str]:
        """The connectors that have one."""

    async def scan(self, connector: str) -> None:
        """Take what is ready in one."""


def add_jobs(queue: procrastinate.App, scans: Scans, turns: Turns, seconds: int) -> None:
    """Looks at the drop folders; each is looked at every so many seconds."""
    scan = queue.task(name="scan_files")(_logged(scans.scan, turns))

    @queue.periodic(cron=f"* * * * * */{seconds}")
    @queue.task(name="plan_scans", queueing_lock="plan_scans")
    async def plan_scans(timestamp: int) -> None:
        """One scan of each folder; one that still waits or runs is enough."""
        del timestamp
        await take_up_stalled(queue)
        for name in scans.names():
            await defer_once(scan, name)


class Passes(Protocol):
    """The streams of the sync that are looked after."""

    async def due(self, now: datetime) -> Sequence[tuple[str, str]]:
        """(connector, kind) of those whose time has come."""

    async def run(self, connector: str, kind: str) -> None:
        """One pass of one."""


def add_streams(queue: procrastinate.App, passes: Passes, turns: Turns, seconds: int) -> None:
    """Passes of the sync by their schedules; each kind of record has jobs of its own."""
    tasks = {
        kind: queue.task(name=f"sync_{kind}")(_passing(passes, kind, turns)) for kind in STREAMS
    }

    @queue.periodic(cron=f"* * * * * */{seconds}")
    @queue.task(name="plan_passes", queueing_lock="plan_passes")
    async def plan_passes(timestamp: int) -> None:
        """One pass of each stream that is due; one that still waits or runs is enough."""
        for connector, kind in await passes.due(datetime.fromtimestamp(timestamp, UTC)):
            await defer_once(tasks[kind], connector)


def _passing(passes: Passes, kind: str, turns: Turns) -> Callable[..., Awaitable[None]]:
    async def sync(connector: str) -> None:
        """One that fails says where in its stream, and goes on there when its time comes."""
        try:
            async with turns.one() as mine:
                if mine:
                    await passes.run(connector, kind)
        except SyncBusy:
            _log.info("sync runs already", connector=connector, kind=kind)
        except Exception as exc:  # noqa: BLE001 - whatever it was, its next time comes
            reason = getattr(exc, "message", type(exc).__name__)
            _log.error("sync failed", connector=connector, kind=kind, reason=reason)

    return sync


def add_chores(queue: procrastinate.App, chores: Sequence[Chore]) -> None:
    """What comes by the clock; one that still waits or runs is enough."""
    for chore in chores:
        task = queue.task(name=chore.name, queueing_lock=chore.name, lock=chore.name)
        queue.periodic(cron=chore.cron)(task(_on_time(chore)))


def _on_time(chore: Chore) -> Callable[[int], Awaitable[None]]:
    async def run(timestamp: int) -> None:
        """One that fails is tried again at its next time; its reason is in the log."""
        del timestamp
        try:
            await chore.run()
        except Exception as exc:  # noqa: BLE001 - whatever it was, its next time comes
            reason = getattr(exc, "message", type(exc).__name__)
            _log.error("chore failed", chore=chore.name, reason=reason)

    return run


def _logged(scan: Callable[[str], Awaitable[None]], turns: Turns) -> Callable[..., Awaitable[None]]:
    async def scan_files(connector: str) -> None:
        """A scan that fails is tried again with the next one; its reason is in the log."""
        try:
            async with turns.one() as mine:
                if mine:
                    await scan(connector)
        except Exception as exc:  # noqa: BLE001 - whatever it was, the next scan is tried
            reason = getattr(exc, "message", type(exc).__name__)
            _log.error("scan failed", connector=connector, reason=reason)

    return scan_files
