"""What a person's stage is decided by, read for many people at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.lifecycle.judging import HeldMembership
from capabilities.lifecycle.stages import Inputs, Stage, Transition
from capabilities.order.facts import OrderFact
from capabilities.time import local_date
from store.engine import Run
from store.order.facts import OrderFacts

# An id that was merged away stands for its survivor; who is in no table is gone.
_SURVIVORS = text("""
  SELECT a.one_id AS asked, m.one_id AS survivor, p.status, p.created_at
  FROM unnest(CAST(:one_ids AS text[])) AS a (one_id)
  LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  LEFT JOIN members p ON p.brand = :brand AND p.one_id = coalesce(m.one_id, a.one_id)
""")
# A membership that nobody tells more of than that it is hers counts; one that ended does not. Where
# a channel has one programme only, its code is the programme's name.
_MEMBERSHIPS = text("""
  SELECT l.one_id, coalesce(r.programme, l.channel) AS programme, r.tier_code AS tier, r.joined_at
  FROM membership_links l
  LEFT JOIN membership_records r
    ON r.brand = l.brand AND r.number = l.number AND r.channel = l.channel
  WHERE l.brand = :brand AND l.one_id = ANY(CAST(:one_ids AS text[]))
    AND r.gone_at IS NULL AND coalesce(r.status, '') <> 'CLOSED'
""")
# In the order of ids, so that two who judge the same people wait for one another.
_STANDINGS = text("""
  SELECT one_id, revision, tier_since FROM lifecycle_standings
  WHERE brand = :brand AND one_id = ANY(CAST(:one_ids AS text[])) ORDER BY one_id FOR UPDATE
""")
HISTORY = text("""
  SELECT t.one_id, t.stage, t.since, t.inputs, t.revision, t.rule_version, t.recorded_at
  FROM lifecycle_transitions t
  WHERE t.brand = :brand AND t.one_id = ANY(CAST(:one_ids AS text[]))
    AND NOT EXISTS (SELECT FROM lifecycle_transitions o
                    WHERE o.brand = t.brand AND o.one_id = t.one_id
                      AND o.revision > t.revision AND o.position <= t.position)
  ORDER BY t.one_id, t.position
""")


class KnownHistory(Struct, frozen=True, kw_only=True):
    """A person as she was judged last; revision 0 is nobody who ever was."""

    revision: int = 0
    tier_since: date | None = None
    transitions: tuple[Transition, ...] = ()


class Dossier(Struct, frozen=True, kw_only=True):
    """All that one person is judged by, and how she was judged last."""

    one_id: str
    known_since: date | None
    memberships: tuple[HeldMembership, ...]
    facts: tuple[OrderFact, ...]
    before: KnownHistory


class Dossiers(Struct, frozen=True, kw_only=True):
    """The people behind some ids: `gone` are not there any more, `merged` are someone else by now.

    Of a gone person nothing is judged; of a merged one her survivor is.
    """

    people: tuple[Dossier, ...]
    gone: tuple[str, ...]
    merged: tuple[str, ...]


async def read_dossiers(
    run: Run, facts: OrderFacts, brand: str, zone: ZoneInfo, one_ids: Sequence[str]
) -> Dossiers:
    """Read and lock what is known of these people."""
    asked = {"brand": brand, "one_ids": sorted(set(one_ids))}
    rows = await run(_SURVIVORS, asked)
    found = {row.survivor or row.asked: row for row in rows}
    merged = tuple(row.asked for row in rows if row.survivor is not None)
    there = sorted(one for one, row in found.items() if row.status not in (None, "ERASED"))
    gone = tuple(one for one in found if one not in set(there))
    named = {"brand": brand, "one_ids": there}
    before = await _before(run, named)
    held = await _memberships(run, named, zone)
    orders = await facts.of_people_in(run, there)
    people = tuple(
        Dossier(
            one_id=one_id,
            known_since=local_date(found[one_id].created_at, zone),
            memberships=tuple(held[one_id]),
            facts=own,
            before=before.get(one_id, KnownHistory()),
        )
        for one_id, own in zip(there, orders, strict=True)
    )
    return Dossiers(people=people, gone=gone, merged=merged)


async def _before(run: Run, named: dict[str, Any]) -> dict[str, KnownHistory]:
    stood = {row.one_id: row for row in await run(_STANDINGS, named)}
    history: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in await run(HISTORY, named):
        history[row.one_id].append(row)
    return {
        one_id: KnownHistory(
            revision=max(row.revision for row in rows),
            tier_since=stood[one_id].tier_since if one_id in stood else None,
            transitions=tuple(transition(row) for row in rows),
        )
        for one_id, rows in history.items()
    }


async def _memberships(
    run: Run, named: dict[str, Any], zone: ZoneInfo
) -> defaultdict[str, list[HeldMembership]]:
    held: defaultdict[str, list[HeldMembership]] = defaultdict(list)
    for row in await run(_MEMBERSHIPS, named):
        joined = None if row.joined_at is None else local_date(row.joined_at, zone)
        one = HeldMembership(programme=row.programme, tier=row.tier, joined=joined)
        held[row.one_id].append(one)
    return held


def transition(row: Row[Any]) -> Transition:
    """A transition as its row says it."""
    inputs = msgspec.convert(row.inputs, Inputs)
    return Transition(stage=Stage(row.stage), since=row.since, inputs=inputs)
