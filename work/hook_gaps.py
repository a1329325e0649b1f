"""What webhooks did not tell: who fell silent or left numbers out is read by the sync at once."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from capabilities.errors import SantongError
from capabilities.estate import ConnectorSpec
from capabilities.syncing import SyncBusy
from store.order.hook_watches import Gap, HookWatches
from store.owned import Owned

_log = structlog.get_logger("work")
WATCH_HOOKS = "* * * * *"
# While it stays silent nobody else says what changed.
_AGAIN = timedelta(hours=1)


class HookGaps:
    """Raises an alarm for each gap and has it filled; `fill` is one pass over what changed."""

    def __init__(
        self,
        owned: Owned,
        watches: HookWatches,
        specs: Callable[[], Sequence[ConnectorSpec]],
        fill: Callable[[ConnectorSpec], Awaitable[object]],
    ) -> None:
        self._owned = owned
        self._watches = watches
        self._specs = specs
        self._fill = fill

    async def run(self) -> None:
        """Look at everybody; one whose system fails is tried again at the next look."""
        specs = {one.name: one for one in self._specs() if not one.paused}
        for gap in await self._watches.gaps(list(specs), self._owned.now(), _AGAIN):
            spec = specs[gap.connector]
            self._alarm(gap)
            try:
                await self._fill(spec)
            except SyncBusy:
                continue  # a pass that runs may have read there already: the next one fills it
            except SantongError as exc:
                _log.error("gap not filled", connector=gap.connector, reason=exc.message)
                continue
            await self._watches.filled(gap, self._owned.now())
            _log.info("gap filled", connector=gap.connector)

    def _alarm(self, gap: Gap) -> None:
        if gap.heard_at is None:
            _log.error("deliveries missing", connector=gap.connector, missing=gap.missing)
        else:
            since = gap.heard_at.isoformat()
            _log.error("deliveries stopped", connector=gap.connector, since=since)
