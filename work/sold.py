"""What a system sold of a product since a moment, counted in its own orders."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from capabilities.order.ports import OrderSearch
from capabilities.order.records import Order, OrderFilter, OrderStatus
from capabilities.page import PageAsk

# A system's clock may be behind ours. One order too many keeps a unit from being sold again.
_LEEWAY = timedelta(minutes=10)
_PAGE = 100
_MOST_PAGES = 500


async def count_sold(
    connector: object, channel: str, kind: str, code: str, since: datetime
) -> int | None:
    """Pieces in orders that were not cancelled; None where the system's orders cannot be counted.

    An order that is not paid yet counts: it may be.
    """
    if not isinstance(connector, OrderSearch) or "placed_at" not in connector.order_filters:
        return None
    filters = OrderFilter(channels=frozenset({channel}), placed_from=since - _LEEWAY)
    ask, sold = PageAsk(first=_PAGE, channels=(channel,)), Decimal(0)
    for _ in range(_MOST_PAGES):
        page = await connector.search_orders(filters, ask)
        sold += sum((_pieces(order, kind, code) for order in page.rows), Decimal(0))
        if page.truncated_at is not None:
            return None
        if not page.has_more:
            return int(sold.to_integral_value(ROUND_CEILING))
        ask = PageAsk(first=_PAGE, channels=(channel,), after=page.rows[-1].sort_key)
    return None


def _pieces(order: Order, kind: str, code: str) -> Decimal:
    if order.status is OrderStatus.CANCELLED:
        return Decimal(0)
    wanted = (
        line.quantity or Decimal(0)
        for line in order.lines
        if line.raw_sku == code or any((one.kind, one.code) == (kind, code) for one in line.codes)
    )
    return sum(wanted, Decimal(0))
