"""A promotion as it is defined: who, where and when, on which condition, for which reward.

Definitions are data: each change is a new version, and a quote names the versions it used.
"""

from datetime import datetime, time
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from capabilities.promotion.records import PromotionKind


class Items(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which lines are meant: all, or those of some skus or below some category paths."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[tuple[str, ...]] = frozenset()
    but_skus: frozenset[str] = frozenset()
    but_categories: frozenset[tuple[str, ...]] = frozenset()


class AtLeast(
    Struct, frozen=True, kw_only=True, tag="atLeast", omit_defaults=True, forbid_unknown_fields=True
):
    """The chosen lines cost at least `amount`, or are at least `quantity` pieces or kilograms.

    What they cost is counted after the reductions that came before.
    """

    items: Items = Items()
    amount: int | None = None
    quantity: Decimal | None = None


class InTier(
    Struct, frozen=True, kw_only=True, tag="inTier", omit_defaults=True, forbid_unknown_fields=True
):
    """The buyer is in one of these tiers of a programme; in any, where none is named."""

    programme: str
    tiers: frozenset[str] = frozenset()


class FirstPurchase(Struct, frozen=True, tag="firstPurchase", forbid_unknown_fields=True):
    """The buyer has bought nothing before, in any channel."""


class Fact(Struct, frozen=True, kw_only=True, tag="fact", forbid_unknown_fields=True):
    """An extension point: a named fact of the occasion has one of these values."""

    name: str
    values: frozenset[str]


class HasCoupon(Struct, frozen=True, kw_only=True, tag="hasCoupon", forbid_unknown_fields=True):
    """A coupon of this template is presented; where the promotion applies it is used up."""

    template: str


class AllOf(Struct, frozen=True, tag="allOf", forbid_unknown_fields=True):
    """Every condition holds."""

    conditions: "tuple[Condition, ...]"


class AnyOf(Struct, frozen=True, tag="anyOf", forbid_unknown_fields=True):
    """At least one condition holds."""

    conditions: "tuple[Condition, ...]"


class Not(Struct, frozen=True, tag="not", forbid_unknown_fields=True):
    """The condition does not hold."""

    condition: "Condition"


Condition: TypeAlias = AtLeast | InTier | FirstPurchase | Fact | HasCoupon | AllOf | AnyOf | Not


class PercentOff(
    Struct,
    frozen=True,
    kw_only=True,
    tag="percentOff",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A share of the chosen lines' cost, at most `most`."""

    percent: Decimal
    most: int | None = None


class AmountOff(
    Struct,
    frozen=True,
    kw_only=True,
    tag="amountOff",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """An amount of the chosen lines' cost; once, or once for every full `per` that they cost."""

    amount: int
    per: int | None = None


class UnitPrice(Struct, frozen=True, tag="unitPrice", forbid_unknown_fields=True):
    """Each chosen piece costs this, where it would cost more."""

    price: int


class BundlePrice(Struct, frozen=True, kw_only=True, tag="bundlePrice", forbid_unknown_fields=True):
    """Any `count` of the chosen pieces cost `price` together, the dearest first."""

    count: int
    price: int


class BuyGet(
    Struct, frozen=True, kw_only=True, tag="buyGet", omit_defaults=True, forbid_unknown_fields=True
):
    """For every `buy` of the chosen pieces, `get` more are cheaper: the cheapest, by `percent`."""

    buy: int
    get: int = 1
    percent: Decimal = Decimal(100)


class Gift(
    Struct, frozen=True, kw_only=True, tag="gift", omit_defaults=True, forbid_unknown_fields=True
):
    """Something in the parcel for nothing."""

    sku: str
    quantity: int = 1


class ShippingOff(
    Struct,
    frozen=True,
    kw_only=True,
    tag="shippingOff",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Delivery is cheaper by a share, at most by `most`."""

    percent: Decimal = Decimal(100)
    most: int | None = None


class PointsTimes(Struct, frozen=True, tag="pointsTimes", forbid_unknown_fields=True):
    """The purchase earns so many times its points."""

    factor: Decimal


class IssueCoupon(Struct, frozen=True, tag="issueCoupon", forbid_unknown_fields=True):
    """The buyer is given a coupon of a template once the order is paid."""

    template: str


Reward: TypeAlias = (
    PercentOff
    | AmountOff
    | UnitPrice
    | BundlePrice
    | BuyGet
    | Gift
    | ShippingOff
    | PointsTimes
    | IssueCoupon
)


class Hours(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A recurring window in the store's own time: on `days` (1 Monday … 7 Sunday), from – until.

    One that ends before it begins goes on past midnight and belongs to the day it began on.
    """

    days: frozenset[int] = frozenset(range(1, 8))
    start: time = time.min
    end: time | None = None


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How often it may be used, and what it may give away in minor units; None is no limit."""

    total: int | None = None
    per_member: int | None = None
    per_store: int | None = None
    per_order: int | None = None
    spend: int | None = None


class Definition(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of a promotion; empty sets of channels, stores and scenes mean everywhere.

    `group`: of a group at most one applies, the highest `priority`, then the largest reduction.
    `exclusive`: it applies alone, where alone it takes off more than all others together.
    """

    id: str
    version: int = 1
    name: str = ""
    kind: PromotionKind
    reward: Reward
    items: Items = Items()
    condition: Condition | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    hours: tuple[Hours, ...] = ()
    channels: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    scenes: frozenset[str] = frozenset()
    priority: int = 0
    group: str | None = None
    exclusive: bool = False
    limits: Limits = Limits()
