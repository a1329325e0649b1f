"""Deliveries of webhooks: taken once, worked through, given up with a reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from store.engine import Run, Store

_ACCEPT = text("""
  INSERT INTO hook_deliveries (brand, connector, delivery, topic, number, gone, sequence, state,
                               tries, received_at, due_at)
  VALUES (:brand, :connector, :delivery, :topic, CAST(:number AS text), :gone,
          CAST(:sequence AS bigint),
          CASE WHEN CAST(:number AS text) IS NULL THEN 'DONE' ELSE 'WAITING' END, 0, :at, :at)
  ON CONFLICT (brand, connector, delivery) DO NOTHING RETURNING delivery
""")
# A worker that dies leaves what it took; it is due again when its lease is over.
_CLAIM = text("""
  UPDATE hook_deliveries SET tries = tries + 1, due_at = :until
  WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM hook_deliveries
    WHERE brand = :brand AND state = 'WAITING' AND due_at <= :at
    ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED))
  RETURNING connector, delivery, topic, number, gone, tries
""")
_END = text("""
  UPDATE hook_deliveries SET state = :state, reason = CAST(:reason AS text), due_at = :at
  WHERE brand = :brand AND connector = :connector AND state <> 'DONE'
    AND delivery = ANY (CAST(:deliveries AS text[])) RETURNING 1
""")
_LISTED = text("""
  SELECT connector, delivery, topic, number, gone, tries, state, reason, received_at
  FROM hook_deliveries WHERE brand = :brand AND state = :state
  ORDER BY received_at DESC LIMIT :most
""")
_RECENT = text("""
  SELECT connector, delivery, topic, number, gone, tries, state, reason, received_at
  FROM hook_deliveries WHERE brand = :brand ORDER BY received_at DESC LIMIT :most
""")
_FORGET = text("""
  DELETE FROM hook_deliveries
  WHERE brand = :brand AND state = 'DONE' AND received_at < :until RETURNING 1
""")
_LATEST = text("""
  SELECT connector, max(received_at) AS at FROM hook_deliveries WHERE brand = :brand
  GROUP BY connector
""")


class Delivery(Struct, frozen=True, kw_only=True):
    """One delivery that is worked on; `number` is its order's.

    `sequence` is its own number, where its sender counts what it sends.
    """

    connector: str
    delivery: str
    topic: str
    number: str | None
    gone: bool = False
    tries: int = 0
    sequence: int | None = None


class HookDeliveries:
    """The deliveries of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def accept(self, delivery: Delivery, at: datetime) -> bool:
        """Keep a delivery; False where it came before. It is kept when this returns."""
        asked = {
            "brand": self._brand,
            "connector": delivery.connector,
            "delivery": delivery.delivery,
            "topic": delivery.topic,
            "number": delivery.number,
            "gone": delivery.gone,
            "sequence": delivery.sequence,
            "at": at,
        }
        return bool(await self._store.rows(_ACCEPT, asked))

    async def claim(self, at: datetime, until: datetime, most: int = 100) -> list[Delivery]:
        """Take some that are due; nobody else is given them until then."""
        asked = {"brand": self._brand, "at": at, "until": until, "most": most}
        return [_delivery(row) for row in await self._store.rows(_CLAIM, asked)]

    async def end_in(
        self, run: Run, connector: str, deliveries: Sequence[str], at: datetime
    ) -> None:
        """They took effect, in the transaction of that effect."""
        await run(_END, self._ending(connector, deliveries, "DONE", None, at))

    async def later(
        self, connector: str, deliveries: Sequence[str], reason: str, at: datetime
    ) -> None:
        """Try them again then."""
        await self._store.rows(_END, self._ending(connector, deliveries, "WAITING", reason, at))

    async def bury(
        self, connector: str, deliveries: Sequence[str], reason: str, at: datetime
    ) -> None:
        """Give them up, until somebody asks for them again."""
        await self._store.rows(_END, self._ending(connector, deliveries, "DEAD", reason, at))

    async def retry(self, connector: str, delivery: str, at: datetime) -> bool:
        """Work on one that was given up; False where there is none."""
        ending = self._ending(connector, [delivery], "WAITING", None, at)
        return bool(await self._store.rows(_END, ending))

    async def dead(self, most: int = 100) -> Sequence[Row[Any]]:
        """Those that were given up, the newest first."""
        return await self._store.rows(
            _LISTED, {"brand": self._brand, "state": "DEAD", "most": most}
        )

    async def recent(self, most: int = 100) -> Sequence[Row[Any]]:
        """What came last, whatever became of it, the newest first."""
        return await self._store.rows(_RECENT, {"brand": self._brand, "most": most})

    async def latest(self) -> dict[str, datetime]:
        """When each connector delivered last."""
        rows = await self._store.rows(_LATEST, {"brand": self._brand})
        return {row.connector: row.at for row in rows}

    async def forget(self, until: datetime) -> int:
        """Forget what was done before."""
        return len(await self._store.rows(_FORGET, {"brand": self._brand, "until": until}))

    def _ending(
        self,
        connector: str,
        deliveries: Sequence[str],
        state: str,
        reason: str | None,
        at: datetime,
    ) -> dict[str, object]:
        return {
            "brand": self._brand,
            "connector": connector,
            "deliveries": list(deliveries),
            "state": state,
            "reason": reason,
            "at": at,
        }


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        connector=row.connector,
        delivery=row.delivery,
        topic=row.topic,
        number=row.number,
        gone=row.gone,
        tries=row.tries,
    )
