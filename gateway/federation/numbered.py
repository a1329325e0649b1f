"""Lists of orders by their exact number: every source is asked by its key, none is searched."""

from collections.abc import Awaitable, Callable, Collection

from capabilities.order.ports import OrderSource
from capabilities.order.records import Order, OrderFilter
from capabilities.page import PageAsk, SourcePage, before
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.loaded import Loaded, together


def numbered(
    request: Request,
    connection: Connection,
    filters: OrderFilter,
    *,
    live: bool,
    customers: Collection[str] | None = None,
) -> Callable[[PageAsk], Awaitable[Loaded]] | None:
    """The page of at most one order that a system has of a number; None where it cannot say.

    `customers` are the person's numbers there, where only her orders are wanted.
    """
    port, number = request.port(connection, OrderSource), filters.number
    if port is None or number is None:
        return None

    async def fetch(ask: PageAsk) -> Loaded:
        loaded = await request.load(connection, "orders", port.orders, number, live=live)
        return together(page_of(loaded.value, filters, ask, customers), [loaded])

    return fetch


def page_of(
    order: Order | None,
    filters: OrderFilter,
    ask: PageAsk,
    customers: Collection[str] | None = None,
) -> SourcePage[Order]:
    """The page that one order is, or none where it does not belong to the list."""
    if (
        order is None
        or order.channel not in ask.channels
        or not filters.accepts(order)
        or (customers is not None and order.customer not in customers)
        or (
            ask.after is not None
            and not before(ask.after, order.sort_key, newest_first=ask.newest_first)
        )
    ):
        return SourcePage(rows=(), has_more=False, total=None)
    return SourcePage(rows=(order,), has_more=False, total=None)
