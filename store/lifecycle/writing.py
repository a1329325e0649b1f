"""What was judged, written: where people stand, and what is new of their histories."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.lifecycle.judging import Judgement
from capabilities.lifecycle.stages import Transition
from store.engine import Run
from store.lifecycle.people import KnownHistory

_STAND = text("""
  INSERT INTO lifecycle_standings
    (brand, one_id, stage, since, rule_version, programme, inputs, revision, position, tier_since,
     next_change, computed_at)
  SELECT :brand, a.one_id, a.stage, a.since, :rule_version, a.programme, CAST(a.inputs AS jsonb),
         a.revision, a.position, a.tier_since, a.next_change, :at
  FROM unnest(CAST(:one_ids AS text[]), CAST(:stages AS text[]), CAST(:since AS date[]),
              CAST(:programmes AS text[]), CAST(:inputs AS text[]), CAST(:revisions AS int[]),
              CAST(:positions AS int[]), CAST(:tiers AS date[]), CAST(:changes AS date[]))
       AS a (one_id, stage, since, programme, inputs, revision, position, tier_since, next_change)
  ORDER BY a.one_id
  ON CONFLICT (brand, one_id) DO UPDATE
  SET stage = excluded.stage, since = excluded.since, rule_version = excluded.rule_version,
      programme = excluded.programme, inputs = excluded.inputs, revision = excluded.revision,
      position = excluded.position, tier_since = excluded.tier_since,
      next_change = excluded.next_change, computed_at = excluded.computed_at
""")
_RECORD = text("""
  INSERT INTO lifecycle_transitions
    (brand, one_id, revision, position, stage, since, rule_version, inputs, recorded_at)
  SELECT :brand, a.one_id, a.revision, a.position, a.stage, a.since, :rule_version,
         CAST(a.inputs AS jsonb), :at
  FROM unnest(CAST(:one_ids AS text[]), CAST(:revisions AS int[]), CAST(:positions AS int[]),
              CAST(:stages AS text[]), CAST(:since AS date[]), CAST(:inputs AS text[]))
       AS a (one_id, revision, position, stage, since, inputs)
  ORDER BY a.one_id, a.position
""")
_FORGET = text("""
  DELETE FROM lifecycle_standings
  WHERE brand = :brand AND one_id = ANY(CAST(:one_ids AS text[]))
""")


class Judged(Struct, frozen=True, kw_only=True):
    """A person as she was and as she is."""

    one_id: str
    before: KnownHistory
    judgement: Judgement
    tier_since: date | None


async def write_standings(
    run: Run, brand: str, people: Sequence[Judged], rule_version: int, at: datetime
) -> None:
    """Write where people stand, and as a new revision whatever of their histories differs."""
    if not people:
        return
    named = {"brand": brand, "rule_version": rule_version, "at": at}
    fresh = {one.one_id: _fresh(one) for one in people}
    lines = [
        (one_id, revision, place, step)
        for one_id, (revision, first, steps) in fresh.items()
        for place, step in enumerate(steps, start=first)
    ]
    if lines:
        await run(_RECORD, {**named, **_transitions(lines)})
    await run(_STAND, {**named, **_standings(people, {one: new[0] for one, new in fresh.items()})})


async def forget_standings(run: Run, brand: str, one_ids: Sequence[str]) -> None:
    """Nobody of these ids stands anywhere; her history stays."""
    if one_ids:
        await run(_FORGET, {"brand": brand, "one_ids": list(one_ids)})


def _fresh(one: Judged) -> tuple[int, int, tuple[Transition, ...]]:
    """The revision in force, and from which position on which steps of it are new.

    A history that only became shorter says its last step again.
    """
    known, now = one.before.transitions, one.judgement.history
    pairs = enumerate(zip(known, now, strict=False))
    first = next((place for place, (old, new) in pairs if old != new), min(len(known), len(now)))
    if known == now:
        return one.before.revision, first, ()
    first = min(first, len(now) - 1)
    return one.before.revision + 1, first, now[first:]


def _transitions(lines: Sequence[tuple[str, int, int, Transition]]) -> dict[str, list[Any]]:
    return {
        "one_ids": [one_id for one_id, _, _, _ in lines],
        "revisions": [revision for _, revision, _, _ in lines],
        "positions": [place for _, _, place, _ in lines],
        "stages": [step.stage.value for _, _, _, step in lines],
        "since": [step.since for _, _, _, step in lines],
        "inputs": [_json(step.inputs) for _, _, _, step in lines],
    }


def _standings(people: Sequence[Judged], revisions: dict[str, int]) -> dict[str, list[Any]]:
    judged = [one.judgement for one in people]
    return {
        "one_ids": [one.one_id for one in people],
        "stages": [one.now.stage.value for one in judged],
        "since": [one.now.since for one in judged],
        "programmes": [one.held.programme for one in judged],
        "inputs": [_json(one.now.inputs) for one in judged],
        "revisions": [revisions[one.one_id] for one in people],
        "positions": [len(one.history) - 1 for one in judged],
        "tiers": [one.tier_since for one in people],
        "changes": [one.next_change for one in judged],
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
