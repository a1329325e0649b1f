"""What systems are told of their stock, in the queue of commands; the newest of a quota counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from capabilities.flash.quotas import PushKind, StockPush
from store.command_queue import CommandQueue, QueueTable
from store.engine import Run, Store

_TABLE = QueueTable(name="stock_commands", line="sale", sealed=None, given=(), may="true")
# A stock is set, and not added to: what was told before a newer word is not told after it.
_OVERTAKEN = text("""
  UPDATE stock_commands c SET state = 'DISCARDED', reason = 'SUPERSEDED', changed_at = :at
  WHERE c.brand = :brand
    AND (c.state IN ('QUEUED', 'UNKNOWN', 'DEAD') OR (c.state = 'SENDING' AND c.leased_until < :at))
    AND EXISTS (
      SELECT FROM stock_commands n
      WHERE n.brand = c.brand AND n.sale = c.sale AND n.channel = c.channel
        AND (n.created_at, n.id) > (c.created_at, c.id))
""")
_QUOTA = text("""
  SELECT kind, code, units, sold, pushed_at FROM flash_quotas
  WHERE brand = :brand AND sale = :sale AND channel = :channel
""")
_ACCEPTED = text("""
  UPDATE flash_quotas SET "left" = :left, looked_at = :at
  WHERE brand = :brand AND sale = :sale AND channel = :channel
""")
_COUNT_ANEW = text("""
  UPDATE flash_quotas SET counted = false
  WHERE brand = :brand AND sale = :sale AND channel = :channel
""")


class StockCommands:
    """The commands of stock of one brand, for those who carry them out."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand
        self._queue = CommandQueue(store, brand, _TABLE)

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str] = ()
    ) -> Sequence[StockPush]:
        """Commands that are due, this process's until the lease ends."""
        await self._store.rows(_OVERTAKEN, {"brand": self._brand, "at": at})
        found = []
        for row in await self._queue.claim(at, lease_seconds, most, without):
            named = {"brand": self._brand, "sale": row.sale, "channel": row.channel}
            (quota,) = await self._store.rows(_QUOTA, named)
            found.append(
                StockPush(
                    command=row.id,
                    connector=row.connector,
                    channel=row.channel,
                    sale=row.sale,
                    kind=PushKind(row.kind),
                    code_kind=quota.kind,
                    code=quota.code,
                    units=quota.units,
                    sold=quota.sold,
                    since=quota.pushed_at,
                    attempts=row.attempts,
                    unsure=row.was_unsure,
                )
            )
        return found

    async def done(self, run: Run, one: StockPush, left: int, at: datetime) -> None:
        """Its system offers so many now; what is taken back is still to be counted."""
        if not await self._queue.done(run, one, at):
            return
        named = {"brand": self._brand, "sale": one.sale, "channel": one.channel}
        await run(_ACCEPTED, {**named, "left": left, "at": at})
        if one.kind is PushKind.TAKE_BACK:
            await run(_COUNT_ANEW, named)

    async def later(
        self, one: StockPush, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause; `unsure` where this attempt may have arrived."""
        await self._queue.later(one, reason, at, pause, unsure=unsure)

    async def dead(self, one: StockPush, reason: str, at: datetime, *, unsure: bool) -> None:
        """It waits for a person."""
        await self._queue.dead(self._store.rows, one, reason, at, unsure=unsure)
