"""What became of touches that were on their way: settled once, with the cost of what never left."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row

from capabilities.lifecycle.guards import Stop
from capabilities.lifecycle.planning import TouchState
from capabilities.lifecycle.sending import Delivery, Receipt
from store.engine import Run
from store.lifecycle import touch_rows
from store.owned import Owned

# A call takes seconds; what is on its way for so long was left by a worker that was killed.
_ABANDONED = timedelta(minutes=5)
# From then on nobody looks up any more what is not known.
_LOOKED_UP = timedelta(days=3)
_AGAIN = timedelta(minutes=10)

_ON_ITS_WAY = (TouchState.SENDING, TouchState.UNKNOWN)


class Settling:
    """The ends of one brand's touches."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand

    async def settle(
        self, touch_id: str, receipt: Receipt, reserved: datetime | None = None
    ) -> None:
        """Write what a sender says of a touch that is on its way.

        `reserved` is when it was, for who sent it: of a later reservation it says nothing.
        """
        end = partial(self._end, touch_id, reserved=reserved)
        match receipt.delivery:
            case Delivery.SENT:
                await end(TouchState.SENT, _ON_ITS_WAY)
            case Delivery.DROPPED:
                await end(TouchState.DROPPED, _ON_ITS_WAY, receipt.drop_name)
            case Delivery.REFUSED:
                why = Stop.SENDER_REFUSED.value
                await end(TouchState.STOPPED, _ON_ITS_WAY, reason=why, stop=why)
            case Delivery.NOT_SENT:
                stop, until = Stop.SENDER_AWAY.value, self._owned.now() + _AGAIN
                await end(TouchState.PLANNED, _ON_ITS_WAY, until=until, stop=stop)
            case Delivery.UNKNOWN:
                await end(TouchState.UNKNOWN, (TouchState.SENDING,))

    async def give_up(self, touch_id: str, why: str, reserved: datetime) -> None:
        """A touch that was about to leave, and must not."""
        only = (TouchState.SENDING,)
        await self._end(touch_id, TouchState.CANCELLED, only, reason=why, reserved=reserved)

    async def stop(self, touch_id: str, why: Stop, reserved: datetime) -> None:
        """A touch that was about to leave, and cannot."""
        only, told = (TouchState.SENDING,), why.value
        await self._end(
            touch_id, TouchState.STOPPED, only, reason=told, stop=told, reserved=reserved
        )

    async def withdrawn(self, touch_id: str, why: str) -> None:
        """A touch that was taken out of its drop again."""
        await self._end(touch_id, TouchState.CANCELLED, (TouchState.DROPPED,), reason=why)

    async def fetched(self, touch_id: str) -> None:
        """A touch whose drop was taken away."""
        await self._end(touch_id, TouchState.SENT, (TouchState.DROPPED,))

    async def abandoned(self) -> int:
        """Touches that a killed worker left are UNKNOWN from now on; how many they were."""
        now = self._owned.now()
        named = {"brand": self._brand, "before": now - _ABANDONED, "at": now}
        return len(await self._owned.store.rows(touch_rows.ABANDONED, named))

    async def unknown(self, sender: str) -> Sequence[str]:
        """Touches of a sender that may have arrived, and are young enough to be looked up."""
        since = self._owned.now() - _LOOKED_UP
        named = {"brand": self._brand, "sender": sender, "since": since}
        return [row.touch_id for row in await self._owned.store.rows(touch_rows.UNKNOWN, named)]

    async def dropped(self, sender: str) -> Sequence[Row[Any]]:
        """Touches that lie in drops of a sender: touch_id, one_id, drop_name and recall."""
        named = {"brand": self._brand, "sender": sender}
        return await self._owned.store.rows(touch_rows.DROPPED, named)

    async def _end(
        self,
        touch_id: str,
        state: TouchState,
        only: Sequence[TouchState],
        drop_name: str | None = None,
        *,
        reason: str | None = None,
        until: datetime | None = None,
        stop: str | None = None,
        reserved: datetime | None = None,
    ) -> None:
        """Move a touch on where it still is; what never arrived costs nothing."""
        kept = state in (TouchState.SENT, TouchState.DROPPED, TouchState.UNKNOWN)
        named = {"brand": self._brand, "touch_id": touch_id, "at": self._owned.now()}
        moved = {
            "state": state.value,
            "reason": reason,
            "drop_name": drop_name,
            "until": until,
            "kept": kept,
            "from": [one.value for one in only],
            "reserved": reserved,
        }

        async def work(run: Run) -> None:
            rows = await run(touch_rows.COST, named)
            if not rows or not await run(touch_rows.SETTLE, {**named, **moved}):
                return
            if not kept:
                refund = {"campaign": rows[0].campaign, "cost": -rows[0].cost}
                await run(touch_rows.SPEND, {"brand": self._brand, **refund})
            if stop is not None:
                told = {"reason": stop, "campaign": rows[0].campaign}
                await run(touch_rows.STOP, {**named, **told})

        await self._owned.store.transaction(work)
