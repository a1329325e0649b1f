"""Quotas while their channels sell them: looked at, corrected, taken back at the end, counted."""

from collections.abc import Callable

import structlog

from capabilities.errors import SantongError
from capabilities.estate import ConnectorSpec
from capabilities.flash.ports import StockSink
from capabilities.flash.quotas import Quota, QuotaState
from capabilities.load import Cause, because
from store.flash.quotas import Quotas
from work.relaying import Open
from work.sold import count_sold

_log = structlog.get_logger("work")
LOOK = "* * * * * */15"
_WORK = "system:flash_quotas"


class QuotaWatch:
    """Watches the quotas of one brand; `spec_of` gives a connector that is in force."""

    def __init__(
        self, quotas: Quotas, spec_of: Callable[[str], ConnectorSpec | None], opened: Open
    ) -> None:
        self._quotas = quotas
        self._spec_of = spec_of
        self._opened = opened

    async def run(self) -> None:
        """One look at every quota whose sale is not reconciled."""
        for quota in await self._quotas.ended():
            await self._quotas.take_back(quota.sale, quota.channel, _WORK)
        for quota in await self._quotas.shown():
            if quota.confirmed:
                await self._look(quota)
            elif quota.state in (QuotaState.UNKNOWN, QuotaState.FAILED):
                _log.warning("quota not confirmed", **_named(quota), reason=quota.reason)

    async def _look(self, quota: Quota) -> None:
        spec = self._spec_of(quota.connector)
        if spec is None or spec.paused:
            return
        try:
            with because(Cause.WRITE):
                async with self._opened(spec) as connector:
                    if isinstance(connector, StockSink):
                        await self._seen(connector, quota)
        except SantongError as exc:  # the next look finds out
            _log.warning("quota not looked at", **_named(quota), reason=exc.code)

    async def _seen(self, connector: StockSink, quota: Quota) -> None:
        """What its system says. Orders are counted where its stock alone does not tell.

        That is when nothing is offered any more, and when more is left than a moment ago: orders
        were cancelled, or a push came twice.
        """
        level = await connector.stock_level(quota.code)
        if level is None:
            _log.error("quota without its product", **_named(quota))
            return
        sold = None
        if quota.returning or level.left is None or quota.units - level.left < quota.sold:
            sold = await count_sold(
                connector, quota.channel, quota.kind, quota.code, quota.pushed_at
            )
        after = await self._quotas.looked(quota, level.left, sold)
        if after.over:
            _log.warning("more is offered than was given", **_named(quota), units=after.over)


def _named(quota: Quota) -> dict[str, str]:
    return {"sale": quota.sale, "channel": quota.channel, "connector": quota.connector}
