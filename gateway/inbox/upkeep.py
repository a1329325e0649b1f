"""What the copy needs besides batches: rows mapped anew, bodies forgotten."""

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
from store.copied import CopiedRows
from store.senders import Senders

_log = get_logger("inbox")
_PAUSE_SECONDS = 2.0
_SWEEP_SECONDS = 60.0


async def keep_up(
    copied: CopiedRows,
    senders: Senders,
    connectors: Callable[[], Iterable[Connector]],
    count: Callable[[str, int], None],
) -> None:
    """Until cancelled: map what other mappings left behind, forget bodies, count silent senders.

    `connectors` gives those in force whose rows are pushed.
    """
    swept = float("-inf")
    while True:
        try:
            for connector in list(connectors()):
                await map_anew(copied, connector)
            if time.monotonic() - swept >= _SWEEP_SECONDS:
                await copied.sweep()
                for connector in list(connectors()):
                    await _count_silent(copied, senders, connector.name, count)
                swept = time.monotonic()
        except SantongError:
            pass  # the store is away: the next round does it
        except Exception:  # noqa: BLE001 - the next round may do better
            _log.exception("copy not kept up")
        await asyncio.sleep(_PAUSE_SECONDS)


async def _count_silent(
    copied: CopiedRows, senders: Senders, connector: str, count: Callable[[str, int], None]
) -> None:
    since = datetime.now(UTC) - timedelta(hours=SILENT_HOURS)
    found = silent(await senders.all(connector), await copied.states(connector), since)
    count(connector, len(found))
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
