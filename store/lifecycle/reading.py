"""What the lifecycle shows of people: where they stand, what is due, and what was sent to them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, TextClause, text

from capabilities.lifecycle.outcomes import LifecycleStanding, PlannedTouch
from capabilities.lifecycle.planning import TouchState
from capabilities.lifecycle.stages import Transition
from capabilities.member.consent import ConsentMedium
from capabilities.member.touches import SANTONG, Touch, TouchDirection
from capabilities.money import Money
from store.engine import Store
from store.lifecycle.people import HISTORY, transition
from store.lifecycle.touches import key_of

_OF_PEOPLE = """
  SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
  FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
  LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
"""
_STANDINGS = text(f"""
  SELECT a.place, s.one_id, s.rule_version, s.programme, s.computed_at
  FROM ({_OF_PEOPLE}) AS a
  JOIN lifecycle_standings s ON s.brand = :brand AND s.one_id = a.one_id
""")  # noqa: S608 - our own words
_TOUCH = """t.touch_id, t.one_id, t.number, t.channel, t.rule, t.cycle, t.state, t.reason, t.due_on,
  t.lapses_on, t.campaign, t.medium, t.sent_at"""


def _due(over: str, way: str) -> TextClause:
    return text(f"""
      SELECT {_TOUCH} FROM lifecycle_touches t
      WHERE t.brand = :brand AND t.state = 'PLANNED' AND t.rule = :rule AND t.due_on <= :as_of
        AND t.lapses_on >= :as_of AND (CAST(:day AS date) IS NULL
          OR (t.due_on, t.touch_id) {over} (CAST(:day AS date), CAST(:after AS text)))
      ORDER BY t.due_on {way}, t.touch_id {way} LIMIT :most
    """)  # noqa: S608 - our own words


_FORWARD, _BACKWARD = _due(">", "ASC"), _due("<", "DESC")
_COUNT = text("""
  SELECT count(*) AS due FROM lifecycle_touches
  WHERE brand = :brand AND state = 'PLANNED' AND rule = :rule AND due_on <= :as_of
    AND lapses_on >= :as_of
""")
_SENT = text(f"""
  SELECT a.place, t.*, o.kind AS told, o.score FROM ({_OF_PEOPLE}) AS a
  JOIN LATERAL (
    SELECT {_TOUCH}, t.template, t.cost, t.currency, t.planned_at, t.changed_at
    FROM lifecycle_touches t
    WHERE t.brand = :brand AND t.one_id = a.one_id AND t.state NOT IN ('PLANNED', 'CANCELLED')
    ORDER BY t.changed_at DESC, t.touch_id LIMIT :most
  ) t ON true
  LEFT JOIN LATERAL (
    SELECT (array_agg(kind ORDER BY at DESC, kind))[1] AS kind,
           (array_agg(score ORDER BY at DESC) FILTER (WHERE score IS NOT NULL))[1] AS score
    FROM touch_outcomes WHERE brand = :brand AND touch_id = t.touch_id
  ) o ON true
  ORDER BY a.place, t.changed_at DESC
""")  # noqa: S608 - as above


class LifecycleReading:
    """Reads of one brand, in batches over people."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def standings(self, one_ids: Sequence[str]) -> list[LifecycleStanding | None]:
        """Where each person stands, with her history; an old id stands for its survivor."""
        if not one_ids:
            return []
        named = {"brand": self._brand, "one_ids": list(one_ids)}
        rows = {row.place: row for row in await self._store.rows(_STANDINGS, named)}
        people = sorted({row.one_id for row in rows.values()})
        steps: defaultdict[str, list[Transition]] = defaultdict(list)
        for row in await self._store.rows(HISTORY, {"brand": self._brand, "one_ids": people}):
            steps[row.one_id].append(transition(row))
        places = range(1, len(one_ids) + 1)
        return [_standing(rows[place], steps) if place in rows else None for place in places]

    async def due(
        self,
        rule: str,
        as_of: date,
        place: tuple[date, str] | None,
        most: int,
        *,
        backward: bool = False,
    ) -> Sequence[PlannedTouch]:
        """Touches of a rule that are due on a day, the oldest first, behind a place.

        `backward` walks from the place, or the end, to the front.
        """
        day, touch_id = place or (None, None)
        named = {"brand": self._brand, "rule": rule, "as_of": as_of, "most": most}
        statement = _BACKWARD if backward else _FORWARD
        rows = await self._store.rows(statement, {**named, "day": day, "after": touch_id})
        return [_planned(self._brand, row) for row in rows]

    async def count_due(self, rule: str, as_of: date) -> int:
        """How many are."""
        named = {"brand": self._brand, "rule": rule, "as_of": as_of}
        (row,) = await self._store.rows(_COUNT, named)
        count: int = row.due
        return count

    async def touches(self, one_ids: Sequence[str], most: int = 50) -> list[tuple[Touch, ...]]:
        """What was sent to each person, or was stopped on its way, the newest first."""
        if not one_ids:
            return []
        named = {"brand": self._brand, "one_ids": list(one_ids), "most": most}
        found: defaultdict[int, list[Touch]] = defaultdict(list)
        for row in await self._store.rows(_SENT, named):
            found[row.place].append(_touch(row))
        return [tuple(found[place]) for place in range(1, len(one_ids) + 1)]


def _standing(row: Row[Any], steps: dict[str, list[Transition]]) -> LifecycleStanding:
    return LifecycleStanding(
        one_id=row.one_id,
        rule_version=row.rule_version,
        programme=row.programme,
        computed_at=row.computed_at,
        history=tuple(steps[row.one_id]),
    )


def _planned(brand: str, row: Row[Any]) -> PlannedTouch:
    return PlannedTouch(
        brand=brand,
        touch_id=row.touch_id,
        one_id=row.one_id,
        key=key_of(row),
        state=TouchState(row.state),
        reason=row.reason,
        due_on=row.due_on,
        lapses_on=row.lapses_on,
        campaign=row.campaign,
        medium=None if row.medium is None else ConsentMedium(row.medium),
        sent_at=row.sent_at,
    )


def _touch(row: Row[Any]) -> Touch:
    """A touch of ours as the profile shows touches; what stopped it stands in place of a date."""
    sent = row.state in ("SENT", "DROPPED", "SENDING", "UNKNOWN")
    return Touch(
        source=SANTONG,
        reference=row.touch_id,
        direction=TouchDirection.SENT,
        kind=row.rule,
        at=row.sent_at or row.changed_at,
        medium=row.medium,
        template=row.template,
        campaign=row.campaign,
        planned_at=row.planned_at,
        sent_at=row.sent_at,
        cost=Money(row.cost, row.currency) if row.currency is not None and sent else None,
        not_sent_reason=None if sent else row.reason,
        outcome=row.told if row.told is not None else row.state,
        score=row.score,
    )
