"""Words that staff put on people."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from capabilities.profile.tags import Tag
from store.engine import Run, Store

# Who was merged into a person brings her tags along: they stay under their own id, for an undoing.
_OF_PEOPLE = text("""
  WITH asked AS (
    SELECT a.place, coalesce(m.one_id, a.one_id) AS one_id
    FROM unnest(CAST(:one_ids AS text[])) WITH ORDINALITY AS a (one_id, place)
    LEFT JOIN member_aliases m ON m.brand = :brand AND m.old_id = a.one_id
  ), every AS (
    SELECT place, one_id FROM asked
    UNION ALL
    SELECT a.place, m.old_id FROM asked a
    JOIN member_aliases m ON m.brand = :brand AND m.one_id = a.one_id
  )
  SELECT DISTINCT ON (e.place, t.tag) e.place, t.* FROM every e
  JOIN member_tags t ON t.brand = :brand AND t.one_id = e.one_id
  WHERE t.expires_at IS NULL OR t.expires_at > :at
  ORDER BY e.place, t.tag, t.expires_at DESC NULLS FIRST, t.tagged_at DESC, t.one_id
""")
_PUT = text("""
  INSERT INTO member_tags AS t (brand, one_id, tag, author, tagged_at, expires_at)
  SELECT :brand, coalesce(
    (SELECT one_id FROM member_aliases WHERE brand = :brand AND old_id = :one_id), :one_id
  ), :tag, :author, :at, CAST(:expires_at AS timestamptz)
  ON CONFLICT (brand, one_id, tag) DO UPDATE
  SET author = excluded.author, tagged_at = excluded.tagged_at, expires_at = excluded.expires_at
""")
_TAKE = text("""
  WITH person AS (
    SELECT coalesce((SELECT one_id FROM member_aliases WHERE brand = :brand AND old_id = :one_id),
                    :one_id) AS one_id
  )
  DELETE FROM member_tags t USING person p
  WHERE t.brand = :brand AND t.tag = :tag
    AND (t.one_id = p.one_id OR t.one_id IN (
      SELECT old_id FROM member_aliases WHERE brand = :brand AND one_id = p.one_id))
""")


class MemberTags:
    """The tags of one brand's people."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def of_people(self, one_ids: Sequence[str], at: datetime) -> list[tuple[Tag, ...]]:
        """The tags of each person that have not ended, by name."""
        if not one_ids:
            return []
        asked = {"brand": self._brand, "one_ids": list(one_ids), "at": at}
        return await self._read(self._store.rows, asked, len(one_ids))

    async def put_in(self, run: Run, one_id: str, tag: Tag, at: datetime) -> tuple[Tag, ...]:
        """Put a word on a person, or give it another end; her tags then."""
        row = {"tag": tag.tag, "author": tag.author, "expires_at": tag.expires_at}
        await run(_PUT, {"brand": self._brand, "one_id": one_id, "at": at, **row})
        return await self._after(run, one_id, at)

    async def take_in(self, run: Run, one_id: str, tag: str, at: datetime) -> tuple[Tag, ...]:
        """Take a word away, where it is there; her tags then."""
        await run(_TAKE, {"brand": self._brand, "one_id": one_id, "tag": tag})
        return await self._after(run, one_id, at)

    async def _after(self, run: Run, one_id: str, at: datetime) -> tuple[Tag, ...]:
        asked = {"brand": self._brand, "one_ids": [one_id], "at": at}
        return (await self._read(run, asked, 1))[0]

    async def _read(self, run: Run, asked: dict[str, object], people: int) -> list[tuple[Tag, ...]]:
        found: defaultdict[int, list[Tag]] = defaultdict(list)
        for row in await run(_OF_PEOPLE, asked):
            found[row.place].append(
                Tag(
                    tag=row.tag,
                    author=row.author,
                    tagged_at=row.tagged_at,
                    expires_at=row.expires_at,
                )
            )
        return [tuple(found[place]) for place in range(1, people + 1)]
