"""Ports of the order capability."""

from collections.abc import Sequence

from capabilities.order.ports import (
    CustomerOrderSource,
    OrderMirrorSource,
    OrderSearch,
    OrderSource,
    StoreSearch,
    StoreSource,
)
from capabilities.order.records import Order, OrderFilter, Store, StoreFilter
from capabilities.page import PageAsk, SourcePage
from connectors.ports.customers import pages_by_customer
from connectors.ports.keys import by_keys
from connectors.ports.lists import Asked, search
from connectors.ports.port import Port


class OrderKeys(Port, OrderSource):
    """Orders by number."""

    async def orders(self, numbers: Sequence[str]) -> Sequence[Order | None]:
        """One order per number."""
        return await by_keys(self, "orders", "orders", numbers, lambda order: order.number)


class CustomerOrders(Port, CustomerOrderSource):
    """Orders of customers, many customers in one call where the protocol can."""

    async def orders_by_customer(
        self, customers: Sequence[str], filters: OrderFilter, ask: PageAsk
    ) -> Sequence[SourcePage[Order]]:
        """One page per customer."""
        return await pages_by_customer(
            self, "orders_by_customer", "orders", customers, _asked(filters), ask
        )


class OrderPages(Port, OrderSearch):
    """Pages of orders of whole channels."""

    async def search_orders(self, filters: OrderFilter, ask: PageAsk) -> SourcePage[Order]:
        """Rows in the order of `Order.sort_key`, strictly after the place asked."""
        page: SourcePage[Order] = await search(
            self, "search_orders", "orders", _asked(filters), ask
        )
        return page


class OrderMirrors(Port, OrderMirrorSource):
    """Copies of orders that another system answers for."""

    async def order_mirrors(self, numbers: Sequence[str]) -> Sequence[Order | None]:
        """One copy per number of the answering channel."""
        return await by_keys(
            self, "order_mirrors", "order_mirrors", numbers, lambda order: order.number
        )


class StoreKeys(Port, StoreSource):
    """Stores by code."""

    async def stores(self, codes: Sequence[str]) -> Sequence[Store | None]:
        """One store per code."""
        return await by_keys(self, "stores", "stores", codes, lambda store: store.code)


class StorePages(Port, StoreSearch):
    """Pages of stores."""

    async def search_stores(self, filters: StoreFilter, ask: PageAsk) -> SourcePage[Store]:
        """Rows in the order of `Store.sort_key`, strictly after the place asked."""
        values = {"code": filters.codes}
        asked = Asked(filters=filters, channels=filters.channels, values=values)
        page: SourcePage[Store] = await search(self, "search_stores", "stores", asked, ask)
        return page


def _asked(filters: OrderFilter) -> Asked:
    return Asked(
        filters=filters,
        channels=filters.channels,
        values={
            "store": filters.stores,
            "status": filters.statuses,
            "payment_status": filters.payment_statuses,
            "fulfillment_status": filters.fulfillment_statuses,
            "kind": filters.kinds,
        },
        since=filters.placed_from,
        until=filters.placed_before,
    )
