"""The payment desk of a process, with connections of its own: money never waits for other work."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from capabilities.estate import Capability
from capabilities.order.ports import OrderSink
from capabilities.order.writing import OrderWriteKind
from connectors._kit import SecretPlaces
from gateway.federation.estate import Estate
from gateway.payments.declared import Declared
from gateway.payments.desk import PaymentDesk
from gateway.payments.figures import PaymentFigures
from gateway.payments.provider import Provider
from store.engine import Store
from store.order.carried_payments import CarriedPayments, OrderSystem
from store.order.held import HeldOrders
from store.order.payments import Payments
from store.owned import Owned
from store.privacy.data_keys import DataKeys

# A batch, and a look at what stands.
_CONNECTIONS = 2
# A checkpoint may hold a commit up; what is given up here must be looked up.
_DEADLINE_SECONDS = 5.0


@asynccontextmanager
async def opened_payments(
    database_url: str,
    owned: Owned,
    declared: tuple[Declared, ...],
    estate: Callable[[], Estate],
    figures: PaymentFigures,
) -> AsyncIterator[PaymentDesk]:
    """A desk for the providers that are declared; BadInput where a key of one is none."""
    providers = [Provider(one, SecretPlaces(), owned.zone) for one in declared]
    store = Store.open(database_url, deadline_seconds=_DEADLINE_SECONDS, connections=_CONNECTIONS)
    store.told = owned.store.told  # who follows an order hears of her money at once
    keys = DataKeys(owned.brand, owned.sealer)
    carried = CarriedPayments(owned.brand, keys, lambda channel: _system(estate(), channel))
    orders = HeldOrders(store, owned.brand, keys, owned.zone)
    desk = PaymentDesk(Payments(store, owned.brand, orders, carried), providers, owned.now, figures)
    try:
        yield desk
    finally:
        await desk.aclose()
        await store.aclose()


def _system(estate: Estate, channel: str) -> OrderSystem | None:
    """Who owns the orders of a channel, and whether it takes payments."""
    connection = estate.route(Capability.ORDER, channel)
    if connection is None:
        return None
    sink = connection.port(OrderSink)
    takes = sink is not None and OrderWriteKind.PAY in sink.order_write_kinds
    # one that is away or paused is told later, by who knows then what it takes
    return OrderSystem(connection.name if takes or connection.connector is None else None)
