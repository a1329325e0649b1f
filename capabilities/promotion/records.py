"""Promotion records: what is on offer, and what a person holds."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from capabilities.ids import global_id
from capabilities.money import Money
from capabilities.native import Native
from capabilities.page import SortKey
from capabilities.sources import SourceRef
from capabilities.time import micros

_SHOWN = 4


class PromotionKind(Enum):
    """What a promotion does."""

    ORDER_DISCOUNT = "ORDER_DISCOUNT"
    ITEM_DISCOUNT = "ITEM_DISCOUNT"
    BUY_X_GET_Y = "BUY_X_GET_Y"
    BUNDLE_PRICE = "BUNDLE_PRICE"
    GIFT = "GIFT"
    SHIPPING = "SHIPPING"
    POINTS_MULTIPLIER = "POINTS_MULTIPLIER"
    COUPON_ISSUE = "COUPON_ISSUE"
    FLASH_SALE = "FLASH_SALE"
    UNKNOWN = "UNKNOWN"


class PromotionStatus(Enum):
    """Where a promotion is in its life."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"
    UNKNOWN = "UNKNOWN"


class PromotionTerms(Struct, frozen=True, kw_only=True, gc=False):
    """Of a promotion that the platform decides: for whom it is, how often, what it is to bring.

    `definition` is the whole of it as the JSON that `santong promotion` reads; empty sets of
    channels, stores and scenes mean everywhere.
    """

    version: int
    definition: str
    channels: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    priority: int = 0
    group: str | None = None
    exclusive: bool = False
    settled: bool = False
    per_member: int | None = None
    per_order: int | None = None
    per_store: int | None = None
    currency: str = "CNY"
    budget: Money | None = None
    target_amount: Money | None = None
    target_units: int | None = None
    author: str = ""
    reason: str = ""
    changed_at: datetime


class Promotion(Struct, frozen=True, kw_only=True, gc=False):
    """A promotion of one channel; `key` is its natural key there.

    One that the platform decides has `terms` and holds in many channels.
    """

    channel: str
    key: str
    name: str | None = None
    kind: PromotionKind = PromotionKind.UNKNOWN
    status: PromotionStatus = PromotionStatus.UNKNOWN
    source_status: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    percent: Decimal | None = None
    amount: Money | None = None
    minimum: Money | None = None
    usage_limit: int | None = None
    used: int | None = None
    terms: PromotionTerms | None = None
    native: Native | None = None
    source: SourceRef

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Promotion", self.channel, self.key)

    @property
    def sort_key(self) -> SortKey:
        """Newest start first; one without a date sorts last."""
        return SortKey(micros(self.starts_at) if self.starts_at else 0, self.channel, self.key)


class CouponKind(Enum):
    """What a person holds."""

    DISCOUNT = "DISCOUNT"
    GIFT_CARD = "GIFT_CARD"
    UNKNOWN = "UNKNOWN"


class CouponStatus(Enum):
    """Where a coupon is in its life."""

    AVAILABLE = "AVAILABLE"
    LOCKED = "LOCKED"
    REDEEMED = "REDEEMED"
    EXPIRED = "EXPIRED"
    VOID = "VOID"
    UNKNOWN = "UNKNOWN"


class Coupon(Struct, frozen=True, kw_only=True, gc=False):
    """A coupon or gift card of one person; the code is a secret and shown masked only."""

    channel: str
    key: str
    code: str | None = None
    kind: CouponKind = CouponKind.UNKNOWN
    status: CouponStatus = CouponStatus.UNKNOWN
    source_status: tuple[str, ...] = ()
    name: str | None = None
    percent: Decimal | None = None
    value: Money | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    customer: str | None = None
    source: SourceRef

    def __repr__(self) -> str:
        return f"Coupon({self.channel!r}, {self.key!r}, ***)"

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Coupon", self.channel, self.key)

    @property
    def code_masked(self) -> str | None:
        """The last four characters behind stars; whoever holds the whole code may spend it."""
        if not self.code:
            return None
        return "****" + (self.code[-_SHOWN:] if len(self.code) >= 2 * _SHOWN else "")

    @property
    def sort_key(self) -> SortKey:
        """Newest issue first; one without a date sorts last."""
        return SortKey(micros(self.issued_at) if self.issued_at else 0, self.channel, self.key)


class PromotionFilter(Struct, frozen=True, kw_only=True):
    """What a list of promotions or coupons is restricted to."""

    channels: frozenset[str] | None = None
    statuses: frozenset[PromotionStatus] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """Names of the filters in use that a source must be able to answer."""
        return frozenset({"status"} if self.statuses is not None else ())

    def accepts(self, promotion: Promotion) -> bool:
        """Whether a row belongs to the list."""
        return (self.channels is None or promotion.channel in self.channels) and (
            self.statuses is None or promotion.status in self.statuses
        )
