"""The platform's copy of promotions that systems own: written by every pass of the sync.

A copy is the whole record as its system said it last.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text

from capabilities.promotion.records import Promotion
from store.engine import Run

# In key order, so that two batches that meet wait for one another and never cross. A reading that
# is older than what is kept changes nothing; `before` sees what was kept when this began.
_KEEP = text("""
  WITH given AS (
    SELECT a.* FROM unnest(CAST(:channel AS text[]), CAST(:number AS text[]),
                           CAST(:newest AS bigint[]), CAST(:status AS text[]),
                           CAST(:starts_at AS timestamptz[]), CAST(:said AS text[]))
                    AS a (channel, number, newest, status, starts_at, said)
  ), before AS (
    SELECT o.channel, o.number, o.said FROM promotion_copies o
    JOIN given a ON o.brand = :brand AND o.channel = a.channel AND o.number = a.number
  ), kept AS (
    INSERT INTO promotion_copies AS old
      (brand, channel, number, key_length, newest, status, starts_at, read_at, said)
    SELECT :brand, channel, number, length(number), newest, status, starts_at, :read_at, said
    FROM given ORDER BY channel, number
    ON CONFLICT (brand, channel, number) DO UPDATE
    SET newest = excluded.newest, status = excluded.status, starts_at = excluded.starts_at,
        read_at = excluded.read_at, said = excluded.said
    WHERE old.read_at <= excluded.read_at
    RETURNING channel, number, said
  )
  SELECT count(*) AS changed FROM kept k
  LEFT JOIN before b ON b.channel = k.channel AND b.number = k.number
  WHERE b.said IS DISTINCT FROM k.said
""")
_DROP = text("""
  DELETE FROM promotion_copies o
  USING unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  WHERE o.brand = :brand AND o.channel = a.channel AND o.number = a.number AND o.read_at <= :read_at
  RETURNING o.number
""")


class PromotionCopying:
    """Writes the copy of one brand, in the transactions of the sync."""

    def __init__(self, brand: str) -> None:
        self._brand = brand

    async def keep_in(self, run: Run, promotions: Sequence[Promotion], read_at: datetime) -> int:
        """Keep them; how many differ from what was kept. Of two with one key the last."""
        latest = {(one.channel, one.key): one for one in promotions}
        if not latest:
            return 0
        rows = [_row(one) for one in latest.values()]
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        (kept,) = await run(_KEEP, {"brand": self._brand, "read_at": read_at, **columns})
        changed: int = kept.changed
        return changed

    async def drop_in(self, run: Run, keys: Sequence[tuple[str, str]], read_at: datetime) -> int:
        """Promotions by (channel, key) that their system had no more; how many were kept."""
        channels, numbers = [channel for channel, _ in keys], [number for _, number in keys]
        named = {"brand": self._brand, "channels": channels, "numbers": numbers}
        return len(await run(_DROP, {**named, "read_at": read_at}))


def _row(one: Promotion) -> dict[str, Any]:
    return {
        "channel": one.channel,
        "number": one.key,
        "newest": -one.sort_key.value,
        "status": one.status.value,
        "starts_at": one.starts_at,
        "said": msgspec.json.encode(one).decode(),
    }
