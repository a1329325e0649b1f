"""Numbers of orders in the platform's copy, counted and cut by offset: see the members' page."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import text

from capabilities.time import micros
from store.engine import Store
from store.member.copied_numbers import Cut

_BY = {
    "id": "(o.key_length, o.number)",
    "date": "(-o.newest, o.key_length, o.number)",
}
_WHERE = """
  o.brand = :brand AND o.channel = ANY(CAST(:channels AS text[]))
    AND (CAST(:include AS text[]) IS NULL OR o.number = ANY(CAST(:include AS text[])))
    AND NOT o.number = ANY(CAST(:exclude AS text[]))
    AND (NOT CAST(:guests AS boolean) OR o.holder_number IS NULL)
    AND (CAST(:holder AS text) IS NULL OR o.holder_number = CAST(:holder AS text))
    AND (CAST(:after AS bigint) IS NULL OR -o.newest > CAST(:after AS bigint))
    AND (CAST(:before AS bigint) IS NULL OR -o.newest < CAST(:before AS bigint))
"""
_COUNT = text(f"""
  SELECT count(*) AS found FROM (
    SELECT 1 FROM order_copies o WHERE {_WHERE} LIMIT :most) AS first_ones
""")  # noqa: S608 - our own words


class OrderCut(Struct, frozen=True, kw_only=True):
    """What a list of the copy is restricted to; both bounds leave their own moment out."""

    include: Sequence[str] | None = None
    exclude: Sequence[str] = ()
    holder: str | None = None
    guests: bool = False
    after: datetime | None = None
    before: datetime | None = None


class CopiedOrderNumbers:
    """The numbers of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def count(self, channels: Sequence[str], asked: OrderCut, most: int) -> int:
        """How many there are in all, counted no further than to `most`."""
        named = self._named(channels, asked)
        (counted,) = await self._store.rows(_COUNT, {**named, "most": most})
        return int(counted.found)

    async def cut(self, channels: Sequence[str], cut: Cut, asked: OrderCut) -> list[str]:
        """The numbers of a cut."""
        statement = f"""
          SELECT o.number FROM order_copies o WHERE {_WHERE}
          ORDER BY {_BY[cut.by]} {cut.way} LIMIT :limit OFFSET :offset
        """  # noqa: S608 - our own words
        named = {**self._named(channels, asked), "limit": cut.limit, "offset": cut.offset}
        return [row.number for row in await self._store.rows(text(statement), named)]

    def _named(self, channels: Sequence[str], asked: OrderCut) -> dict[str, object]:
        return {
            "brand": self._brand,
            "channels": list(channels),
            "include": None if asked.include is None else list(asked.include),
            "exclude": list(asked.exclude),
            "holder": asked.holder,
            "guests": asked.guests,
            "after": None if asked.after is None else micros(asked.after),
            "before": None if asked.before is None else micros(asked.before),
        }
