"""What the platform itself brings to every read, capability by capability."""

from functools import partial

from msgspec import Struct

from cache.crosswalk import CachedCrosswalk
from gateway.federation.asking import Request
from gateway.federation.hers import Recorded
from gateway.federation.known_people import KnownPeople
from gateway.federation.own_coupons import OwnCoupons
from gateway.federation.own_promotions import OwnPromotions
from gateway.federation.own_source import OwnPages
from gateway.federation.stored_people import StoredPeople, Take
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members
from store.order.source import PlatformOrders
from store.product.products import ProductReference


class OwnPeople(Struct, frozen=True, eq=False):
    """People whom the store knows, and memberships that no system has."""

    members: Members
    known: KnownPeople
    take: Take
    key: bytes
    kept: KeptMemberships
    pages: OwnPages

    def stored(self, request: Request) -> StoredPeople:
        """The store's people for one request."""
        return StoredPeople(
            request,
            self.members,
            self.known,
            self.take,
            self.key,
            self.kept,
            self.pages.pending,
        )


class OwnSales(Struct, frozen=True, eq=False):
    """Orders of channels without a system, and whose orders those of all channels are."""

    orders: PlatformOrders
    recorded: Recorded


class OwnGoods(Struct, frozen=True, eq=False):
    """The product reference, and which of its products a system's code means."""

    reference: ProductReference
    crosswalk: CachedCrosswalk


class OwnOffers(Struct, frozen=True, eq=False):
    """Promotions and coupons that the platform decides."""

    promotions: OwnPromotions
    coupons: OwnCoupons

    def held(self, request: Request) -> None:
        """Let a request know where a person's coupons of the platform are asked for."""
        request.own_coupons = partial(self.coupons.of, request)
