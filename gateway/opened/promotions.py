"""Promotions as one process holds them: the platform's own, and the coupons that it gave out."""

from msgspec import Struct

from gateway.federation.own_coupons import OwnCoupons
from gateway.federation.own_parts import OwnOffers
from gateway.federation.own_promotions import OwnPromotions
from gateway.opened.ground import Ground
from gateway.platform.known_promotions import KnownPromotions
from store.promotion.coupon_lists import CouponLists
from store.promotion.lists import PromotionLists


class OpenedPromotions(Struct, frozen=True, eq=False):
    """What of promotions all requests of a process share."""

    own: OwnOffers
    known: KnownPromotions


def opened_promotions(ground: Ground) -> OpenedPromotions:
    """The promotions of a process."""
    owned, versions = ground.owned, ground.versions
    known = KnownPromotions(owned, versions.promotions)
    return OpenedPromotions(
        own=OwnOffers(
            OwnPromotions(PromotionLists(owned), lambda: known.any),
            OwnCoupons(CouponLists(owned), lambda: versions.coupons() != 0),
        ),
        known=known,
    )
