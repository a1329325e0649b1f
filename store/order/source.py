"""The platform's own orders as one more source of orders, with the ports of every other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Row, TextClause, text

from capabilities.events import Subject
from capabilities.order.held import HeldOrder
from capabilities.order.held_records import HeldPayment, holder_of, shown
from capabilities.order.ports import CustomerOrderSource, OrderSearch, OrderSource
from capabilities.order.records import Order, OrderFilter
from capabilities.page import PageAsk, SourcePage
from store.engine import Store
from store.order import held_rows

_FILTERS = frozenset(
    {"store", "status", "payment_status", "fulfillment_status", "kind", "placed_at", "number"}
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BY_NUMBER = text("""
  SELECT a.place AS asked, o.*
  FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY AS a (number, place)
  JOIN platform_orders o ON o.brand = :brand AND o.number = a.number
""")
_ACCEPTED = """o.channel = ANY (CAST(:channels AS text[]))
    AND (CAST(:stores AS text[]) IS NULL OR o.store = ANY (CAST(:stores AS text[])))
    AND (CAST(:statuses AS text[]) IS NULL OR o.status = ANY (CAST(:statuses AS text[])))
    AND (CAST(:payment_statuses AS text[]) IS NULL
         OR o.payment_status = ANY (CAST(:payment_statuses AS text[])))
    AND (CAST(:fulfillment_statuses AS text[]) IS NULL
         OR o.fulfillment_status = ANY (CAST(:fulfillment_statuses AS text[])))
    AND (CAST(:kinds AS text[]) IS NULL OR o.kind = ANY (CAST(:kinds AS text[])))
    AND (CAST(:since AS timestamptz) IS NULL OR o.placed_at >= CAST(:since AS timestamptz))
    AND (CAST(:until AS timestamptz) IS NULL OR o.placed_at < CAST(:until AS timestamptz))
    AND (CAST(:prefix AS text) IS NULL OR starts_with(o.number, CAST(:prefix AS text)))"""
_PLACE = "(CAST(:after_channel AS text), CAST(:after_length AS integer), CAST(:after_key AS text))"
_NEWEST = f"""(CAST(:after AS timestamptz) IS NULL OR o.placed_at < CAST(:after AS timestamptz)
      OR (o.placed_at = CAST(:after AS timestamptz)
          AND (o.channel, length(o.number), o.number) > {_PLACE}))
    ORDER BY o.placed_at DESC, o.channel, length(o.number), o.number LIMIT :limit"""
_OLDEST = f"""(CAST(:after AS timestamptz) IS NULL OR o.placed_at > CAST(:after AS timestamptz)
      OR (o.placed_at = CAST(:after AS timestamptz)
          AND (o.channel, length(o.number), o.number) < {_PLACE}))
    ORDER BY o.placed_at, o.channel DESC, length(o.number) DESC, o.number DESC LIMIT :limit"""


def _search(walk: str) -> TextClause:
    return text(f"""
  SELECT o.* FROM platform_orders o
  WHERE o.brand = :brand AND {_ACCEPTED} AND {walk}
""")  # noqa: S608 - our own words


def _of_holders(walk: str) -> TextClause:
    return text(f"""
  SELECT a.place AS asked, r.*
  FROM unnest(CAST(:holders AS text[]), CAST(:holder_channels AS text[]))
       WITH ORDINALITY AS a (number, channel, place)
  CROSS JOIN LATERAL (
    SELECT o.* FROM platform_orders o
    WHERE o.brand = :brand AND o.holder_number = a.number AND o.holder_channel = a.channel
      AND {_ACCEPTED} AND {walk}
  ) AS r
""")  # noqa: S608 - our own words


_SEARCH = {True: _search(_NEWEST), False: _search(_OLDEST)}
# Counting more would cost each page more than the page itself.
_MOST_COUNTED = 1_000
_COUNT = text(f"""
  SELECT count(*) AS orders FROM (
    SELECT 1 FROM platform_orders o WHERE o.brand = :brand AND {_ACCEPTED}
    LIMIT {_MOST_COUNTED + 1}) AS first_ones
""")  # noqa: S608 - our own words
_OF_HOLDERS = {True: _of_holders(_NEWEST), False: _of_holders(_OLDEST)}
_PAYMENTS = text("""
  SELECT p.* FROM (
    SELECT DISTINCT * FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
  ) AS a (channel, number)
  JOIN order_payments p
    ON p.brand = :brand AND p.number = a.number AND p.channel = a.channel
  WHERE p.outcome IN ('CONFIRMED', 'OVERPAID', 'LATE')
  ORDER BY p.channel, p.number, p.paid_at, p.provider, p.transaction
""")


class PlatformOrders(OrderSource, CustomerOrderSource, OrderSearch):
    """Orders of one brand; customers are memberships, written as `customer_of` writes them."""

    order_filters = _FILTERS
    customer_order_filters = _FILTERS

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def orders(self, numbers: Sequence[str]) -> Sequence[Order | None]:
        """One order per number, None where there is none."""
        if not numbers:
            return []
        asked = {"brand": self._brand, "numbers": list(numbers)}
        rows = await self._store.rows(_BY_NUMBER, asked)
        found = dict(zip([row.asked for row in rows], await self._shown(rows), strict=True))
        return [found.get(place) for place in range(1, len(numbers) + 1)]

    async def orders_by_customer(
        self, customers: Sequence[str], filters: OrderFilter, ask: PageAsk
    ) -> Sequence[SourcePage[Order]]:
        """One page per membership."""
        if not customers:
            return []
        holders = [holder_of(one) for one in customers]
        columns = {
            "holders": [one.number for one in holders],
            "holder_channels": [one.channel for one in holders],
        }
        statement = _OF_HOLDERS[ask.newest_first]
        rows = await self._store.rows(statement, {**self._asked(filters, ask), **columns})
        shown_rows: defaultdict[int, list[Order]] = defaultdict(list)
        for row, order in zip(rows, await self._shown(rows), strict=True):
            shown_rows[row.asked].append(order)
        return [_page(shown_rows[place], ask) for place in range(1, len(customers) + 1)]

    async def search_orders(self, filters: OrderFilter, ask: PageAsk) -> SourcePage[Order]:
        """A page of whole channels."""
        rows = await self._store.rows(_SEARCH[ask.newest_first], self._asked(filters, ask))
        page = _page(await self._shown(rows), ask)
        if page.total is not None:
            return page
        (counted,) = await self._store.rows(_COUNT, self._asked(filters, ask))
        known = counted.orders <= _MOST_COUNTED
        return replace(page, total=counted.orders) if known else page

    async def _shown(self, rows: Sequence[Row[Any]]) -> list[Order]:
        held = await held_rows.with_lines(self._store.rows, self._brand, rows)
        payments = await self._payments(held)
        return [shown(one, payments.get((one.channel, one.number), ())) for one in held]

    async def _payments(
        self, orders: Sequence[HeldOrder]
    ) -> Mapping[tuple[str, str], Sequence[HeldPayment]]:
        keys = [Subject(key=one.number, channel=one.channel) for one in orders if one.paid]
        found: defaultdict[tuple[str, str], list[HeldPayment]] = defaultdict(list)
        if not keys:
            return found
        columns = {"channels": [o.channel for o in keys], "numbers": [o.key for o in keys]}
        for row in await self._store.rows(_PAYMENTS, {"brand": self._brand, **columns}):
            found[row.channel, row.number].append(
                HeldPayment(
                    provider=row.provider,
                    transaction=row.transaction,
                    method=row.method,
                    amount=row.amount,
                    paid_at=row.paid_at,
                )
            )
        return found

    def _asked(self, filters: OrderFilter, ask: PageAsk) -> dict[str, object]:
        after = ask.after
        return {
            "brand": self._brand,
            "channels": list(ask.channels),
            "stores": None if filters.stores is None else sorted(filters.stores),
            "statuses": _words(filters.statuses),
            "payment_statuses": _words(filters.payment_statuses),
            "fulfillment_statuses": _words(filters.fulfillment_statuses),
            "kinds": _words(filters.kinds),
            "since": filters.placed_from,
            "until": filters.placed_before,
            "prefix": filters.number_prefix,
            "after": None if after is None else _EPOCH + timedelta(microseconds=after.value),
            "after_channel": after and after.channel,
            "after_length": after and len(after.natural_key),
            "after_key": after and after.natural_key,
            "limit": ask.first + 1,
        }


def _page(orders: Sequence[Order], ask: PageAsk) -> SourcePage[Order]:
    more = len(orders) > ask.first
    whole = ask.after is None and not more
    total = len(orders) if whole else None
    return SourcePage(rows=tuple(orders[: ask.first]), has_more=more, total=total)


def _words(some: frozenset[Any] | None) -> list[str] | None:
    return None if some is None else sorted(one.value for one in some)
