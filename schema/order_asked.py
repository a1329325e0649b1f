"""The order that a change names, as it stands now."""

import strawberry
from strawberry import UNSET

from capabilities.order.placing import OrderKey
from capabilities.order.records import Order
from capabilities.page import Freshness
from schema.context import Ask
from schema.node import parse_id
from schema.restrict import given


async def order_asked(
    info: Ask, named: strawberry.ID, version: int | None = UNSET
) -> tuple[Order | None, OrderKey]:
    """The order, None where there is none that the caller may see, and the key that names it."""
    found = parse_id(named, "Order")
    order = await info.context.reader.order(found.scope, found.key, Freshness.LIVE)
    return order, OrderKey(channel=found.scope, number=found.key, version=given(version))
