"""Copies that other systems keep of an order; they are shown beside it and never listed."""

import asyncio
from collections.abc import Sequence

from capabilities.errors import ChannelError
from capabilities.estate import Capability
from capabilities.order.ports import OrderMirrorSource
from capabilities.order.records import Order, OrderMirror
from capabilities.sources import SourceReport, failed
from gateway.federation.asking import Request
from gateway.federation.call import elapsed_ms, now
from gateway.federation.estate import Connection, Estate
from gateway.federation.loaded import report_of


async def mirrors_of(
    request: Request, order: Order
) -> tuple[Sequence[OrderMirror], Sequence[SourceReport]]:
    """The copies of one order, and what each source did to find them."""
    answers = await asyncio.gather(
        *(
            _copy_at(request, connection, port, order)
            for connection, _ in request.estate.answering(Capability.ORDER)
            if connection.name != order.source.connector
            and (port := connection.port(OrderMirrorSource)) is not None
        )
    )
    copies = [
        OrderMirror.of(copy)
        for copy, _ in answers
        if copy is not None and _is_copy(request.estate, copy, order)
    ]
    return copies, [report for _, report in answers]


def _is_copy(estate: Estate, copy: Order, order: Order) -> bool:
    """Whether a copy is of this order: numbers of two shops may be equal."""
    route = estate.route(Capability.ORDER, copy.channel)
    return route is not None and route.name == order.source.connector


async def _copy_at(
    request: Request, connection: Connection, port: OrderMirrorSource, order: Order
) -> tuple[Order | None, SourceReport]:
    started = now()
    try:
        loaded = await request.load(connection, "order_mirrors", port.order_mirrors, order.number)
    except ChannelError as exc:
        return None, failed(connection.name, exc, elapsed_ms(started))
    copy: Order | None = loaded.value
    return copy, report_of(connection.name, loaded, count=int(copy is not None))
