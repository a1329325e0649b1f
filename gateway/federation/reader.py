"""Every read of the graph for one request: people, lists and single objects, cut to the caller."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from cache.crosswalk import CachedCrosswalk
from capabilities.caller import Role
from capabilities.errors import ChannelError
from capabilities.estate import Channel, ConnectorState
from capabilities.ids import GlobalId
from capabilities.member.records import Identity, Member, Membership, MembershipFilter
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
from capabilities.sources import SourceReport, failed
from gateway.federation.asking import Request
from gateway.federation.coupons import coupons_of
from gateway.federation.known_ids import KnownIds
from gateway.federation.listings import Listings
from gateway.federation.mirrors import mirrors_of
from gateway.federation.nodes import OfBrand, OfChannel, node_of
from gateway.federation.people_page import people_page
from gateway.federation.persons import Persons, may_see
from gateway.federation.products import Products
from gateway.federation.single import COUPON, ORDER, PROMOTION, STORE, single
from store.members import MemberIdentities
from store.products import ProductReference


class GraphReader:
    """Implements `schema.context.Reader` over the estate and the platform's store."""

    def __init__(
        self,
        request: Request,
        *,
        known: MemberIdentities,
        ids: KnownIds,
        reference: ProductReference,
        crosswalk: CachedCrosswalk,
        key: bytes,
    ) -> None:
        self.request = request
        self._estate = request.estate
        self._visibility = request.visibility
        self._persons = Persons(request, known, ids, key)
        self._listings = Listings(request)
        self._products = Products(request, reference, crosswalk)
        self._crosswalk = crosswalk

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

    async def me(self, freshness: Freshness = Freshness.CACHED) -> Member | None:
        """The consumer who asks."""
        key = self._visibility.member
        if key is None:
            return None
        return await self._persons.by_membership(key.channel, key.number, live=_live(freshness))

    async def member_by_identity(
        self, identity: Identity, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """A person by phone, e-mail, card number or foreign id."""
        return self._shown(await self._persons.by_identity(identity, live=_live(freshness)))

    async def member_by_membership(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """A person by one of her memberships."""
        found = await self._persons.by_membership(channel, number, live=_live(freshness))
        return self._shown(found)

    async def member_by_one_id(
        self, one_id: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """A person by an id that this graph gave out."""
        return self._shown(await self._persons.by_one_id(one_id, live=_live(freshness)))

    async def people(
        self, one_ids: Sequence[str], freshness: Freshness = Freshness.CACHED
    ) -> Sequence[Member | None]:
        """People by their ids; a source that fails costs nobody her place."""
        return await asyncio.gather(*(self._listed(one_id, freshness) for one_id in one_ids))

    async def _listed(self, one_id: str, freshness: Freshness) -> Member | None:
        bare = Member(brand=self._estate.brand, one_id=one_id, memberships=())
        try:
            found = await self.member_by_one_id(one_id, freshness)
        except ChannelError as exc:
            return replace(bare, sources=(failed(exc.source or "platform", exc, 0),))
        return bare if found is None and self._visibility.stores is None else found

    async def members(self, filters: MembershipFilter, args: ConnectionArgs) -> MergedPage[Member]:
        """People in the order of their oldest membership of the list, each person once."""
        scope = self._visibility.store_scope(filters.home_stores)
        filters = replace(filters, home_stores=scope)
        return await people_page(self._listings, self._persons, filters, args)

    def _shown(self, member: Member | None) -> Member | None:
        if member is None or not may_see(self._visibility, member):
            return None
        return member

    async def member_orders(
        self, member: Member, filters: OrderFilter, args: ConnectionArgs
    ) -> MergedPage[Order]:
        """A person's orders of all channels."""
        return await self._listings.member_orders(member, filters, args)

    async def member_coupons(
        self, member: Member, freshness: Freshness = Freshness.CACHED
    ) -> tuple[Sequence[Coupon], Sequence[SourceReport]]:
        """What a person holds in every system."""
        return await coupons_of(self.request, member, live=_live(freshness))

    async def orders(self, filters: OrderFilter, args: ConnectionArgs) -> MergedPage[Order]:
        """Orders of all channels, cut to the caller's stores."""
        scope = self._visibility.store_scope(filters.stores)
        return await self._listings.orders(replace(filters, stores=scope), args)

    async def order(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Order | None:
        """One order by its business key."""
        order: Order | None = await single(self.request, ORDER, channel, number, freshness)
        if order is None or order.channel != channel or not await self._may_see_order(order):
            return None
        return order

    async def _may_see_order(self, order: Order) -> bool:
        visibility = self._visibility
        if visibility.stores is None and visibility.role is not Role.CONSUMER:
            return True
        if visibility.stores is not None and order.store_code in visibility.stores:
            return True
        return await self.order_member(order) is not None

    async def order_member(self, order: Order) -> Member | None:
        """Who bought; None for an anonymous sale and for a person the caller may not see."""
        connection = self._estate.connection(order.source.connector)
        if order.customer is None or connection is None:
            return None
        membership = await self._persons.membership_at(connection, order.customer)
        return None if membership is None else self._shown(await self._persons.of(membership))

    async def order_mirrors(
        self, order: Order
    ) -> tuple[Sequence[OrderMirror], Sequence[SourceReport]]:
        """Copies of this order that other systems keep, and what each did to find them."""
        return await mirrors_of(self.request, order)

    async def stores(self, filters: StoreFilter, args: ConnectionArgs) -> MergedPage[Store]:
        """Stores of all channels."""
        return await self._listings.stores(filters, args)

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
        return store

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
        return await self._crosswalk.unmatched(connector, first)

    async def promotions(
        self, filters: PromotionFilter, args: ConnectionArgs
    ) -> MergedPage[Promotion]:
        """Promotions of all channels."""
        return await self._listings.promotions(filters, args)

    async def promotion(
        self, channel: str, key: str, freshness: Freshness = Freshness.CACHED
    ) -> Promotion | None:
        """One promotion by its key."""
        promotion: Promotion | None = await single(self.request, PROMOTION, channel, key, freshness)
        return promotion

    async def coupons(
        self, channels: frozenset[str] | None, args: ConnectionArgs
    ) -> MergedPage[Coupon]:
        """Coupons of all channels."""
        return await self._listings.coupons(channels, args)

    async def coupon(
        self, channel: str, key: str, freshness: Freshness = Freshness.CACHED
    ) -> Coupon | None:
        """One coupon by its key; a consumer's or guide's only when its holder may be seen."""
        coupon: Coupon | None = await single(self.request, COUPON, channel, key, freshness)
        if coupon is None or self._visibility.role in (Role.OPERATIONS, Role.SERVICE, Role.ADMIN):
            return coupon
        return coupon if await self._may_see_holder(coupon) else None

    async def _may_see_holder(self, coupon: Coupon) -> bool:
        """A consumer holds it herself, a guide sees its holder; without a holder nobody may."""
        connection = self._estate.connection(coupon.source.connector)
        if connection is None or coupon.customer is None:
            return False
        if self._visibility.role is Role.CONSUMER:
            me = await self.me()
            held = await self.member_coupons(me) if me is not None else ((), ())
            return any(one.id == coupon.id for one in held[0])
        membership = await self._persons.membership_at(connection, coupon.customer)
        return (
            membership is not None and self._shown(await self._persons.of(membership)) is not None
        )

    def channels(self) -> Sequence[Channel]:
        """All channels, in the estate's order."""
        return tuple(self._estate.channels.values())

    def channel(self, code: str) -> Channel | None:
        """A channel by its code."""
        return self._estate.channel(code)

    def connectors(self) -> Sequence[ConnectorState]:
        """All connectors with their health."""
        return self._estate.states()

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
        brand = self._estate.brand
        return await asyncio.gather(*(node_of(one, brand, of_brand, of_channel) for one in ids))

    async def _channel(self, code: str) -> Channel | None:
        return self._estate.channel(code)

    async def _membership(
        self, channel: str, number: str, freshness: Freshness
    ) -> Membership | None:
        member = await self.member_by_membership(channel, number, freshness)
        own = member.memberships if member is not None else ()
        return next((one for one in own if one.channel == channel and one.number == number), None)


def _live(freshness: Freshness) -> bool:
    return freshness is Freshness.LIVE
