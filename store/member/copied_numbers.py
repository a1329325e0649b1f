"""Numbers of memberships that a system has, as the platform keeps them, counted and cut by offset.

For doors whose clients page by numbers of pages: everything else walks by places.
"""

from collections.abc import Sequence

from sqlalchemy import text

from capabilities.member.changing import PLATFORM
from store.engine import Store

_BY = {
    "id": "(length(r.number), r.number)",
    "date": "(coalesce(r.joined_at, to_timestamp(0)), length(r.number), r.number)",
}
_WHERE = f"""
  r.brand = :brand AND r.channel = ANY(CAST(:channels AS text[])) AND r.gone_at IS NULL
    AND r.connector <> '{PLATFORM}'
    AND (CAST(:include AS text[]) IS NULL OR r.number = ANY(CAST(:include AS text[])))
    AND NOT r.number = ANY(CAST(:exclude AS text[]))
"""
_COUNT = text(f"SELECT count(*) AS found FROM membership_records r WHERE {_WHERE}")  # noqa: S608 - our own words


class Cut:
    """Which rows of a list: so many behind so many, in one of its orders."""

    def __init__(self, by: str, *, descending: bool, limit: int, offset: int) -> None:
        self.by = by
        self.way = "DESC" if descending else "ASC"
        self.limit = limit
        self.offset = offset


class CopiedMemberNumbers:
    """The numbers of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def cut(
        self,
        channels: Sequence[str],
        cut: Cut,
        include: Sequence[str] | None,
        exclude: Sequence[str] = (),
    ) -> tuple[list[str], int]:
        """The numbers of a cut, and how many there are in all."""
        named = {
            "brand": self._brand,
            "channels": list(channels),
            "include": None if include is None else list(include),
            "exclude": list(exclude),
        }
        statement = f"""
          SELECT r.number FROM membership_records r WHERE {_WHERE}
          ORDER BY {_BY[cut.by]} {cut.way} LIMIT :limit OFFSET :offset
        """  # noqa: S608 - our own words
        asked = {**named, "limit": cut.limit, "offset": cut.offset}
        rows = await self._store.rows(text(statement), asked)
        (counted,) = await self._store.rows(_COUNT, named)
        return [row.number for row in rows], counted.found
