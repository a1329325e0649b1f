"""Past orders as a preview weighs them: sales that stand, in the order in which people bought."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.order.facts import LineFact
from capabilities.promotion.preview import PastLine, PastOrder
from store.engine import Store

_SALES = """
  f.brand = :brand AND f.placed_at >= :since AND f.placed_at < :until AND f.currency = :currency
  AND NOT f.gone AND f.kind IN ('SALE', 'EXCHANGE')
  AND f.status NOT IN ('CANCELLED', 'CLOSED_REFUNDED')
  AND (CAST(:channels AS text[]) IS NULL OR f.channel = ANY (CAST(:channels AS text[])))
"""
_COUNT = text(f"SELECT count(*) AS n FROM order_facts f WHERE {_SALES}")  # noqa: S608 - our own
# An earlier order of the same person; asked only where the promotion wants to know.
_PAGE = text(f"""
  SELECT f.channel, f.number, f.store, f.placed_at, f.lines,
    coalesce(l.one_id, f.holder_channel || ':' || f.holder_number) AS buyer,
    CAST(:asks_first AS boolean) AND f.holder_number IS NOT NULL AND NOT EXISTS (
      SELECT FROM order_facts e
      WHERE e.brand = f.brand AND (e.holder_number, e.holder_channel) IN (
          SELECT m.number, m.channel FROM membership_links m
          WHERE m.brand = f.brand AND m.one_id = l.one_id
          UNION ALL SELECT f.holder_number, f.holder_channel)
        AND e.placed_at < f.placed_at
        AND NOT e.gone AND e.paid > e.refunded AND e.kind NOT IN ('QUOTE', 'WORK_ORDER')
        AND e.status NOT IN ('CANCELLED', 'CLOSED_REFUNDED')) AS first_purchase
  FROM order_facts f
  LEFT JOIN membership_links l ON l.brand = f.brand AND l.number = f.holder_number
                              AND l.channel = f.holder_channel
  WHERE {_SALES}
    AND (CAST(:after AS timestamptz) IS NULL OR (f.placed_at, f.number, f.channel)
         > (CAST(:after AS timestamptz), CAST(:number AS text), CAST(:channel AS text)))
  ORDER BY f.placed_at, f.number, f.channel LIMIT :most
""")  # noqa: S608 - our own words


class Wanted(Struct, frozen=True, kw_only=True):
    """Which orders: of a span of time, a currency and some channels, None for all."""

    since: datetime
    until: datetime
    currency: str
    channels: frozenset[str] | None = None
    asks_first: bool = False


class PastOrders:
    """Of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def count(self, wanted: Wanted) -> int:
        """How many there are."""
        return int((await self._store.rows(_COUNT, self._asked(wanted)))[0].n)

    async def page(self, wanted: Wanted, after: PastOrder | None, most: int) -> list[PastOrder]:
        """The next behind one; an order whose prices are not all known has no lines.

        Categories are the caller's to add.
        """
        place = {
            "after": after and after.placed_at,
            "number": after and after.number,
            "channel": after and after.channel,
        }
        asked = {**self._asked(wanted), **place, "most": most, "asks_first": wanted.asks_first}
        return [_order(row) for row in await self._store.rows(_PAGE, asked)]

    def _asked(self, wanted: Wanted) -> dict[str, object]:
        channels = wanted.channels
        return {
            "brand": self._brand,
            "since": wanted.since,
            "until": wanted.until,
            "currency": wanted.currency,
            "channels": None if channels is None else sorted(channels),
        }


def _order(row: Row[Any]) -> PastOrder:
    facts = msgspec.convert(row.lines, tuple[LineFact, ...], strict=False)
    return PastOrder(
        channel=row.channel,
        number=row.number,
        store=row.store,
        placed_at=row.placed_at,
        buyer=row.buyer,
        first_purchase=row.first_purchase,
        lines=_lines(facts),
    )


def _lines(facts: Sequence[LineFact]) -> tuple[PastLine, ...]:
    """What was paid for, gifts left out; nothing where somebody's price or quantity is unknown."""
    found = []
    for one in facts:
        if one.gift:
            continue
        if one.net is None or one.quantity is None or one.net < 0 or one.quantity <= 0:
            return ()
        quantity = Decimal(one.quantity)
        found.append(PastLine(ref=one.ref, sku=one.sku or "", quantity=quantity, net=one.net))
    return tuple(found)
