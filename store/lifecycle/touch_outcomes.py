"""What is told of touches: each outcome once, one by one or by the file."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import text

from capabilities.lifecycle.outcomes import OutcomeRecorded, TouchOutcome, TouchOutcomeDeclined
from store.engine import Run
from store.owned import Owned

_TOUCHES = text("""
  SELECT touch_id FROM lifecycle_touches
  WHERE brand = :brand AND touch_id = ANY(CAST(:touch_ids AS text[]))
""")
_ADD = text("""
  INSERT INTO touch_outcomes (brand, touch_id, kind, reference, at, score, source, recorded_at)
  SELECT :brand, a.touch_id, a.kind, a.reference, a.at, a.score, :source, :now
  FROM unnest(CAST(:touch_ids AS text[]), CAST(:kinds AS text[]), CAST(:references AS text[]),
              CAST(:times AS timestamptz[]), CAST(:scores AS int[]))
       AS a (touch_id, kind, reference, at, score)
  ORDER BY a.touch_id, a.kind, a.reference
  ON CONFLICT DO NOTHING RETURNING touch_id
""")


class OutcomesTaken(Struct, frozen=True, kw_only=True):
    """What became of a file of outcomes."""

    new: int = 0
    again: int = 0
    unknown: int = 0


class TouchOutcomes:
    """The outcomes of one brand's touches."""

    def __init__(self, owned: Owned) -> None:
        self._store = owned.store
        self._brand = owned.brand
        self._now = owned.now

    async def take(self, outcomes: Sequence[TouchOutcome], *, source: str) -> OutcomesTaken:
        """Keep many at once; those of touches that nobody knows are counted and left out."""
        return await self._store.transaction(lambda run: self._take(run, outcomes, source))

    async def record_in(
        self, run: Run, outcome: TouchOutcome, *, source: str
    ) -> OutcomeRecorded | TouchOutcomeDeclined:
        """Keep one, in the caller's transaction."""
        taken = await self._take(run, [outcome], source)
        if taken.unknown:
            return TouchOutcomeDeclined(code="TOUCH_UNKNOWN", path=("input", "touchId"))
        again = bool(taken.again)
        return OutcomeRecorded(touch_id=outcome.touch_id, kind=outcome.kind, again=again)

    async def _take(self, run: Run, outcomes: Sequence[TouchOutcome], source: str) -> OutcomesTaken:
        ids = sorted({one.touch_id for one in outcomes})
        rows = await run(_TOUCHES, {"brand": self._brand, "touch_ids": ids})
        known = {row.touch_id for row in rows}
        there = {_key(one): one for one in outcomes if one.touch_id in known}
        added = await run(_ADD, self._columns(list(there.values()), source, self._now()))
        unknown = sum(1 for one in outcomes if one.touch_id not in known)
        new = len(added)
        return OutcomesTaken(new=new, again=len(outcomes) - unknown - new, unknown=unknown)

    def _columns(
        self, outcomes: Sequence[TouchOutcome], source: str, now: datetime
    ) -> dict[str, object]:
        return {
            "brand": self._brand,
            "source": source,
            "now": now,
            "touch_ids": [one.touch_id for one in outcomes],
            "kinds": [one.kind.value for one in outcomes],
            "references": [one.reference for one in outcomes],
            "times": [one.at for one in outcomes],
            "scores": [one.score for one in outcomes],
        }


def _key(one: TouchOutcome) -> tuple[str, str, str]:
    return (one.touch_id, one.kind.value, one.reference)
