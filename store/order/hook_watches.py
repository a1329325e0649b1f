"""Whether those who push still do: how long each was silent, and what its numbering lacks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from store.engine import Store

# A moment's look: of the deliveries since the last one only the first and the newest count.
_LOOK = text("""
  INSERT INTO hook_watches AS w (brand, connector, begun_at, heard_at, longest, longest_at)
  SELECT :brand, n.connector, d.first, d.last, interval '0', d.first
  FROM unnest(CAST(:connectors AS text[])) AS n (connector)
  LEFT JOIN hook_watches k ON k.brand = :brand AND k.connector = n.connector
  CROSS JOIN LATERAL (
    SELECT min(h.received_at) AS first, max(h.received_at) AS last FROM hook_deliveries h
    WHERE h.brand = :brand AND h.connector = n.connector
      AND h.received_at > coalesce(k.heard_at, '-infinity')) d
  WHERE d.first IS NOT NULL
  ORDER BY n.connector
  ON CONFLICT (brand, connector) DO UPDATE
  SET heard_at = excluded.heard_at,
      longest = CASE WHEN w.longest_at < :since THEN excluded.begun_at - w.heard_at
                     ELSE greatest(w.longest, excluded.begun_at - w.heard_at) END,
      longest_at = CASE WHEN w.longest_at < :since
                          OR excluded.begun_at - w.heard_at >= w.longest
                        THEN excluded.begun_at ELSE w.longest_at END,
      silent = false
""")
_SILENT = text("""
  UPDATE hook_watches SET silent = true
  WHERE brand = :brand AND connector = ANY (CAST(:connectors AS text[]))
    AND begun_at <= :known_since
    AND heard_at < :at - greatest(CAST(:shortest AS interval), 2 * longest)
  RETURNING connector, heard_at, filled_at
""")
# Numbers whose neighbours came a while ago are not only late. What has no hole below it is not read
# again, or each look would read a week's deliveries. Where its last one is kept no more, all that
# are kept are looked at: its sender may count anew.
_HOLES = text("""
  WITH numbered AS MATERIALIZED (
    SELECT h.connector, h.sequence, h.received_at,
           lead(h.sequence) OVER later AS next, lead(h.received_at) OVER later AS next_at
    FROM hook_watches w
    CROSS JOIN LATERAL (
      SELECT coalesce(max(k.sequence), 0) AS floor FROM hook_deliveries k
      WHERE k.brand = w.brand AND k.connector = w.connector AND k.sequence = w.checked) f
    JOIN hook_deliveries h
      ON h.brand = w.brand AND h.connector = w.connector AND h.sequence >= f.floor
    WHERE w.brand = :brand AND w.connector = ANY (CAST(:connectors AS text[]))
    WINDOW later AS (PARTITION BY h.connector ORDER BY h.sequence)
  ), passed AS (
    SELECT connector,
           coalesce(min(sequence) FILTER (WHERE next > sequence + 1), max(sequence)) AS upto
    FROM numbered GROUP BY connector
  ), moved AS (
    UPDATE hook_watches w SET checked = p.upto FROM passed p
    WHERE w.brand = :brand AND w.connector = p.connector AND w.checked IS DISTINCT FROM p.upto
  )
  SELECT connector, sum(next - sequence - 1) AS missing, max(next) AS upto FROM numbered
  WHERE next > sequence + 1 AND greatest(received_at, next_at) < :settled
  GROUP BY connector ORDER BY connector
""")
_MARK = text("""
  UPDATE hook_watches
  SET filled_at = :at, checked = coalesce(CAST(:checked AS bigint), checked)
  WHERE brand = :brand AND connector = :connector
""")
_WEEK = timedelta(days=7)
_KNOWN = timedelta(days=2)
_SHORTEST = timedelta(minutes=15)
_SETTLED = timedelta(minutes=2)


class Gap(Struct, frozen=True, kw_only=True):
    """Something that was not told: a silence since `heard_at`, or so many missing numbers."""

    connector: str
    heard_at: datetime | None = None
    missing: int = 0
    upto: int | None = None


class HookWatches:
    """Watches the deliveries of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def gaps(self, connectors: Sequence[str], at: datetime, again: timedelta) -> list[Gap]:
        """What is lacking now; a silence that lasts is told of again after a while.

        Silent is who has been heard for two days and says nothing for twice as long as ever in the
        last week, and for a quarter of an hour at least.
        """
        named = {"brand": self._brand, "connectors": list(connectors)}
        await self._store.rows(_LOOK, {**named, "since": at - _WEEK})
        asked = {**named, "at": at, "known_since": at - _KNOWN, "shortest": _SHORTEST}
        silent = await self._store.rows(_SILENT, asked)
        found = [
            Gap(connector=row.connector, heard_at=row.heard_at)
            for row in silent
            if _is_due(row, at - again)
        ]
        holes = await self._store.rows(_HOLES, {**named, "settled": at - _SETTLED})
        told = (Gap(connector=one.connector, missing=one.missing, upto=one.upto) for one in holes)
        return [*found, *told]

    async def filled(self, gap: Gap, at: datetime) -> None:
        """What was lacking was read since."""
        asked = {"connector": gap.connector, "at": at, "checked": gap.upto}
        await self._store.rows(_MARK, {"brand": self._brand, **asked})


def _is_due(row: Row[Any], before: datetime) -> bool:
    """Whether its silence was not filled yet, or long ago."""
    return row.filled_at is None or row.filled_at < max(row.heard_at, before)
