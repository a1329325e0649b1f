"""Touchpoints that channels tell of, under the membership that each was with."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text

from capabilities.member.touches import Touch, TouchDirection, Touchpoint
from store.engine import Run, Store

# What a source tells again under its reference is the same touch, maybe with its outcome by now.
_RECORD = text("""
  INSERT INTO touchpoints AS t (brand, source, reference, number, channel, kind, medium, campaign,
                                outcome, at, recorded_at)
  SELECT :brand, a.source, a.reference, a.number, a.channel, a.kind, a.medium, a.campaign,
         a.outcome, a.at, :now
  FROM unnest(CAST(:source AS text[]), CAST(:reference AS text[]), CAST(:number AS text[]),
              CAST(:channel AS text[]), CAST(:kind AS text[]), CAST(:medium AS text[]),
              CAST(:campaign AS text[]), CAST(:outcome AS text[]), CAST(:at AS timestamptz[]))
       AS a (source, reference, number, channel, kind, medium, campaign, outcome, at)
  ORDER BY a.source, a.reference
  ON CONFLICT (brand, source, reference) DO UPDATE
  SET number = excluded.number, channel = excluded.channel, kind = excluded.kind,
      medium = excluded.medium, campaign = excluded.campaign, outcome = excluded.outcome,
      at = excluded.at, recorded_at = excluded.recorded_at
  WHERE (t.number, t.channel, t.kind, t.medium, t.campaign, t.outcome, t.at) IS DISTINCT FROM
        (excluded.number, excluded.channel, excluded.kind, excluded.medium, excluded.campaign,
         excluded.outcome, excluded.at)
  RETURNING 1
""")
_OF_PEOPLE = text("""
  WITH asked AS (
    SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  )
  SELECT a.place, t.* FROM asked a
  CROSS JOIN LATERAL (
    SELECT t.* FROM membership_links l
    JOIN touchpoints t ON t.brand = :brand AND t.number = l.number AND t.channel = l.channel
    WHERE l.brand = :brand AND l.one_id = a.one_id
      AND (CAST(:channels AS text[]) IS NULL OR t.channel = ANY(CAST(:channels AS text[])))
    ORDER BY t.at DESC, t.source DESC, t.reference DESC LIMIT :most
  ) t
  ORDER BY a.place, t.at DESC, t.source DESC, t.reference DESC
""")


class Touchpoints:
    """The touchpoints of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def record(self, told: Sequence[Touchpoint], now: datetime) -> int:
        """Keep what was told; the same again changes nothing. How many are new or changed."""
        return await self._store.transaction(lambda run: self.record_in(run, told, now))

    async def record_in(self, run: Run, told: Sequence[Touchpoint], now: datetime) -> int:
        """As `record`, in the caller's transaction; of two under one reference the last stands."""
        latest = list({(one.source, one.reference): one for one in told}.values())
        if not latest:
            return 0
        columns = {
            name: [getattr(one, name) for one in latest]
            for name in (field.name for field in msgspec.structs.fields(Touchpoint))
        }
        return len(await run(_RECORD, {"brand": self._brand, "now": now, **columns}))

    async def of_people(
        self, one_ids: Sequence[str], most: int, channels: Collection[str] | None = None
    ) -> list[tuple[Touch, ...]]:
        """The newest touches of each person, at most so many; an old id is its survivor's.

        `channels` restricts them to some.
        """
        if not one_ids:
            return []
        named = {"brand": self._brand, "one_ids": list(one_ids), "most": most}
        asked = {**named, "channels": None if channels is None else sorted(channels)}
        found: defaultdict[int, list[Touch]] = defaultdict(list)
        for row in await self._store.rows(_OF_PEOPLE, asked):
            found[row.place].append(
                Touch(
                    source=row.source,
                    reference=row.reference,
                    direction=TouchDirection.OBSERVED,
                    kind=row.kind,
                    at=row.at,
                    channel_code=row.channel,
                    medium=row.medium,
                    campaign=row.campaign,
                    outcome=row.outcome,
                )
            )
        return [tuple(found[place]) for place in range(1, len(one_ids) + 1)]
