"""The platform's copy of promotions as one more source of them, with the ports of every other."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import TextClause, text

from capabilities.errors import StoreUnavailable
from capabilities.page import PageAsk, SourcePage
from capabilities.promotion.ports import PromotionSearch, PromotionSource
from capabilities.promotion.records import Promotion, PromotionFilter
from store.engine import Row, Store
from store.list_walk import WALKS, place_of

_BY_KEY = text("""
  SELECT a.place AS asked, o.said
  FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY AS a (number, place)
  JOIN promotion_copies o ON o.brand = :brand AND o.channel = ANY(CAST(:channels AS text[]))
                         AND o.number = a.number
""")
_ACCEPTED = """o.brand = :brand AND o.channel = ANY(CAST(:channels AS text[]))
    AND (CAST(:statuses AS text[]) IS NULL OR o.status = ANY(CAST(:statuses AS text[])))"""
_COUNT = text(f"SELECT count(*) AS promotions FROM promotion_copies o WHERE {_ACCEPTED}")  # noqa: S608 - our own words


def _search(walk: str) -> TextClause:
    return text(f"SELECT o.said FROM promotion_copies o WHERE {_ACCEPTED} {walk}")  # noqa: S608 - as above


_SEARCH = {way: _search(walk) for way, walk in WALKS.items()}


class PromotionsFrom(Struct, frozen=True):
    """The connector whose promotions a copy stands for, and its channels."""

    connector: str
    system: str
    channels: tuple[str, ...]


class PromotionCopies:
    """The copy of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    def of(self, source: PromotionsFrom) -> "CopiedPromotions":
        """The copy of one connector's promotions."""
        return CopiedPromotions(self._store, self._brand, source)


class CopiedPromotions(PromotionSource, PromotionSearch):
    """The promotions of one connector as the platform's copy has them."""

    promotion_filters = frozenset({"status"})

    def __init__(self, store: Store, brand: str, source: PromotionsFrom) -> None:
        self._store = store
        self._brand = brand
        self._source = source

    async def promotions(self, keys: Sequence[str]) -> Sequence[Promotion | None]:
        """One promotion per key, None where there is none."""
        if not keys:
            return []
        named = {"brand": self._brand, "numbers": list(keys)}
        rows = await self._store.rows(_BY_KEY, {**named, "channels": list(self._source.channels)})
        found = {row.asked: self._promotion(row) for row in rows}
        return [found.get(place) for place in range(1, len(keys) + 1)]

    async def search_promotions(
        self, filters: PromotionFilter, ask: PageAsk
    ) -> SourcePage[Promotion]:
        """A page of whole channels."""
        statuses = filters.statuses
        named: dict[str, object] = {
            "brand": self._brand,
            "channels": list(ask.channels),
            "statuses": None if statuses is None else sorted(one.value for one in statuses),
        }
        place = {**place_of(ask.after), "limit": ask.first + 1}
        statement = _SEARCH[ask.newest_first, ask.after is not None]
        rows = await self._store.rows(statement, {**named, **place})
        (counted,) = await self._store.rows(_COUNT, named)
        return SourcePage(
            rows=tuple(self._promotion(row) for row in rows[: ask.first]),
            has_more=len(rows) > ask.first,
            total=counted.promotions,
        )

    def _promotion(self, row: Row) -> Promotion:
        try:
            said = _DECODER.decode(row.said)
        except msgspec.MsgspecError as exc:  # its system says it in the words of today
            message = "the copy is in the words of another version; a pass writes it anew"
            raise StoreUnavailable(message) from exc
        told = replace(
            said.source, connector=self._source.connector, system=self._source.system, copied=True
        )
        return replace(said, source=told)


_DECODER = msgspec.json.Decoder(Promotion)
