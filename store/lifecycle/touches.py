"""Planned touches: read by the people and orders that they hang on, written in one statement."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.lifecycle.due import TouchKey
from capabilities.lifecycle.planning import KnownTouch, TouchState, touch_id
from store.engine import Run

_COLUMNS = "number, channel, rule, cycle, one_id, state, due_on, lapses_on, reason, recall"
# Those of these people, and those that hang on their orders whoever had them before.
_KNOWN = text(f"""
  SELECT {_COLUMNS} FROM lifecycle_touches
  WHERE brand = :brand AND one_id = ANY(CAST(:one_ids AS text[]))
  UNION
  SELECT {_COLUMNS.replace("number, channel", "t.number, t.channel")}
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN lifecycle_touches t ON t.brand = :brand AND t.number = a.number AND t.channel = a.channel
  ORDER BY number, channel, rule, cycle
""")  # noqa: S608 - our own words
# What is on its way or was sent meanwhile is left to who sends it.
_WRITE = text("""
  INSERT INTO lifecycle_touches AS t
    (brand, number, channel, rule, cycle, touch_id, one_id, state, due_on, lapses_on, reason,
     recall, cost, planned_at, changed_at)
  SELECT :brand, a.*, 0, :at, :at
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:rules AS text[]),
              CAST(:cycles AS int[]), CAST(:touch_ids AS text[]), CAST(:one_ids AS text[]),
              CAST(:states AS text[]), CAST(:due AS date[]), CAST(:lapses AS date[]),
              CAST(:reasons AS text[]), CAST(:recalls AS text[]))
       AS a (number, channel, rule, cycle, touch_id, one_id, state, due_on, lapses_on, reason,
             recall)
  ORDER BY a.number, a.channel, a.rule, a.cycle
  ON CONFLICT (brand, number, channel, rule, cycle) DO UPDATE
  SET one_id = excluded.one_id, due_on = excluded.due_on, lapses_on = excluded.lapses_on,
      state = CASE WHEN t.state IN ('PLANNED', 'CANCELLED')
                        AND excluded.state IN ('PLANNED', 'CANCELLED')
                   THEN excluded.state ELSE t.state END,
      reason = CASE WHEN t.state IN ('PLANNED', 'CANCELLED')
                         AND excluded.state IN ('PLANNED', 'CANCELLED')
                    THEN excluded.reason ELSE t.reason END,
      recall = CASE WHEN t.state IN ('SENDING', 'DROPPED') THEN excluded.recall ELSE t.recall END,
      changed_at = excluded.changed_at
""")
_LAPSE = text("""
  WITH late AS MATERIALIZED (
    SELECT number, channel, rule, cycle FROM lifecycle_touches
    WHERE brand = :brand AND state = 'PLANNED' AND lapses_on < :today
    LIMIT :most FOR UPDATE SKIP LOCKED
  )
  UPDATE lifecycle_touches t
  SET state = 'CANCELLED', reason = 'LAPSED', changed_at = :at
  FROM late l
  WHERE t.brand = :brand AND t.number = l.number AND t.channel = l.channel
    AND t.rule = l.rule AND t.cycle = l.cycle
  RETURNING 1
""")


async def known_touches(
    run: Run, brand: str, one_ids: Sequence[str], orders: Iterable[tuple[str, str]]
) -> list[KnownTouch]:
    """The touches of these people and of these orders (channel, number)."""
    keys = list(orders)
    named = {
        "brand": brand,
        "one_ids": list(one_ids),
        "channels": [channel for channel, _ in keys],
        "numbers": [number for _, number in keys],
    }
    return [_touch(row) for row in await run(_KNOWN, named)]


async def write_touches(run: Run, brand: str, touches: Sequence[KnownTouch], at: datetime) -> None:
    """Write touches as they are planned now; one that was sent meanwhile stays sent."""
    if not touches:
        return
    columns: dict[str, list[Any]] = {
        "numbers": [one.key.number for one in touches],
        "channels": [one.key.channel for one in touches],
        "rules": [one.key.rule for one in touches],
        "cycles": [one.key.cycle for one in touches],
        "touch_ids": [touch_id(brand, one.key) for one in touches],
        "one_ids": [one.one_id for one in touches],
        "states": [one.state.value for one in touches],
        "due": [one.due_on for one in touches],
        "lapses": [one.lapses_on for one in touches],
        "reasons": [one.reason for one in touches],
        "recalls": [one.recall for one in touches],
    }
    await run(_WRITE, {"brand": brand, "at": at, **columns})


async def lapse_touches(run: Run, brand: str, today: date, at: datetime, most: int) -> int:
    """Cancel planned touches whose last day has passed; how many they were."""
    rows = await run(_LAPSE, {"brand": brand, "today": today, "at": at, "most": most})
    return len(rows)


def key_of(row: Row[Any]) -> TouchKey:
    """What makes a row's touch one touch."""
    return TouchKey(row.rule, row.channel, row.number, row.cycle)


def _touch(row: Row[Any]) -> KnownTouch:
    return KnownTouch(
        key=key_of(row),
        one_id=row.one_id,
        state=TouchState(row.state),
        due_on=row.due_on,
        lapses_on=row.lapses_on,
        reason=row.reason,
        recall=row.recall,
    )
