"""Lists of suggestions: pages, the newest first, and counts per product."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from capabilities.suggestions import Suggestion, SuggestionCount, SuggestionFilter, compared
from store.engine import Store
from store.profile.suggestions import suggestion_of

_FILTER = """
  WHERE s.brand = :brand
    AND (CAST(:product AS text) IS NULL OR s.product = :product)
    AND (CAST(:sources AS text[]) IS NULL OR s.source = ANY (CAST(:sources AS text[])))
    AND (CAST(:statuses AS text[]) IS NULL OR s.status = ANY (CAST(:statuses AS text[])))
    AND (CAST(:words AS text) IS NULL OR position(:words IN s.compared) > 0)
"""
_SHOWN = """
  SELECT s.*, (SELECT count(*) FROM product_suggestions d
               WHERE d.brand = s.brand AND d.duplicate_of = s.id) AS duplicates
  FROM product_suggestions s
"""
_FORWARD = text(
    _SHOWN  # constants
    + _FILTER
    + """
  AND (CAST(:at AS timestamptz) IS NULL OR (s.submitted_at, s.id) < (:at, :id))
  ORDER BY s.submitted_at DESC, s.id DESC LIMIT :first
"""
)
_BACKWARD = text(
    _SHOWN  # constants
    + _FILTER
    + """
  AND (CAST(:at AS timestamptz) IS NULL OR (s.submitted_at, s.id) > (:at, :id))
  ORDER BY s.submitted_at, s.id LIMIT :first
"""
)
_COUNT = text("SELECT count(*) AS found FROM product_suggestions s" + _FILTER)  # noqa: S608  # constants
_PER_PRODUCT = text("""
  SELECT product, count(*) AS suggestions,
         count(*) FILTER (WHERE status <> 'DUPLICATE') AS distinct_ones
  FROM product_suggestions WHERE brand = :brand
  GROUP BY product ORDER BY 2 DESC, 1 LIMIT :first
""")


class Place(NamedTuple):
    """Where a suggestion stands in the list."""

    at: datetime
    key: str


class SuggestionLists:
    """The suggestions of one brand, to be read."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def page(
        self, filters: SuggestionFilter, first: int, place: Place | None, *, backward: bool = False
    ) -> Sequence[Suggestion]:
        """At most `first` behind (or before, when backward) a place, in that direction."""
        asked = {**self._asked(filters), "first": first}
        asked |= {"at": place and place.at, "id": place and place.key}
        rows = await self._store.rows(_BACKWARD if backward else _FORWARD, asked)
        return tuple(map(suggestion_of, rows))

    async def count(self, filters: SuggestionFilter) -> int:
        """How many the filter has."""
        (row,) = await self._store.rows(_COUNT, self._asked(filters))
        return int(row.found)

    async def per_product(self, first: int) -> Sequence[SuggestionCount]:
        """The products with the most suggestions."""
        rows = await self._store.rows(_PER_PRODUCT, {"brand": self._brand, "first": first})
        return tuple(
            SuggestionCount(
                product_code=row.product or None,
                suggestions=row.suggestions,
                distinct=row.distinct_ones,
            )
            for row in rows
        )

    def _asked(self, filters: SuggestionFilter) -> dict[str, object]:
        return {
            "brand": self._brand,
            "product": filters.product,
            "sources": _values(filters.sources),
            "statuses": _values(filters.statuses),
            "words": None if filters.text is None else compared(filters.text),
        }


def _values(chosen: frozenset[object] | None) -> list[str] | None:
    return None if chosen is None else sorted(one.value for one in chosen)  # type: ignore[attr-defined]
