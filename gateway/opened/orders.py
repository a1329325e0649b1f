"""Orders as one process holds them: the platform's own, what is kept of all, and their changes."""

from msgspec import Struct

from cache.crosswalk import CachedCrosswalk
from cache.waking import Waking
from gateway.changes.hub import ChangeHub
from gateway.federation.own_parts import OwnGoods, OwnSales
from gateway.opened.ground import Ground
from gateway.platform.known_goods import KnownGoods
from store.order.changes import OrderChanges
from store.order.facts import OrderFacts
from store.order.source import PlatformOrders
from store.product.crosswalk import Crosswalk
from store.product.products import ProductReference


class OpenedOrders(Struct, frozen=True, eq=False):
    """What of orders and their products all requests of a process share."""

    own: OwnSales
    products: OwnGoods
    goods: KnownGoods
    waking: Waking
    hub: ChangeHub


def opened_orders(ground: Ground) -> OpenedOrders:
    """The orders of a process; whatever the store tells wakes who follows them."""
    store, brand, versions = ground.store, ground.brand, ground.versions
    waking = Waking(ground.near, brand)
    store.told = waking.tell
    changes, told = OrderChanges(store, brand), ground.metrics.changes_told
    codes = Crosswalk(store, brand)
    crosswalk = CachedCrosswalk(ground.near, codes, brand=brand, version=versions.products)
    return OpenedOrders(
        own=OwnSales(PlatformOrders(store, brand), OrderFacts(store, brand).is_of),
        products=OwnGoods(ProductReference(store, brand), crosswalk),
        goods=KnownGoods(ground.owned, versions.products),
        waking=waking,
        hub=ChangeHub(changes, told=told, wait=waking.wait),
    )
