"""What a resolver may ask of coupons that the platform decides."""

from datetime import timedelta
from typing import Protocol

from capabilities.member.records import Member
from capabilities.promotion.coupons import Claiming, CouponChoice, Using


class CouponPart(Protocol):
    """Coupons that are claimed, locked, used and returned; wrong codes are on a budget."""

    async def claim(self, template: str, member: Member | None, key: str) -> Claiming:
        """Give her a coupon of a template."""

    async def claim_code(self, code: str, member: Member | None, key: str) -> Claiming:
        """Make a coupon hers whose code she has."""

    async def lock(
        self,
        choice: CouponChoice,
        order: tuple[str, str],
        length: timedelta,
        member: Member | None,
        key: str,
    ) -> Using:
        """Keep coupons for an order, all of them or none; it is a channel and a number."""

    async def redeem(
        self,
        choice: CouponChoice | str,
        order: tuple[str, str],
        member: Member | None,
        key: str,
    ) -> Using:
        """Use coupons up: a unit by its id, or by choice at once."""

    async def give_back(self, unit: str, key: str) -> Using:
        """Make the coupons of a unit good again."""

    async def void(self, coupon: str, key: str) -> Using:
        """Make one good for nothing."""
