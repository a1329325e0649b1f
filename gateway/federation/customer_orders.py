"""One person's orders of one system: whether it can list them, and how it is asked."""

import asyncio
from collections.abc import Awaitable, Hashable, Mapping, Sequence

from capabilities.estate import Capability
from capabilities.order.ports import CustomerOrderSource
from capabilities.order.records import Order, OrderFilter
from capabilities.page import PageAsk, SourcePage, joined
from capabilities.sources import SourceReport
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.listed import Fetch, broken_fetch, check_asked, missing_filters
from gateway.federation.loaded import Loaded, together
from gateway.federation.numbered import numbered


def customer_skip(connection: Connection, fields: frozenset[str]) -> str | None:
    """Why a system is not asked for a person's orders; None where it is."""
    port = connection.port(CustomerOrderSource)
    if connection.connector is None:
        return None
    if port is None:
        return "cannot list a person's orders"
    if not connection.channels(Capability.MEMBER):
        return "does not know members, so not whose an order is"
    return missing_filters(fields, port.customer_order_filters)


def customer_fetch(
    request: Request,
    connection: Connection,
    customers: Sequence[str],
    asked: Mapping[str, SourceReport],
    filters: OrderFilter,
    *,
    live: bool,
) -> Fetch:
    """One page of the orders of a person, who may be several customers of a system."""
    port = connection.port(CustomerOrderSource)
    if port is None:
        return broken_fetch(connection)

    by_number = numbered(request, connection, filters, live=live, customers=frozenset(customers))

    def fetch(ask: PageAsk) -> Awaitable[Loaded]:
        check_asked(asked.get(connection.name))
        if by_number is not None:
            return by_number(ask)
        name: Hashable = ("orders_by_customer", filters, ask)

        async def load(keys: Sequence[str]) -> Sequence[SourcePage[Order]]:
            return await port.orders_by_customer(keys, filters, ask)

        put = request.load
        loads = [put(connection, name, load, one, live=live) for one in customers]
        return loads[0] if len(loads) == 1 else _joined(loads, ask)

    return fetch


async def _joined(loads: "Sequence[asyncio.Future[Loaded]]", ask: PageAsk) -> Loaded:
    """The pages of a person who is several customers of one system, or none, as one."""
    if not loads:
        return Loaded(SourcePage(rows=(), has_more=False, total=0), 0)
    loaded = await asyncio.gather(*loads)
    return together(joined([one.value for one in loaded], ask), loaded)
