"""What processes that sell follow: every sale that is not over, with its room and the clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.flash.records import SHARED, SaleState
from capabilities.flash.room import Room
from store.engine import Store
from store.flash.rooms import room_of

_FOLLOWED = text("""
  SELECT s.id, s.state, s.opens_at, s.closes_at, s.version, n.now,
         coalesce(r.fairness, 'ARRIVAL') AS fairness, coalesce(r.rate, 0) AS rate,
         coalesce(r.issued, 0) AS issued, r.drawn, coalesce(r.admitted, 0) AS admitted,
         greatest(coalesce(r.counted_at, s.opens_at), s.opens_at) AS counted_at,
         s.state = 'OPEN' AND n.now >= s.opens_at AND n.now < s.closes_at AS moving,
         k.pools, k.remaining, s.version + k.version AS stocked, k.out,
         EXISTS (SELECT FROM flash_reservations u WHERE u.brand = s.brand AND u.sale = s.id
                 AND u.state IN ('PENDING', 'ORDERED')) AS unpaid,
         k.allocated, (
           SELECT coalesce(sum(count), 0) FROM flash_seconds a
           WHERE a.brand = s.brand AND a.sale = s.id AND a.answer = 'RESERVED'
             AND a.at >= date_trunc('second', n.now) - make_interval(secs => :told + :seconds)
             AND a.at < date_trunc('second', n.now) - make_interval(secs => :told)) AS lately
  FROM flash_sales s
  CROSS JOIN (SELECT clock_timestamp() AS now) n
  LEFT JOIN flash_rooms r ON r.brand = s.brand AND r.sale = s.id
  CROSS JOIN LATERAL (
    SELECT array_agg(pool) AS pools, coalesce(sum(remaining), 0) AS remaining,
           coalesce(sum(allocated), 0) AS allocated, coalesce(sum(version), 0) AS version,
           coalesce(array_agg(pool) FILTER (WHERE remaining = 0), '{}') AS out
    FROM (SELECT pool, sum(remaining) AS remaining, sum(allocated) AS allocated,
                 sum(version) AS version
          FROM flash_stock k WHERE k.brand = s.brand AND k.sale = s.id GROUP BY pool) p
  ) k
  WHERE s.brand = :brand AND s.state <> 'RECONCILED'
    AND (CAST(:shadow AS text) IS NULL AND s.shadow_of IS NULL OR s.id = CAST(:shadow AS text))
""")
# A rate over fewer seconds would jump; by the last two not every process has written down yet.
_LATELY_SECONDS, _TOLD_SECONDS = 5, 2
_LATELY = {"seconds": _LATELY_SECONDS, "told": _TOLD_SECONDS}
_HOLDERS = text("""
  SELECT member FROM flash_buyers
  WHERE brand = :brand AND sale = :sale AND quantity > 0 LIMIT :most
""")


class Offer(Struct, frozen=True, kw_only=True):
    """A sale as a process that sells follows it; `quotas` are channels with stock of their own.

    At the version `stocked` nothing is left in the pools `out`; whatever could put something back
    raises it. `unpaid` says whether some reservations are; `per_second` is how many were granted a
    second lately, by all processes.
    """

    id: str
    state: SaleState
    opens_at: datetime
    closes_at: datetime
    version: int
    room: Room
    quotas: frozenset[str]
    remaining: int
    allocated: int
    per_second: float
    stocked: int
    out: frozenset[str]
    unpaid: bool

    def sells(self, now: datetime) -> bool:
        """Whether it is open, as far as this process has heard; the store decides again."""
        return self.state is SaleState.OPEN and self.opens_at <= now < self.closes_at


async def followed(
    store: Store, brand: str, shadow: str | None = None
) -> tuple[Mapping[str, Offer], datetime | None]:
    """All sales of a brand that are not over, and the time of the store's clock; or one shadow."""
    rows = await store.rows(_FOLLOWED, {"brand": brand, "shadow": shadow, **_LATELY})
    return {row.id: _offer(row) for row in rows}, rows[0].now if rows else None


async def holders(store: Store, brand: str, sale: str, most: int) -> Sequence[str] | None:
    """Everybody who has something of a sale; None where they are more than `most`."""
    rows = await store.rows(_HOLDERS, {"brand": brand, "sale": sale, "most": most + 1})
    return None if len(rows) > most else [row.member for row in rows]


def _offer(row: Row[Any]) -> Offer:
    return Offer(
        id=row.id,
        state=SaleState(row.state),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        version=row.version,
        room=room_of(row),
        quotas=frozenset(row.pools or ()) - {SHARED},
        remaining=int(row.remaining),
        allocated=int(row.allocated),
        per_second=int(row.lately) / _LATELY_SECONDS,
        stocked=int(row.stocked),
        out=frozenset(row.out),
        unpaid=row.unpaid,
    )
