"""What happened to orders that the platform holds: history, refunds and fulfilments."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import text

from capabilities.events import Subject
from capabilities.money import Money
from capabilities.order.changing import Part
from capabilities.order.history import (
    MovedLine,
    OrderAction,
    OrderFulfillment,
    OrderHistoryEntry,
    OrderPast,
    OrderRefund,
)
from capabilities.order.records import FulfillmentStatus, OrderStatus, PaymentStatus
from store.engine import Store

_T = TypeVar("_T")


def _of(table: str) -> Any:
    return text(f"""
  SELECT a.place, o.currency, t.*
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
       WITH ORDINALITY AS a (channel, number, place)
  JOIN platform_orders o ON o.brand = :brand AND o.channel = a.channel AND o.number = a.number
  JOIN {table} t ON t.brand = :brand AND t.channel = a.channel AND t.number = a.number
  ORDER BY a.place, t.version
""")  # noqa: S608 - our own words


_CHANGES = _of("order_changes")
_REFUNDS = _of("order_refunds")
_FULFILLMENTS = _of("order_fulfillments")


class OrdersPast:
    """The past of the orders of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def of(self, keys: Sequence[Subject]) -> list[OrderPast]:
        """The past of each order; nothing of one that the platform does not hold."""
        entries = await self._rows(_CHANGES, keys, _entry)
        refunds = await self._rows(_REFUNDS, keys, _refund)
        fulfillments = await self._rows(_FULFILLMENTS, keys, _fulfillment)
        return [
            OrderPast(
                entries=tuple(entries[place]),
                refunds=tuple(refunds[place]),
                fulfillments=tuple(fulfillments[place]),
            )
            for place in range(1, len(keys) + 1)
        ]

    async def _rows(
        self, statement: Any, keys: Sequence[Subject], record: Callable[[Any], _T]
    ) -> defaultdict[int, list[_T]]:
        columns = {"channels": [o.channel for o in keys], "numbers": [o.key for o in keys]}
        found: defaultdict[int, list[_T]] = defaultdict(list)
        for row in await self._store.rows(statement, {"brand": self._brand, **columns}):
            found[row.place].append(record(row))
        return found


def _entry(row: Any) -> OrderHistoryEntry:
    return OrderHistoryEntry(
        version=row.version,
        action=OrderAction(row.action),
        status=OrderStatus(row.status),
        payment_status=PaymentStatus(row.payment_status),
        fulfillment_status=FulfillmentStatus(row.fulfillment_status),
        amount=None if row.amount is None else Money(row.amount, row.currency),
        author=row.author,
        at=row.at,
    )


def _refund(row: Any) -> OrderRefund:
    return OrderRefund(
        amount=Money(row.amount, row.currency),
        lines=_moved(row),
        restocked=row.restock,
        at=row.at,
    )


def _fulfillment(row: Any) -> OrderFulfillment:
    return OrderFulfillment(
        lines=_moved(row),
        delivered=row.delivered,
        carrier=row.carrier,
        tracking=row.tracking,
        at=row.at,
    )


def _moved(row: Any) -> tuple[MovedLine, ...]:
    parts = msgspec.convert(row.parts, tuple[Part, ...], strict=False)
    return tuple(
        MovedLine(
            ref=one.ref,
            quantity=one.quantity,
            amount=None if one.amount is None else Money(one.amount, row.currency),
        )
        for one in parts
    )
