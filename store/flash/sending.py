"""Orders of reservations for channels whose orders a system owns: so many at a time to each.

They wait here and not among the commands, so that a sale never stands before what people do.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from capabilities.flash.ordering import FlashOrder, FlashOrderState, reference_of
from capabilities.flash.records import FlashSale
from capabilities.member.commands import CommandState
from capabilities.order.commands import OrderedWrite, SettledWrite
from capabilities.order.writing import OrderWriteKind
from store.engine import Run
from store.flash import orders as links
from store.flash.late import hold_stock, reserve_late
from store.flash.orders import Key, Stands
from store.flash.sales import read_sale
from store.order.commands import order_write
from store.owned import Owned
from store.privacy.data_keys import DataKeys

_DUE = text("""
  SELECT sale, reservation FROM flash_orders
  WHERE brand = :brand AND connector = :connector AND state = 'WAITING'
  ORDER BY made_at, sale, reservation LIMIT :most
""")
_LATE = text("""
  SELECT sale, reservation FROM flash_orders
  WHERE brand = :brand AND state = 'LATE' ORDER BY made_at, sale, reservation LIMIT :most
""")
_UNDER_WAY = text("""
  SELECT count(*) AS commands FROM order_commands
  WHERE brand = :brand AND state IN ('QUEUED', 'SENDING', 'UNKNOWN') AND connector = :connector
""")
_SENT = text("""
  UPDATE flash_orders SET state = 'SENT', command = :command, changed_at = :at
  WHERE brand = :brand AND sale = :sale AND reservation = :reservation
""")
_SETTLED = text("""
  UPDATE flash_orders SET state = :state, number = CAST(:number AS text), changed_at = :at
  WHERE brand = :brand AND command = :command AND state = 'SENT'
""")
_ENDS = {
    CommandState.DONE: FlashOrderState.PLACED,
    CommandState.DISCARDED: FlashOrderState.DISCARDED,
}
PLACE, PAY = "flash place", "flash pay"
_TICK = timedelta(microseconds=1)


class FlashSending:
    """The orders of one brand's reservations on their way to systems."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._keys = DataKeys(owned.brand, owned.sealer)

    async def under_way(self, connector: str) -> int:
        """How many commands of any kind its system has not answered yet."""
        rows = await self._owned.store.rows(_UNDER_WAY, self._named(connector=connector))
        return int(rows[0].commands)

    async def due(self, connector: str, most: int) -> list[Key]:
        """Those that wait for a system, the longest first."""
        asked = self._named(connector=connector, most=most)
        return _keys(await self._owned.store.rows(_DUE, asked))

    async def late(self, most: int) -> list[Key]:
        """Those that were paid after they had gone back."""
        return _keys(await self._owned.store.rows(_LATE, self._named(most=most)))

    async def standing(self, run: Run, key: Key) -> tuple[Stands, FlashSale] | None:
        """One that waits still, and its sale; nobody else sends it meanwhile."""
        stands = await links.locked(run, self._brand, [key])
        sale = await read_sale(run, self._brand, key[0])
        if not stands or sale is None or stands[0].order is None:
            return None
        waits = stands[0].order.state is FlashOrderState.WAITING
        return (stands[0], sale) if waits else None

    async def send(self, run: Run, key: Key, writes: Sequence[OrderedWrite]) -> None:
        """Order the commands of one, each behind the one before it."""
        now = self._owned.now()
        for before, ordered in enumerate(reversed(writes)):
            at = now - before * _TICK
            await order_write(run, self._keys, self._brand, ordered, at)
        sent = self._named(sale=key[0], reservation=key[1], command=reference_of(key[1], PLACE))
        await run(_SENT, {**sent, "at": now})

    async def decide_late(self, run: Run, key: Key) -> None:
        """Give somebody who paid too late other pieces, or say that her money goes back."""
        stands = await links.locked(run, self._brand, [key])
        if not stands or (order := stands[0].order) is None:
            return
        if order.state is not FlashOrderState.LATE:
            return
        lapsed, now = stands[0].reservation, self._owned.now()
        await hold_stock(run, self._brand, [lapsed])
        again = await reserve_late(run, self._brand, lapsed)
        if again is None:
            await links.move(run, self._brand, key, FlashOrderState.REFUND, now)
            return
        new = FlashOrder(
            sale=again.sale,
            reservation=again.key,
            channel=again.channel,
            connector=order.connector,
            state=FlashOrderState.WAITING,
        )
        await links.link(run, self._brand, [new], now)
        await links.move(run, self._brand, key, FlashOrderState.MOVED, now, again.key)

    async def settle(self, run: Run, settled: SettledWrite) -> None:
        """Take in the number that a system gave; what it refuses waits for a person as SENT."""
        state = _ENDS.get(settled.state)
        if settled.kind is not OrderWriteKind.PLACE or state is None:
            return
        number = settled.number if state is FlashOrderState.PLACED else None
        told = {"command": settled.command, "number": number, "at": settled.at}
        await run(_SETTLED, self._named(state=state.value, **told))

    def _named(self, **more: Any) -> dict[str, Any]:
        return {"brand": self._brand, **more}


def _keys(rows: Sequence[Any]) -> list[Key]:
    return [(row.sale, row.reservation) for row in rows]
