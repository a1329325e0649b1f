"""Coupons of the platform: a template, and what becomes of each one that is given out.

AVAILABLE → LOCKED (for an order, until) → REDEEMED → AVAILABLE again when it is returned, or
EXPIRED, or VOID. What is locked together is redeemed and returned together: a unit.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.member.changing import PLATFORM
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.promotion.records import Coupon, CouponKind, CouponStatus
from capabilities.promotion.shown import SYSTEM
from capabilities.sources import SourceRef

MOST_IN_UNIT = 10
LONGEST_LOCK = timedelta(hours=24)


class CouponTemplate(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What coupons of a kind share; a promotion with the condition hasCoupon says its worth.

    `percent` and `amount` (minor units) only show it. `claimable`: members take one themselves, at
    most `per_member`; `total` bounds all that are given out. A coupon holds `valid_days` from then,
    and never past `ends_at`.
    """

    id: str
    name: str
    percent: Decimal | None = None
    amount: int | None = None
    currency: str = "CNY"
    claimable: bool = False
    per_member: int | None = None
    total: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    valid_days: int | None = None

    def expires(self, at: datetime) -> datetime | None:
        """When one that is given out at a moment ends."""
        ends = None if self.valid_days is None else at + timedelta(days=self.valid_days)
        known = [one for one in (ends, self.ends_at) if one is not None]
        return min(known, default=None)


class CouponState(Enum):
    """What is kept of a coupon; time makes EXPIRED of it, and frees one whose lock ran out."""

    AVAILABLE = "AVAILABLE"
    LOCKED = "LOCKED"
    REDEEMED = "REDEEMED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


class HeldCoupon(Struct, frozen=True, kw_only=True):
    """One coupon with its template; `code` only where the holder asks, and never shown whole."""

    id: str
    template: CouponTemplate
    state: CouponState
    issued_at: datetime
    expires_at: datetime | None = None
    locked_until: datetime | None = None
    code: str | None = None

    def __repr__(self) -> str:
        return f"HeldCoupon({self.id!r}, ***)"

    def status(self, at: datetime) -> CouponStatus:
        """Where it is at a moment."""
        state = self.state
        if state is CouponState.LOCKED and (self.locked_until is None or self.locked_until <= at):
            state = CouponState.AVAILABLE
        over = self.expires_at is not None and self.expires_at <= at
        if state is CouponState.AVAILABLE and over:
            return CouponStatus.EXPIRED
        return CouponStatus(state.value)

    def shown(self, at: datetime) -> Coupon:
        """The record of every list of coupons."""
        amount = self.template.amount
        return Coupon(
            channel=PLATFORM,
            key=self.id,
            code=self.code,
            kind=CouponKind.DISCOUNT,
            status=self.status(at),
            name=self.template.name,
            percent=self.template.percent,
            value=None if amount is None else Money(amount, self.template.currency),
            issued_at=self.issued_at,
            expires_at=self.expires_at,
            source=SourceRef(connector=PLATFORM, system=SYSTEM, external_id=self.id),
        )


class CouponDeclined(Declined, frozen=True, kw_only=True):
    """Nothing was done with a coupon.

    Unknown, used, expired and another's are one answer: what a code is, nobody learns by trying.
    """


class CouponClaimed(Struct, frozen=True, kw_only=True):
    """A member has a coupon more; `whole_code` is for her, and for this answer."""

    coupon: Coupon
    whole_code: str | None

    def __repr__(self) -> str:
        return "CouponClaimed(***)"


class CouponUnit(Struct, frozen=True, kw_only=True):
    """Coupons that are used together; `until` is when a lock runs out."""

    unit: str
    state: CouponState
    coupons: tuple[Coupon, ...]
    until: datetime | None = None


class CouponChoice(Struct, frozen=True, kw_only=True):
    """Which coupons: by id of those one holds, or by code."""

    ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"CouponChoice({len(self.ids)} ids, {len(self.codes)} codes)"


Claiming: TypeAlias = CouponClaimed | CouponDeclined | IdempotencyKeyReused
Using: TypeAlias = CouponUnit | CouponDeclined | IdempotencyKeyReused
