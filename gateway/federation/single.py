"""One record by its business key, from the connection that answers for its channel."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from capabilities.estate import Capability
from capabilities.order.ports import OrderSource, StoreSource
from capabilities.page import Freshness
from capabilities.promotion.ports import CouponSource, PromotionSource
from gateway.federation.asking import Request
from gateway.federation.estate import broken


class Single(NamedTuple):
    """A port's question by key: its capability, its name, and how a port is asked it."""

    capability: Capability
    kind: type[Any]
    name: str
    ask: Callable[[Any], Callable[[Sequence[str]], Awaitable[Sequence[Any]]]]


ORDER = Single(Capability.ORDER, OrderSource, "orders", lambda port: port.orders)
STORE = Single(Capability.ORDER, StoreSource, "stores", lambda port: port.stores)
PROMOTION = Single(
    Capability.PROMOTION, PromotionSource, "promotions", lambda port: port.promotions
)
COUPON = Single(Capability.PROMOTION, CouponSource, "coupons", lambda port: port.coupons)


async def single(
    request: Request, asked: Single, channel: str, key: str, freshness: Freshness
) -> Any:
    """The record, where its channel has it; what its source did is noted in the request.

    Nothing is asked of channels that the caller is not bound to.
    """
    if not request.visibility.in_channel(channel):
        return None
    connection = request.estate.route(asked.capability, channel)
    if connection is None:
        return None
    port = request.port(connection, asked.kind)
    if port is None:
        if connection.connector is None:
            raise broken(connection)
        return None
    live = freshness is Freshness.LIVE
    loaded = await request.load(connection, asked.name, asked.ask(port), key, live=live)
    request.note(connection, loaded)
    record = loaded.value
    return record if record is None or record.channel == channel else None
