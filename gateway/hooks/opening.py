"""What takes deliveries of the connectors in force, for one process."""

from functools import partial

from cache import LISTS, EntityCache, Tag
from capabilities.estate import Capability
from connectors.connector import Connector
from gateway.hooks.hooks import Hooks
from gateway.opened.ground import Ground
from store.order.hooks import HookDeliveries


def opened_hooks(ground: Ground, cache: EntityCache) -> Hooks:
    """The hooks of a process; what is told of an order is forgotten in its cache."""
    estate = ground.estate

    def find(name: str) -> Connector | None:
        return next((one for one in estate.current.connectors if one.name == name), None)

    async def drop(connector: str, number: str) -> None:
        of_orders = partial(Tag, connector=connector, capability=Capability.ORDER)
        await cache.drop([of_orders(key=number), of_orders(key=LISTS)])

    def pings() -> frozenset[str]:
        hooks = (one.hook for one in estate.current.connectors)
        return frozenset(one.ping for one in hooks if one is not None and one.ping is not None)

    return Hooks(HookDeliveries(ground.store, ground.brand), find, pings, drop, ground.metrics)
