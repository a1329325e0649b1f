"""Questions about orders and stores. Batch law: one answer per key, in order; no key, no call."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from capabilities.feed import FeedPage
from capabilities.order.records import Order, OrderFilter, Store, StoreFilter
from capabilities.order.writing import OrderWrite, OrderWriteKind, OrderWritten, TextLimit
from capabilities.page import PageAsk, SourcePage


class OrderSource(ABC):
    """Orders by their number."""

    @abstractmethod
    async def orders(self, numbers: Sequence[str]) -> Sequence[Order | None]:
        """One order per number, None where there is none."""


class CustomerOrderSource(ABC):
    """Orders of customers; `customers` are numbers of the answering system."""

    customer_order_filters: frozenset[str]

    @abstractmethod
    async def orders_by_customer(
        self, customers: Sequence[str], filters: OrderFilter, ask: PageAsk
    ) -> Sequence[SourcePage[Order]]:
        """One page per customer, each in the order of `Order.sort_key`, after the place asked."""


class OrderSearch(ABC):
    """A page of orders of whole channels."""

    order_filters: frozenset[str]

    @abstractmethod
    async def search_orders(self, filters: OrderFilter, ask: PageAsk) -> SourcePage[Order]:
        """Rows in the order of `Order.sort_key`, strictly after the place asked."""


class OrderFeed(ABC):
    """Orders that changed."""

    @abstractmethod
    def order_changes(
        self, position: str | None, since: datetime | None = None
    ) -> AsyncIterator[FeedPage[Order]]:
        """One pass of everything behind a position, or since a moment; from the beginning without.

        No change is left out, however late it was committed; rows that did not change may come.
        """


class OrderSink(ABC):
    """Changes of orders in the source.

    `text_limits` says what of a NOTE or a SERVICE_REQUEST the source can hold.
    """

    order_write_kinds: frozenset[OrderWriteKind]
    text_limits: Mapping[OrderWriteKind, TextLimit]

    @abstractmethod
    async def write_order(self, write: OrderWrite) -> OrderWritten | None:
        """Tell the source, by one call or transaction that is never repeated.

        None where the source has no such order. Refused where it will not; after any other
        `ChannelError` it is not known whether it did.
        """

    @abstractmethod
    async def written_order(self, write: OrderWrite) -> OrderWritten | None:
        """What a write with this reference made or changed; None where none came.

        Behind a text this is the reading back: it is written where all of it stands there.
        """


class OrderMirrorSource(ABC):
    """Copies that this system keeps of orders which another system answers for."""

    @abstractmethod
    async def order_mirrors(self, numbers: Sequence[str]) -> Sequence[Order | None]:
        """One copy per order number of the answering channel, None where there is none."""


class StoreSource(ABC):
    """Stores by their code."""

    @abstractmethod
    async def stores(self, codes: Sequence[str]) -> Sequence[Store | None]:
        """One store per code, None where there is none."""


class StoreSearch(ABC):
    """A page of stores."""

    store_filters: frozenset[str]

    @abstractmethod
    async def search_stores(self, filters: StoreFilter, ask: PageAsk) -> SourcePage[Store]:
        """Rows in the order of `Store.sort_key`, strictly after the place asked."""
