"""Drift of points as it was measured last: what another system tells beside our own reckoning."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text

from capabilities.member.quality import PointsDrift
from store.engine import Run, Store
from store.row_records import records_of

_KEEP = text("""
  INSERT INTO points_drifts
    (brand, programme, measured_at, memberships, equal, told, reckoned, largest)
  VALUES (:brand, :programme, :measured_at, :memberships, :equal, :told, :reckoned, :largest)
  ON CONFLICT (brand, programme) DO UPDATE
  SET measured_at = excluded.measured_at, memberships = excluded.memberships,
      equal = excluded.equal, told = excluded.told, reckoned = excluded.reckoned,
      largest = excluded.largest
""")
# A programme that the platform decides by now, or that is gone, drifts no more.
_FORGET = text("""
  DELETE FROM points_drifts
  WHERE brand = :brand AND programme <> ALL (CAST(:programmes AS text[]))
""")
_NEWEST = text("SELECT * FROM points_drifts WHERE brand = :brand ORDER BY programme")


class PointsDrifts:
    """The newest measurement of each mirrored programme of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def keep(self, measured: Sequence[PointsDrift]) -> None:
        """Put a measurement of all mirrored programmes in place of the last one."""

        async def keep(run: Run) -> None:
            programmes = [one.programme for one in measured]
            await run(_FORGET, {"brand": self._brand, "programmes": programmes})
            for one in measured:
                await run(_KEEP, {"brand": self._brand, **msgspec.structs.asdict(one)})

        await self._store.transaction(keep)

    async def newest(self) -> tuple[PointsDrift, ...]:
        """Each mirrored programme by its code, as it was measured last."""
        rows = await self._store.rows(_NEWEST, {"brand": self._brand})
        return tuple(records_of(rows, PointsDrift))
