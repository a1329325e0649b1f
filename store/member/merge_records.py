"""What is kept of merges: who stood before, what was decided, and by whom."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.member.claims import Key
from capabilities.member.resolution import Pair
from store.engine import Run
from store.member.components import columns_of

MERGE, UNMERGE = "MERGE", "UNMERGE"

_PARTS = text("""
  SELECT l.one_id, l.channel, l.number, m.version
  FROM membership_links l JOIN members m ON m.brand = l.brand AND m.one_id = l.one_id
  WHERE l.brand = :brand AND l.one_id = ANY(CAST(:one_ids AS text[]))
  ORDER BY l.channel, l.number
""")
_HOLDERS = text("""
  SELECT l.channel, l.number, l.one_id
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
  JOIN membership_links l ON l.brand = :brand AND l.number = a.number AND l.channel = a.channel
""")
_DECIDE = text("""
  INSERT INTO member_decisions (brand, left_number, left_channel, right_number, right_channel,
                                together, record)
  SELECT :brand, a.left_number, a.left_channel, a.right_number, a.right_channel, :together, :record
  FROM unnest(CAST(:left_numbers AS text[]), CAST(:left_channels AS text[]),
              CAST(:right_numbers AS text[]), CAST(:right_channels AS text[]))
       AS a (left_number, left_channel, right_number, right_channel)
  ON CONFLICT (brand, left_number, left_channel, right_number, right_channel)
  DO UPDATE SET together = excluded.together, record = excluded.record
""")
_FORGET = text("""
  DELETE FROM member_decisions d
  USING unnest(CAST(:left_numbers AS text[]), CAST(:left_channels AS text[]),
               CAST(:right_numbers AS text[]), CAST(:right_channels AS text[]))
        AS a (left_number, left_channel, right_number, right_channel)
  WHERE d.brand = :brand AND d.left_number = a.left_number AND d.left_channel = a.left_channel
    AND d.right_number = a.right_number AND d.right_channel = a.right_channel
""")
_RECORD = text("""
  INSERT INTO merge_records (brand, id, kind, one_id, before, by, reason, at)
  VALUES (:brand, :id, :kind, :one_id, CAST(:before AS jsonb), :by, :reason, :at)
""")
_RECORDED = text("""
  SELECT id, kind, one_id, before, undone_by FROM merge_records
  WHERE brand = :brand AND id = :id FOR UPDATE
""")
_UNDONE = text("UPDATE merge_records SET undone_by = :by WHERE brand = :brand AND id = :id")


class Side(Struct, frozen=True):
    """A person as a record keeps her."""

    one_id: str
    memberships: tuple[Key, ...]
    version: int


class Before(Struct, frozen=True):
    """What stood before a merge: the people, their old ids, and decisions that it overrode."""

    sides: tuple[Side, ...]
    aliases: dict[str, str] = {}
    apart: tuple[Pair, ...] = ()
    together: tuple[Pair, ...] = ()


class Author(Struct, frozen=True):
    """Who does it, why and when."""

    subject: str
    reason: str
    at: datetime


class MergeRecords:
    """The people of merges, their records, and the decisions that they make."""

    def __init__(self, brand: str) -> None:
        self._brand = brand

    async def standing(self, run: Run, record: str) -> tuple[Before, str | None] | None:
        """What stood before a merge, and which record undid it; None where there is no merge."""
        rows = await run(_RECORDED, {"brand": self._brand, "id": record})
        if not rows or rows[0].kind != MERGE:
            return None
        return msgspec.convert(rows[0].before, Before), rows[0].undone_by

    async def undo(self, run: Run, record: str, by: str) -> None:
        """Note which record took a merge back."""
        await run(_UNDONE, {"brand": self._brand, "id": record, "by": by})

    async def sides(self, run: Run, one_ids: Sequence[str]) -> list[Side]:
        """People by their ids, each with her memberships, in the order of the ids."""
        held: dict[str, list[Key]] = {}
        versions: dict[str, int] = {}
        for row in await run(_PARTS, {"brand": self._brand, "one_ids": list(one_ids)}):
            held.setdefault(row.one_id, []).append((row.channel, row.number))
            versions[row.one_id] = row.version
        return [Side(one, tuple(held[one]), versions[one]) for one in sorted(held)]

    async def holders(self, run: Run, keys: Sequence[Key]) -> list[str]:
        """Whose each membership is, empty where nobody knows it."""
        rows = await run(_HOLDERS, {"brand": self._brand, **columns_of(keys)})
        found = {(row.channel, row.number): row.one_id for row in rows}
        return [found.get(key, "") for key in keys]

    async def record(self, run: Run, kind: str, before: Before, author: Author) -> str:
        """Keep what stood; the id of the record."""
        record = secrets.token_hex(12)
        named = {
            "id": record,
            "kind": kind,
            "one_id": before.sides[0].one_id,
            "before": msgspec.json.encode(before).decode(),
            "by": author.subject,
            "reason": author.reason,
            "at": author.at,
        }
        await run(_RECORD, {"brand": self._brand, **named})
        return record

    async def decide(
        self, run: Run, pairs: Collection[Pair], record: str, *, together: bool
    ) -> None:
        """Decide of pairs of memberships; the last word stands."""
        if pairs:
            named = {"record": record, "together": together, **_columns(pairs)}
            await run(_DECIDE, {"brand": self._brand, **named})

    async def forget(self, run: Run, pairs: Collection[Pair]) -> None:
        """Decide nothing of these pairs any more."""
        if pairs:
            await run(_FORGET, {"brand": self._brand, **_columns(pairs)})


def _columns(pairs: Collection[Pair]) -> dict[str, list[str]]:
    listed = sorted(pairs)
    return {
        "left_numbers": [number for (_, number), _ in listed],
        "left_channels": [channel for (channel, _), _ in listed],
        "right_numbers": [number for _, (_, number) in listed],
        "right_channels": [channel for _, (channel, _) in listed],
    }
