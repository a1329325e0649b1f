"""Segments of one brand: versions, the highest in force."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text

from capabilities.segment.conditions import Condition
from capabilities.segment.records import Segment, SegmentDraft
from store.engine import Run, Store

_CURRENT = text("""
  SELECT * FROM (
    SELECT DISTINCT ON (name) * FROM segments
    WHERE brand = :brand AND (CAST(:name AS text) IS NULL OR name = :name)
    ORDER BY name, version DESC
  ) s WHERE NOT removed ORDER BY name
""")
# Two that write a name at once meet on the key: the later one waits, and counts anew.
_PUT = text("""
  INSERT INTO segments
    (brand, name, version, title, conditions, removed, author, reason, changed_at)
  SELECT :brand, :name, coalesce(max(version), 0) + 1, CAST(:title AS text),
         CAST(:conditions AS jsonb), :removed, :author, :reason, :at
  FROM segments WHERE brand = :brand AND name = :name
  ON CONFLICT DO NOTHING RETURNING *
""")


class Segments:
    """What operations keep under a name."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def all(self) -> Sequence[Segment]:
        """Every segment in force, by name."""
        rows = await self._store.rows(_CURRENT, {"brand": self._brand, "name": None})
        return tuple(map(_segment, rows))

    async def named(self, name: str) -> Segment | None:
        """The segment of a name; None where there is none, or none any more."""
        rows = await self._store.rows(_CURRENT, {"brand": self._brand, "name": name})
        return _segment(rows[0]) if rows else None

    async def put_in(
        self, run: Run, draft: SegmentDraft, *, author: str, reason: str, at: datetime
    ) -> Segment:
        """A new version in force; the same conditions again are a new version too."""
        return await self._write(run, draft, removed=False, author=author, reason=reason, at=at)

    async def remove_in(
        self, run: Run, name: str, *, author: str, reason: str, at: datetime
    ) -> Segment | None:
        """Take a segment away; its versions stay. None where there is none."""
        rows = await run(_CURRENT, {"brand": self._brand, "name": name})
        if not rows:
            return None
        last = _segment(rows[0])
        draft = SegmentDraft(name=last.name, title=last.title, where=last.where)
        return await self._write(run, draft, removed=True, author=author, reason=reason, at=at)

    async def _write(
        self,
        run: Run,
        draft: SegmentDraft,
        *,
        removed: bool,
        author: str,
        reason: str,
        at: datetime,
    ) -> Segment:
        row = {
            "name": draft.name,
            "title": draft.title,
            "conditions": msgspec.json.encode(draft.where).decode(),
            "removed": removed,
            "author": author,
            "reason": reason,
            "at": at,
        }
        while not (written := await run(_PUT, {"brand": self._brand, **row})):
            pass
        return _segment(written[0])


def _segment(row: Row[Any]) -> Segment:
    return Segment(
        name=row.name,
        title=row.title,
        where=msgspec.convert(row.conditions, Condition),
        version=row.version,
        author=row.author,
        reason=row.reason,
        changed_at=row.changed_at,
    )
