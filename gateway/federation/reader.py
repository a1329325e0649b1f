"""Every read of the graph for one request: people, lists and single objects, cut to the caller."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from capabilities.estate import Channel, ConnectorState
from capabilities.ids import GlobalId
from capabilities.member.changing import PLATFORM
from capabilities.member.records import Member, Membership, MembershipFilter
from capabilities.order.ports import StoreSource
from capabilities.order.records import (
    Order,
    OrderFilter,
    OrderLine,
    OrderMirror,
    Store,
    StoreFilter,
)
from capabilities.page import ConnectionArgs, Freshness, MergedPage
from capabilities.product.records import Product, ProductFilter, UnmatchedCode
from capabilities.promotion.records import Coupon, Promotion, PromotionFilter
from capabilities.sources import SourceReport
from gateway.federation.adopting import Adopting
from gateway.federation.asking import Request
from gateway.federation.coupons import coupons_of
from gateway.federation.hers import Hers
from gateway.federation.listings import Listings
from gateway.federation.look_ups import CallersLookUps
from gateway.federation.mirrors import mirrors_of
from gateway.federation.nodes import OfBrand, OfChannel, node_of
from gateway.federation.offers import Offers
from gateway.federation.one_order import OneOrder
from gateway.federation.own_orders import OwnOrders
from gateway.federation.own_parts import OwnGoods, OwnOffers, OwnPeople, OwnSales
from gateway.federation.own_promotions import own_channel
from gateway.federation.people_page import people_page
from gateway.federation.people_reader import PeopleReader, is_live
from gateway.federation.persons import Persons
from gateway.federation.products import Products
from gateway.federation.scopes import Scopes
from gateway.federation.single import STORE, single


class GraphReader(PeopleReader):
    """Implements `schema.context.Reader` over the estate and the platform's store."""

    def __init__(
        self,
        request: Request,
        look_ups: CallersLookUps,
        *,
        people: OwnPeople,
        sales: OwnSales,
        goods: OwnGoods,
        offers: OwnOffers,
        adopting: Adopting | None = None,
    ) -> None:
        offers.held(request)
        stored = people.stored(request)
        adopted = None if adopting is None else adopting.lists(request, stored)
        persons = Persons(request, stored, people.key)
        super().__init__(request, persons, Scopes(request, persons), look_ups)
        owned = OwnOrders(request, sales.orders)
        self._listings = Listings(request, people.pages, owned, adopted)
        hers = Hers(request, self._scopes.me, self._listings, sales.recorded)
        self._order = OneOrder(request, owned, self._scopes, hers, look_ups)
        self._products = Products(request, goods.reference, goods.crosswalk)
        self._offers = Offers(request, self._listings, persons, self._scopes, offers)
        self._crosswalk = goods.crosswalk

    @property
    def notices(self) -> Sequence[SourceReport]:
        """Sources behind single look-ups that could not be asked in this request."""
        return tuple(self.request.notices.values())

    def abandon(self) -> None:
        """End what is still being asked for this request."""
        self.request.abandon()

    async def finish(self) -> None:
        """Leave the counts of this request with the store."""
        await self._products.count_unmatched()

    async def members(self, filters: MembershipFilter, args: ConnectionArgs) -> MergedPage[Member]:
        """People in the order of their oldest membership of the list, each person once."""
        filters = replace(
            filters,
            home_stores=self._visibility.store_scope(filters.home_stores),
            channels=self._visibility.channel_scope(filters.channels),
        )
        return await people_page(self._listings, self._persons, filters, args, self._visibility)

    async def member_orders(
        self, member: Member, filters: OrderFilter, args: ConnectionArgs
    ) -> MergedPage[Order]:
        """A person's orders of all channels."""
        channels = self._visibility.channel_scope(filters.channels)
        return await self._listings.member_orders(member, replace(filters, channels=channels), args)

    async def member_coupons(
        self, member: Member, freshness: Freshness = Freshness.CACHED
    ) -> tuple[Sequence[Coupon], Sequence[SourceReport]]:
        """What a person holds in every system."""
        return await coupons_of(self.request, member, live=is_live(freshness))

    async def orders(self, filters: OrderFilter, args: ConnectionArgs) -> MergedPage[Order]:
        """Orders of all channels, cut to the caller's stores."""
        filters = replace(
            filters,
            stores=self._visibility.store_scope(filters.stores),
            channels=self._visibility.channel_scope(filters.channels),
        )
        return self._order.listed(filters, await self._listings.orders(filters, args))

    async def order(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Order | None:
        """One order by its business key; who bought it is looked up by it."""
        return await self._order.asked(channel, number, freshness)

    async def order_named(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Order | None:
        """An order that something else names; nobody asked for it by a key."""
        return await self._order.named(channel, number, freshness)

    async def order_member(self, order: Order) -> Member | None:
        """Who bought; None for an anonymous sale and for a person the caller may not see."""
        return await self._order.buyer(order)

    async def order_mirrors(
        self, order: Order
    ) -> tuple[Sequence[OrderMirror], Sequence[SourceReport]]:
        """Copies of this order that other systems keep, and what each did to find them."""
        return await mirrors_of(self.request, order)

    async def stores(self, filters: StoreFilter, args: ConnectionArgs) -> MergedPage[Store]:
        """Stores of all channels."""
        channels = self._visibility.channel_scope(filters.channels)
        return await self._listings.stores(replace(filters, channels=channels), args)

    async def store(
        self, channel: str, code: str, freshness: Freshness = Freshness.CACHED
    ) -> Store | None:
        """One store by its code."""
        store: Store | None = await single(self.request, STORE, channel, code, freshness)
        return store

    async def home_store(self, membership: Membership) -> Store | None:
        """The store that a membership calls home; it may sell in another channel of its system."""
        connection = self._estate.connection(membership.source.connector)
        port = None if connection is None else connection.port(StoreSource)
        if connection is None or port is None or membership.home_store_code is None:
            return None
        loaded = await self.request.load(
            connection, "stores", port.stores, membership.home_store_code
        )
        self.request.note(connection, loaded)
        store: Store | None = loaded.value
        return store if store is None or self._visibility.in_channel(store.channel) else None

    async def line_product(self, order: Order, line: OrderLine) -> Product | None:
        """The product of an order line."""
        return await self._products.of_line(order, line)

    async def product(self, sku: str) -> Product | None:
        """A product by sku."""
        return await self._products.product(sku)

    async def products(self, filters: ProductFilter, args: ConnectionArgs) -> MergedPage[Product]:
        """The product reference, by sku."""
        return await self._products.page(filters, args)

    async def unmatched_codes(self, connector: str | None, first: int) -> Sequence[UnmatchedCode]:
        """Codes of order lines that match no product."""
        shown = {one.name for one in self.connectors()}
        found = await self._crosswalk.unmatched(connector, first)
        return [one for one in found if one.connector in shown or self._visibility.channels is None]

    async def promotions(
        self, filters: PromotionFilter, args: ConnectionArgs
    ) -> MergedPage[Promotion]:
        """Promotions of all channels."""
        return await self._offers.promotions(filters, args)

    async def promotion(
        self, channel: str, key: str, freshness: Freshness = Freshness.CACHED
    ) -> Promotion | None:
        """One promotion by its key."""
        return await self._offers.promotion(channel, key, freshness)

    async def coupons(
        self, channels: frozenset[str] | None, args: ConnectionArgs
    ) -> MergedPage[Coupon]:
        """Coupons of all channels."""
        return await self._offers.coupons(channels, args)

    async def coupon(
        self, channel: str, key: str, freshness: Freshness = Freshness.CACHED
    ) -> Coupon | None:
        """One coupon by its key: a consumer's own, a guide's only where its holder may be seen."""
        return await self._offers.coupon(channel, key, freshness)

    def channels(self) -> Sequence[Channel]:
        """All channels, in the estate's order."""
        return tuple(
            one for one in self._estate.channels.values() if self._visibility.in_channel(one.code)
        )

    def channel(self, code: str) -> Channel | None:
        """A channel by its code."""
        if code == PLATFORM:
            return own_channel(self._estate.brand)
        return self._estate.channel(code)

    def connectors(self) -> Sequence[ConnectorState]:
        """All connectors with their health."""
        own, states = self._visibility.channels, self._estate.states()
        return [one for one in states if own is None or not own.isdisjoint(one.channels)]

    async def nodes(
        self, ids: Sequence[GlobalId], freshness: Freshness = Freshness.CACHED
    ) -> Sequence[object | None]:
        """One object per id, in order; a failed one is its exception, as GraphQL wants it."""
        of_brand: Mapping[str, OfBrand] = {
            "Member": partial(self.member_by_one_id, freshness=freshness),
            "Product": self.product,
            "Channel": self._channel,
        }
        of_channel: Mapping[str, OfChannel] = {
            "Order": partial(self.order, freshness=freshness),
            "Membership": partial(self._membership, freshness=freshness),
            "Store": partial(self.store, freshness=freshness),
            "Promotion": partial(self.promotion, freshness=freshness),
            "Coupon": partial(self.coupon, freshness=freshness),
        }
        brand, role = self._estate.brand, self._visibility.role
        return await asyncio.gather(
            *(node_of(one, brand, role, of_brand, of_channel) for one in ids)
        )

    async def _channel(self, code: str) -> Channel | None:
        if code == PLATFORM or self._visibility.in_channel(code):
            return self.channel(code)
        return None

    async def _membership(
        self, channel: str, number: str, freshness: Freshness
    ) -> Membership | None:
        member = await self.member_by_membership(channel, number, freshness)
        own = member.memberships if member is not None else ()
        return next((one for one in own if one.channel == channel and one.number == number), None)
