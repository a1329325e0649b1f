"""Numbers of memberships that a system has, as the platform keeps them, counted and cut by offset.

For doors whose clients page by numbers of pages: everything else walks by places.
"""

from collections.abc import Sequence

from msgspec import Struct
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
_COUNT = text(f"""
  SELECT count(*) AS found FROM (
    SELECT 1 FROM membership_records r WHERE {_WHERE} LIMIT :most) AS first_ones
""")  # noqa: S608 - our own words


class Cut:
    """Which rows of a list: so many behind so many, in one of its orders."""

    def __init__(self, by: str, *, descending: bool, limit: int, offset: int) -> None:
        self.by = by
        self.way = "DESC" if descending else "ASC"
        self.limit = limit
        self.offset = offset


class MemberCut(Struct, frozen=True, kw_only=True):
    """What a list of the copy is restricted to."""

    include: Sequence[str] | None = None
    exclude: Sequence[str] = ()


class CopiedMemberNumbers:
    """The numbers of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def count(self, channels: Sequence[str], asked: MemberCut, most: int) -> int:
        """How many there are in all, counted no further than to `most`."""
        named = self._named(channels, asked)
        (counted,) = await self._store.rows(_COUNT, {**named, "most": most})
        return int(counted.found)

    async def cut(self, channels: Sequence[str], cut: Cut, asked: MemberCut) -> list[str]:
        """The numbers of a cut."""
        statement = f"""
          SELECT r.number FROM membership_records r WHERE {_WHERE}
          ORDER BY {_BY[cut.by]} {cut.way} LIMIT :limit OFFSET :offset
        """  # noqa: S608 - our own words
        named = {**self._named(channels, asked), "limit": cut.limit, "offset": cut.offset}
        return [row.number for row in await self._store.rows(text(statement), named)]

    def _named(self, channels: Sequence[str], asked: MemberCut) -> dict[str, object]:
        return {
            "brand": self._brand,
            "channels": list(channels),
            "include": None if asked.include is None else list(asked.include),
            "exclude": list(asked.exclude),
        }
