"""Merged lists: which connections answer, and how each is asked for its part."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from capabilities.canonical import canonical
from capabilities.estate import Capability
from capabilities.member.pending import place_of
from capabilities.member.ports import MembershipSearch
from capabilities.member.records import Member, Membership, MembershipFilter
from capabilities.order.ports import OrderSearch, StoreSearch, StoreSource
from capabilities.order.records import Order, OrderFilter, Store, StoreFilter
from capabilities.page import (
    ConnectionArgs,
    Freshness,
    MergedPage,
    Sortable,
    SortKey,
    own_place,
)
from capabilities.promotion.ports import CouponSearch, PromotionSearch
from capabilities.promotion.records import Coupon, Promotion, PromotionFilter
from gateway.federation.adopted_lists import AdoptedLists
from gateway.federation.asking import Request
from gateway.federation.customer_orders import customer_fetch, customer_skip
from gateway.federation.estate import Connection
from gateway.federation.listed import Fetch, broken_fetch, missing_filters
from gateway.federation.merge import MergeSource, merge
from gateway.federation.numbered import numbered
from gateway.federation.own_orders import OwnOrders
from gateway.federation.own_source import OwnPages, own_source, told_of_channels
from gateway.federation.told_once import told_once

_P = TypeVar("_P")
_R = TypeVar("_R", bound=Sortable)
_OF_STORES = frozenset({"store", "home_store"})


class _Asked(Struct, frozen=True):
    """What is asked of every source of a list besides its page."""

    port: str
    filters: Any
    live: bool

    @property
    def keyed(self) -> bool:
        """Whether it is a list of one key, which is asked by that."""
        return getattr(self.filters, "number", None) is not None


class Listings:
    """The merged lists of one request."""

    def __init__(
        self,
        request: Request,
        own: OwnPages,
        own_orders: OwnOrders,
        adopted: AdoptedLists | None = None,
    ) -> None:
        self._adopted = adopted
        self._request = request
        self._estate = request.estate
        self._own = own
        self._own_orders = own_orders
        self.hides = request.hides

    async def memberships(
        self, filters: MembershipFilter, args: ConnectionArgs
    ) -> MergedPage[Membership]:
        """Memberships of all channels."""
        sources = self._sources(
            Capability.MEMBER,
            MembershipSearch,
            filters.channels,
            filters.fields,
            lambda port: port.membership_filters,
            lambda port: lambda ask: port.search_memberships(filters, ask),
            _Asked("search_memberships", filters, _live(args)),
        )
        sources += own_source(self._request, self._own, filters)
        page = await self._merge(sources, args, "members", filters, place_of)
        return replace(page, sources=tuple([told_of_channels(one) for one in page.sources]))

    async def orders(self, filters: OrderFilter, args: ConnectionArgs) -> MergedPage[Order]:
        """Orders of all channels."""
        sources = self._sources(
            Capability.ORDER,
            OrderSearch,
            filters.channels,
            filters.fields,
            lambda port: port.order_filters,
            lambda port: lambda ask: port.search_orders(filters, ask),
            _Asked("search_orders", filters, _live(args)),
        )
        if filters.number is not None:
            sources = [self._by_number(one, filters, args) for one in sources]
        sources += self._own_orders.search(filters)
        return await self._merge(sources, args, "orders", filters)

    def _by_number(
        self, source: MergeSource[Order], filters: OrderFilter, args: ConnectionArgs
    ) -> MergeSource[Order]:
        """The source asked for the one order of a number; as it was where it cannot be."""
        connection = self._estate.connection(source.name)
        if connection is None:
            return source
        fetch = numbered(self._request, connection, filters, live=_live(args))
        return source if fetch is None else replace(source, fetch=fetch, skipped=None)

    async def promotions(
        self,
        filters: PromotionFilter,
        args: ConnectionArgs,
        own: MergeSource[Promotion] | None = None,
    ) -> MergedPage[Promotion]:
        """Promotions of all channels, with the platform's `own`."""
        sources = self._sources(
            Capability.PROMOTION,
            PromotionSearch,
            filters.channels,
            filters.fields,
            lambda port: port.promotion_filters,
            lambda port: lambda ask: port.search_promotions(filters, ask),
            _Asked("search_promotions", filters, _live(args)),
        )
        every = sources if own is None else [*sources, own]
        return await self._merge(every, args, "promotions", filters)

    async def coupons(
        self,
        channels: frozenset[str] | None,
        args: ConnectionArgs,
        own: MergeSource[Coupon] | None = None,
    ) -> MergedPage[Coupon]:
        """Coupons of all channels, with the platform's `own`."""
        sources = self._sources(
            Capability.PROMOTION,
            CouponSearch,
            channels,
            frozenset(),
            lambda _: frozenset(),
            lambda port: port.search_coupons,
            _Asked("search_coupons", None, _live(args)),
            optional=True,
        )
        every = sources if own is None else [*sources, own]
        return await self._merge(every, args, "coupons", tuple(sorted(channels or ())))

    async def stores(self, filters: StoreFilter, args: ConnectionArgs) -> MergedPage[Store]:
        """Stores of all channels; systems without stores are no part of the list."""
        sources = self._sources(
            Capability.ORDER,
            StoreSearch,
            filters.channels,
            filters.fields,
            lambda port: port.store_filters,
            lambda port: lambda ask: port.search_stores(filters, ask),
            _Asked("search_stores", filters, _live(args)),
            optional=True,
        )
        return await self._merge(sources, args, "stores", filters)

    async def member_orders(
        self, member: Member, filters: OrderFilter, args: ConnectionArgs
    ) -> MergedPage[Order]:
        """One person's orders of all channels; one call a system for all persons of a wave."""
        numbers: dict[str, list[str]] = {}
        for one in member.memberships:
            numbers.setdefault(one.source.connector, []).append(one.number)
        asked = {report.name: report for report in member.sources}
        sources: list[MergeSource[Order]] = []
        for connection, channels in self._estate.answering(Capability.ORDER):
            if not (wanted := _cut(channels, filters.channels)):
                continue
            hers = tuple(numbers.get(connection.name, ()))
            fetch = customer_fetch(
                self._request, connection, hers, asked, filters, live=_live(args)
            )
            source: MergeSource[Order] = MergeSource(
                name=connection.name,
                channels=wanted,
                fetch=fetch,
                skipped=customer_skip(connection, filters.fields),
            )
            if self._adopted is None or filters.number is not None:
                sources.append(source)
            else:
                sources += self._adopted.of_person(connection, source, member, hers, filters)
        sources += self._own_orders.of_member(member, filters)
        return await self._merge(sources, args, f"member_orders:{member.one_id}", filters)

    def _sources(
        self,
        capability: Capability,
        kind: type[_P],
        channels: frozenset[str] | None,
        fields: frozenset[str],
        answers: Callable[[_P], frozenset[str]],
        fetcher: Callable[[_P], Fetch],
        asked: "_Asked",
        *,
        optional: bool = False,
    ) -> list[MergeSource[Any]]:
        sources: list[MergeSource[Any]] = []
        for connection, served in self._estate.answering(capability):
            wanted = _cut(served, channels)
            port = connection.port(kind)
            if not wanted or (port is None and connection.connector is not None and optional):
                continue
            if fields & _OF_STORES and _knows_no_stores(connection):
                continue
            fetch, skipped = broken_fetch(connection), None
            if port is not None:
                fetch = self._within_deadline(connection, asked, fetcher(port))
                skipped = missing_filters(fields, answers(port))
            elif connection.connector is not None:
                skipped = f"cannot list {capability.value}s"
            source: MergeSource[Any] = MergeSource(
                name=connection.name, channels=wanted, fetch=fetch, skipped=skipped
            )
            if self._adopted is None or asked.keyed:
                sources.append(source)
            else:
                sources += self._adopted.divided(
                    connection, capability, source, asked.port, asked.filters
                )
        return sources

    def _within_deadline(self, connection: Connection, asked: "_Asked", fetch: Fetch) -> Fetch:
        return lambda ask: self._request.page(
            connection, asked.port, asked.filters, fetch, ask, live=asked.live
        )

    async def _merge(
        self,
        sources: Sequence[MergeSource[_R]],
        args: ConnectionArgs,
        name: str,
        filters: Any,
        place: Callable[[_R], SortKey] = own_place,
    ) -> MergedPage[_R]:
        page = await merge(
            sources,
            args,
            sort_key=place,
            filter_hash=filter_hash(name, filters, newest_first=args.newest_first),
            estate_version=self._estate.version,
        )
        return page if self._adopted is None else replace(page, sources=told_once(page.sources))


def _live(args: ConnectionArgs) -> bool:
    return args.freshness is Freshness.LIVE


def filter_hash(name: str, filters: Any, *, newest_first: bool) -> str:
    """Short hash of what a list shows, so that a cursor is never used on another list."""
    text = f"{name}\x1f{newest_first}\x1f".encode()
    return sha256(text + _canonical(filters)).hexdigest()[:8]


# Nearly all lists have the same few filters.
_canonical = lru_cache(maxsize=1024)(canonical)


def _knows_no_stores(connection: Connection) -> bool:
    """Whether no row of this system can belong to a store, so that none is missing either."""
    return connection.connector is not None and connection.port(StoreSource) is None


def _cut(served: tuple[str, ...], asked: frozenset[str] | None) -> tuple[str, ...]:
    return served if asked is None else tuple(one for one in served if one in asked)
