"""What the inbox needs besides senders: rows mapped anew, bodies and files forgotten."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from structlog import get_logger

from capabilities.copied import CopiedRow
from capabilities.errors import SantongError
from capabilities.senders import SILENT_HOURS, silent
from connectors.connector import Connector
from connectors.ports.copying import Copying
from gateway.inbox.parts import Parts
from store.copied.rows import CopiedRows
from store.copied.senders import Senders
from store.copied.sent_files import SentFiles

_log = get_logger("inbox")
_PAUSE_SECONDS = 2.0
_SWEEP_SECONDS = 60.0
# As far back as days without orders are looked for.
_FILES_KNOWN_SECONDS = 60 * 86_400.0


class Upkeep:
    """What is done for the connectors in force that take rows or files."""

    def __init__(
        self,
        copied: CopiedRows,
        senders: Senders,
        sent: SentFiles,
        parts: Parts,
        connectors: Callable[[], Iterable[Connector]],
        count: Callable[[str, int], None],
        keep_seconds: float,
    ) -> None:
        self._copied = copied
        self._senders = senders
        self._sent = sent
        self._parts = parts
        self._connectors = connectors
        self._count = count
        self._keep_seconds = keep_seconds

    async def run(self) -> None:
        """Until cancelled: map rows anew, forget bodies and files, count silent senders."""
        swept = float("-inf")
        while True:
            try:
                for connector in self._connectors():
                    if connector.pushed:  # `santong work` sees to what is dropped
                        await map_anew(self._copied, connector)
                if time.monotonic() - swept >= _SWEEP_SECONDS:
                    await self.sweep()
                    swept = time.monotonic()
            except SantongError:
                pass  # the store is away: the next round does it
            except Exception:  # noqa: BLE001 - the next round may do better
                _log.exception("copy not kept up")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def sweep(self) -> None:
        """Forget what is too old, and count senders that are silent."""
        await self._copied.sweep()
        await self._sent.forget(_FILES_KNOWN_SECONDS)
        for connector in self._connectors():
            await self._count_silent(connector.name)
            if connector.dropped:
                await self._sweep_files(connector)

    async def _sweep_files(self, connector: Connector) -> None:
        try:
            landing = await self._parts.landing(connector)
            count = await asyncio.to_thread(landing.sweep, time.time(), self._keep_seconds)
        except SantongError:
            return  # its folder is away, or is none of the operator's
        if count:
            _log.info("pushed files swept", connector=connector.name, files=count)

    async def _count_silent(self, connector: str) -> None:
        senders = await self._senders.all(connector)
        since = datetime.now(UTC) - timedelta(hours=SILENT_HOURS)
        states, files = await self._copied.states(connector), await self._sent.shown(connector)
        found = silent(senders, states, since, files)
        self._count(connector, len(found))
        if found:
            _log.warning("senders are silent", connector=connector, senders=len(found))


async def map_anew(copied: CopiedRows, connector: Connector) -> None:
    """Every row of one connector stands where its mapping of now puts it."""
    for copyings in connector.tables.values():
        for copying in copyings:
            await _mapped(copied, connector.name, copying)


async def _mapped(copied: CopiedRows, connector: str, copying: Copying) -> None:
    lost = done = 0

    def again(rows: Sequence[CopiedRow]) -> list[CopiedRow]:
        nonlocal lost
        found = [copying.again(row) for row in rows]
        lost += sum(row.misfit for row in found)
        return [row.row for row in found]

    while count := await copied.remap(connector, copying.section, copying.mapping, again):
        done += count
    if done:
        _log.info(
            "rows mapped anew",
            connector=connector,
            section=copying.section,
            rows=done,
            misfits=lost,
        )
