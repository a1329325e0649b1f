"""Promotions and coupons for one request: those of all channels and the platform's own."""

from msgspec.structs import replace

from capabilities.caller import Role
from capabilities.member.changing import PLATFORM
from capabilities.page import ConnectionArgs, Freshness, MergedPage
from capabilities.promotion.records import Coupon, Promotion, PromotionFilter
from capabilities.visibility import Scope, scope_of
from gateway.federation.asking import Request
from gateway.federation.listings import Listings
from gateway.federation.own_parts import OwnOffers
from gateway.federation.persons import Persons
from gateway.federation.scopes import Scopes
from gateway.federation.single import COUPON, PROMOTION, single


class Offers:
    """The promotions and coupons of one request."""

    def __init__(
        self,
        request: Request,
        listings: Listings,
        persons: Persons,
        scopes: Scopes,
        own: OwnOffers,
    ) -> None:
        self._request = request
        self._visibility = request.visibility
        self._listings = listings
        self._persons = persons
        self._scopes = scopes
        self._own = own

    async def promotions(
        self, filters: PromotionFilter, args: ConnectionArgs
    ) -> MergedPage[Promotion]:
        """Promotions of all channels."""
        own = self._own.promotions.source(filters, self._visibility)
        channels = self._visibility.channel_scope(filters.channels)
        return await self._listings.promotions(replace(filters, channels=channels), args, own)

    async def promotion(self, channel: str, key: str, freshness: Freshness) -> Promotion | None:
        """One promotion by its key."""
        if channel == PLATFORM:
            return await self._own.promotions.one(key, self._visibility)
        found: Promotion | None = await single(self._request, PROMOTION, channel, key, freshness)
        return found

    async def coupons(
        self, channels: frozenset[str] | None, args: ConnectionArgs
    ) -> MergedPage[Coupon]:
        """Coupons of all channels."""
        own = self._own.coupons.source(channels, self._visibility)
        scope = self._visibility.channel_scope(channels)
        return await self._listings.coupons(scope, args, own)

    async def coupon(self, channel: str, key: str, freshness: Freshness) -> Coupon | None:
        """One coupon by its key: a consumer's own, a guide's only where its holder may be seen."""
        if self._visibility.role is Role.CONSUMER:
            return await self._scopes.held(channel, key, live=freshness is Freshness.LIVE)
        if channel == PLATFORM:
            return await self._of_platform(key)
        found = await single(self._request, COUPON, channel, key, freshness)
        return await self._scopes.coupon(found)

    async def _of_platform(self, key: str) -> Coupon | None:
        """One of the platform's: anybody's for who sees the brand, else of a holder she may see."""
        found = await self._own.coupons.one(key)
        whole = scope_of("Coupon", self._visibility.role) is Scope.BRAND
        if found is None or (whole and self._visibility.channels is None):
            return None if found is None else found.coupon
        if found.one_id is None:
            return None
        holder = self._scopes.shown(await self._persons.by_one_id(found.one_id))
        return None if holder is None else found.coupon
