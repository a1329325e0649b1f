"""The platform as one more source of orders: for channels that no system answers."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

from capabilities.errors import StoreUnavailable, Unavailable
from capabilities.estate import Capability
from capabilities.member.changing import PLATFORM
from capabilities.member.records import Member
from capabilities.order.held_records import customer_of
from capabilities.order.records import Order, OrderFilter
from capabilities.page import PageAsk, SourcePage, joined
from gateway.federation.asking import Request
from gateway.federation.merge_source import MergeSource
from gateway.federation.numbered import page_of
from store.order.source import PlatformOrders


class OwnOrders:
    """The platform's own orders for one request; all keys of a wave travel in one statement."""

    def __init__(self, request: Request, source: PlatformOrders) -> None:
        self._request = request
        self._source = source

    def holds(self, channel: str) -> bool:
        """Whether the orders of a channel are the platform's own, and the caller may see it."""
        estate = self._request.estate
        known = estate.channel(channel) is not None and self._request.visibility.in_channel(channel)
        return known and estate.route(Capability.ORDER, channel) is None

    async def order(self, channel: str, number: str, *, live: bool = False) -> Order | None:
        """One order by its business key; `live` also where this request has read it before."""
        found: Order | None
        if live:
            (found,) = await self._source.orders([number])
        else:
            found = await self._load("own orders", self._source.orders, number)
        return found if found is not None and found.channel == channel else None

    def search(self, filters: OrderFilter) -> list[MergeSource[Order]]:
        """The one source of all channels without a system of orders; none where none is."""

        async def pages(asks: Sequence[PageAsk]) -> Sequence[SourcePage[Order]]:
            return [await self._source.search_orders(filters, ask) for ask in asks]

        async def fetch(ask: PageAsk) -> SourcePage[Order]:
            if filters.number is not None:
                return await self._numbered(filters, ask)
            page: SourcePage[Order] = await self._load(("own order lists", filters), pages, ask)
            return page

        return self._of(filters, fetch)

    def of_member(self, member: Member, filters: OrderFilter) -> list[MergeSource[Order]]:
        """The source of one person's orders there: those of every membership of hers."""
        customers = [customer_of(one.key) for one in member.memberships]

        async def fetch(ask: PageAsk) -> SourcePage[Order]:
            if filters.number is not None:
                return await self._numbered(filters, ask, customers)

            async def lists(keys: Sequence[str]) -> Sequence[SourcePage[Order]]:
                return await self._source.orders_by_customer(keys, filters, ask)

            name = ("own orders of people", filters, ask)
            pages = [await self._load(name, lists, one) for one in customers]
            return joined(pages, ask) if pages else SourcePage(rows=(), has_more=False)

        return self._of(filters, fetch)

    async def _numbered(
        self, filters: OrderFilter, ask: PageAsk, customers: Sequence[str] | None = None
    ) -> SourcePage[Order]:
        order = await self._load("own orders", self._source.orders, filters.number or "")
        return page_of(order, filters, ask, customers)

    def _of(
        self, filters: OrderFilter, fetch: Callable[[PageAsk], Awaitable[SourcePage[Order]]]
    ) -> list[MergeSource[Order]]:
        channels = tuple(
            code
            for code in sorted(self._request.estate.channels)
            if self.holds(code) and (filters.channels is None or code in filters.channels)
        )
        return [MergeSource(name=PLATFORM, channels=channels, fetch=fetch)] if channels else []

    async def _load(
        self, name: Hashable, ask: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]], key: Any
    ) -> Any:
        try:
            return await self._request.load_with(name, ask, key)
        except StoreUnavailable as exc:
            raise Unavailable(exc.message, source=PLATFORM, code=exc.code) from exc
