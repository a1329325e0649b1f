"""Questions about promotions and coupons. Batch law: one answer per key, in order."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from capabilities.member.records import Membership
from capabilities.page import PageAsk, SourcePage
from capabilities.promotion.records import Coupon, Promotion, PromotionFilter


class PromotionSource(ABC):
    """Promotions by their key."""

    @abstractmethod
    async def promotions(self, keys: Sequence[str]) -> Sequence[Promotion | None]:
        """One promotion per key, None where there is none."""


class PromotionSearch(ABC):
    """A page of promotions."""

    promotion_filters: frozenset[str]

    @abstractmethod
    async def search_promotions(
        self, filters: PromotionFilter, ask: PageAsk
    ) -> SourcePage[Promotion]:
        """Rows in the order of `Promotion.sort_key`, strictly after the place asked."""


class CouponSource(ABC):
    """Coupons by their key."""

    @abstractmethod
    async def coupons(self, keys: Sequence[str]) -> Sequence[Coupon | None]:
        """One coupon per key, None where there is none."""


class CustomerCouponSource(ABC):
    """Coupons that persons hold."""

    @abstractmethod
    async def coupons_by_membership(
        self, memberships: Sequence[Membership]
    ) -> Sequence[tuple[Coupon, ...]]:
        """All coupons per membership of the answering system."""


class CouponSearch(ABC):
    """A page of coupons of whole channels."""

    @abstractmethod
    async def search_coupons(self, ask: PageAsk) -> SourcePage[Coupon]:
        """Rows in the order of `Coupon.sort_key`, strictly after the place asked."""
