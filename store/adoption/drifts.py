"""Drift over time: what every comparison of both sides as a whole found."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text

from capabilities.adoption.drift import Drift, DriftSeen
from capabilities.estate import Capability
from store.engine import Run, Store
from store.row_records import records_of

_KEEP = text("""
  INSERT INTO adoption_drifts (brand, channel, capability, at, compared, differing, missing,
    unknown, in_flight, repaired, taken, disputed, fields)
  VALUES (:brand, :channel, :capability, :at, :compared, :differing, :missing,
    :unknown, :in_flight, :repaired, :taken, :disputed, CAST(:fields AS jsonb))
  ON CONFLICT DO NOTHING
""")
_FORGET = text("""
  DELETE FROM adoption_drifts
  WHERE brand = :brand AND channel = :channel AND capability = :capability AND at < :before
""")
_LAST = text("""
  SELECT compared, differing, missing, unknown, in_flight, repaired, taken, disputed, fields, at
  FROM adoption_drifts
  WHERE brand = :brand AND channel = :channel AND capability = :capability
  ORDER BY at DESC LIMIT :most
""")
# A comparison a day, and those that people ask for.
_KEPT = timedelta(days=90)


class Drifts:
    """The comparisons of one brand's pairs, of the last 90 days."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def keep(self, channel: str, capability: Capability, drift: Drift, at: datetime) -> None:
        """Add what a comparison found that ended now."""
        pair = self._pair(channel, capability)
        found = msgspec.structs.asdict(drift)
        row = {**found, "fields": msgspec.json.encode(drift.fields).decode(), "at": at}

        async def work(run: Run) -> None:
            await run(_KEEP, {**pair, **row})
            await run(_FORGET, {**pair, "before": at - _KEPT})

        await self._store.transaction(work)

    async def last(self, channel: str, capability: Capability, most: int) -> list[DriftSeen]:
        """The last comparisons of a pair, the newest first."""
        asked = {**self._pair(channel, capability), "most": most}
        return records_of(await self._store.rows(_LAST, asked), DriftSeen)

    def _pair(self, channel: str, capability: Capability) -> dict[str, object]:
        return {"brand": self._brand, "channel": channel, "capability": capability.value}
