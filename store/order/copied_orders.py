"""The platform's copy of orders as one more source of orders, with the ports of every other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidTag
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import TextClause, text

from capabilities.order.ports import CustomerOrderSource, OrderSearch, OrderSource
from capabilities.order.records import Order, OrderFilter
from capabilities.page import PageAsk, SortKey, SourcePage
from capabilities.time import micros
from store.engine import Row, Store
from store.list_walk import WALKS, place_of
from store.order.copies import place_of_copy
from store.privacy.data_keys import DataKeys, OwnerSeal

FILTERS = frozenset(
    {"store", "status", "payment_status", "fulfillment_status", "kind", "placed_at", "number"}
)
_SAID = "o.newest, o.channel, o.number, o.owner, o.sealed_order"
_BY_NUMBER = text(f"""
  SELECT a.place AS asked, {_SAID}
  FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY AS a (number, place)
  JOIN order_copies o ON o.brand = :brand AND o.channel = ANY(CAST(:channels AS text[]))
                     AND o.number = a.number
""")  # noqa: S608 - our own words
_WHOSE = text("""
  SELECT a.place AS asked, o.channel, o.store, l.one_id
  FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY AS a (number, place)
  JOIN order_copies o ON o.brand = :brand AND o.channel = ANY(CAST(:channels AS text[]))
                     AND o.number = a.number
  LEFT JOIN membership_links l ON l.brand = :brand AND l.number = o.holder_number
                              AND l.channel = o.holder_channel
""")
_BY_DAY = text("""
  SELECT CAST(placed_at AT TIME ZONE CAST(:zone AS text) AS date) AS day, count(*) AS orders
  FROM order_copies WHERE brand = :brand AND channel = :channel GROUP BY 1 ORDER BY 1
""")
# A row as it was read, and what it says where its key still opens it.
_Read = tuple[Row, Order | None]
_ACCEPTED = """o.channel = ANY(CAST(:channels AS text[]))
    AND (CAST(:stores AS text[]) IS NULL OR o.store = ANY(CAST(:stores AS text[])))
    AND (CAST(:statuses AS text[]) IS NULL OR o.status = ANY(CAST(:statuses AS text[])))
    AND (CAST(:payments AS text[]) IS NULL OR o.payment_status = ANY(CAST(:payments AS text[])))
    AND (CAST(:fulfillments AS text[]) IS NULL
         OR o.fulfillment_status = ANY(CAST(:fulfillments AS text[])))
    AND (CAST(:kinds AS text[]) IS NULL OR o.kind = ANY(CAST(:kinds AS text[])))
    AND (NOT CAST(:dated AS boolean) OR o.placed_at IS NOT NULL)
    AND (CAST(:since AS bigint) IS NULL OR o.newest <= CAST(:since AS bigint))
    AND (CAST(:until AS bigint) IS NULL OR o.newest > CAST(:until AS bigint))
    AND (CAST(:prefix AS text) IS NULL OR starts_with(o.number, CAST(:prefix AS text)))"""
# Counting more would cost each page more than the page itself.
_MOST_COUNTED = 1_000
_COUNT = text(f"""
  SELECT count(*) AS orders FROM (
    SELECT 1 FROM order_copies o WHERE o.brand = :brand AND {_ACCEPTED}
    LIMIT {_MOST_COUNTED + 1}) AS first_ones
""")  # noqa: S608 - as above


def _search(walk: str) -> TextClause:
    return text(f"""
  SELECT {_SAID} FROM order_copies o WHERE o.brand = :brand AND {_ACCEPTED} {walk}
""")  # noqa: S608 - as above


def _of_customers(walk: str) -> TextClause:
    return text(f"""
  SELECT a.place AS asked, r.*
  FROM unnest(CAST(:customers AS text[])) WITH ORDINALITY AS a (number, place)
  CROSS JOIN LATERAL (
    SELECT {_SAID} FROM order_copies o
    WHERE o.brand = :brand AND o.holder_number = a.number
      AND o.holder_channel = ANY(CAST(:holder_channels AS text[])) AND {_ACCEPTED} {walk}
  ) AS r
""")  # noqa: S608 - as above


_SEARCH = {way: _search(walk) for way, walk in WALKS.items()}
_OF_CUSTOMERS = {way: _of_customers(walk) for way, walk in WALKS.items()}


class WhoseOrder(Struct, frozen=True):
    """An order of the copy: its channel, its store, and whose it is where the store knows."""

    channel: str
    store: str | None
    one_id: str | None


class CopiedFrom(Struct, frozen=True):
    """The connector whose orders a copy stands for: its channels, and those of its members."""

    connector: str
    system: str
    channels: tuple[str, ...]
    holder_channels: tuple[str, ...] = ()


class OrderCopies:
    """The copy of one brand."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys

    def of(self, source: CopiedFrom) -> "CopiedOrders":
        """The copy of one connector's orders."""
        return CopiedOrders(self._store, self._brand, self._keys, source)

    async def by_day(self, channel: str, zone: ZoneInfo) -> Mapping[date | None, int]:
        """How many orders of a channel were placed on each day; None for those without a date."""
        named = {"brand": self._brand, "channel": channel, "zone": zone.key}
        return {row.day: row.orders for row in await self._store.rows(_BY_DAY, named)}


class CopiedOrders(OrderSource, CustomerOrderSource, OrderSearch):
    """The orders of one connector as the platform's copy has them; customers are its customers."""

    order_filters = FILTERS
    customer_order_filters = FILTERS

    def __init__(self, store: Store, brand: str, keys: DataKeys, source: CopiedFrom) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._source = source

    async def whose(self, numbers: Sequence[str]) -> Sequence[WhoseOrder | None]:
        """What decides who answers an order; None for one that is not copied."""
        rows = await self._store.rows(_WHOSE, self._named(numbers)) if numbers else ()
        found = {row.asked: WhoseOrder(row.channel, row.store, row.one_id) for row in rows}
        return [found.get(place) for place in range(1, len(numbers) + 1)]

    async def orders(self, numbers: Sequence[str]) -> Sequence[Order | None]:
        """One order per number, None where there is none, or where its key was erased."""
        rows = await self._store.rows(_BY_NUMBER, self._named(numbers)) if numbers else ()
        opened = await self._opened(rows)
        found = dict(zip([row.asked for row in rows], opened, strict=True))
        return [found.get(place) for place in range(1, len(numbers) + 1)]

    async def orders_by_customer(
        self, customers: Sequence[str], filters: OrderFilter, ask: PageAsk
    ) -> Sequence[SourcePage[Order]]:
        """One page per customer."""
        if not customers:
            return []
        whose = {
            "customers": list(customers),
            "holder_channels": list(self._source.holder_channels),
        }
        statement = _OF_CUSTOMERS[ask.newest_first, ask.after is not None]
        rows = await self._store.rows(statement, {**self._asked(filters, ask), **whose})
        found: defaultdict[int, list[_Read]] = defaultdict(list)
        for row, order in zip(rows, await self._opened(rows), strict=True):
            found[row.asked].append((row, order))
        return [_page(found[place], filters, ask) for place in range(1, len(customers) + 1)]

    async def search_orders(self, filters: OrderFilter, ask: PageAsk) -> SourcePage[Order]:
        """A page of whole channels."""
        statement = _SEARCH[ask.newest_first, ask.after is not None]
        rows = await self._store.rows(statement, self._asked(filters, ask))
        read = list(zip(rows, await self._opened(rows), strict=True))
        page = _page(read, filters, ask)
        (counted,) = await self._store.rows(_COUNT, self._asked(filters, ask))
        known = counted.orders <= _MOST_COUNTED
        return replace(page, total=counted.orders) if known else page

    async def _opened(self, rows: Sequence[Row]) -> list[Order | None]:
        owners = sorted({row.owner for row in rows})
        seals = await self._keys.load(self._store.rows, owners)
        return [self._order(row, seals.get(row.owner)) for row in rows]

    def _order(self, row: Row, seal: OwnerSeal | None) -> Order | None:
        if seal is None:
            return None
        place = place_of_copy(self._brand, row.channel, row.number)
        try:
            order = _DECODER.decode(seal.open(bytes(row.sealed_order), place))
        except (InvalidTag, msgspec.MsgspecError):  # a key made anew, or words of an older version
            return None
        told = replace(
            order.source, connector=self._source.connector, system=self._source.system, copied=True
        )
        return replace(order, source=told)

    def _named(self, numbers: Sequence[str]) -> dict[str, object]:
        channels = list(self._source.channels)
        return {"brand": self._brand, "numbers": list(numbers), "channels": channels}

    def _asked(self, filters: OrderFilter, ask: PageAsk) -> dict[str, object]:
        since, until = filters.placed_from, filters.placed_before
        return {
            "brand": self._brand,
            "channels": list(ask.channels),
            "stores": None if filters.stores is None else sorted(filters.stores),
            "statuses": _words(filters.statuses),
            "payments": _words(filters.payment_statuses),
            "fulfillments": _words(filters.fulfillment_statuses),
            "kinds": _words(filters.kinds),
            "dated": since is not None or until is not None,
            "since": None if since is None else -micros(since),
            "until": None if until is None else -micros(until),
            "prefix": filters.number_prefix,
            "limit": ask.first + 1,
            **place_of(ask.after),
        }


def _page(read: Sequence[_Read], filters: OrderFilter, ask: PageAsk) -> SourcePage[Order]:
    """What could be opened; a row of somebody who is being erased at this moment is left out."""
    some, more = read[: ask.first], len(read) > ask.first
    rows = tuple(one for _, one in some if one is not None and filters.accepts(one))
    if rows or not more:
        return SourcePage(rows=rows, has_more=more)
    last = some[-1][0]
    end = SortKey(-last.newest, last.channel, last.number)
    return SourcePage(rows=(), has_more=True, truncated_at=end)


def _words(some: frozenset[Any] | None) -> list[str] | None:
    return None if some is None else sorted(one.value for one in some)


_DECODER = msgspec.json.Decoder(Order)
