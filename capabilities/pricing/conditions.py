"""Conditions, made into functions when a book is made: what is missing, None where one holds."""

from collections.abc import Callable
from decimal import Decimal
from functools import singledispatch
from typing import NamedTuple, TypeAlias

from capabilities.pricing.basket import Basket, matcher
from capabilities.pricing.cart import Occasion
from capabilities.pricing.definition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Fact,
    FirstPurchase,
    HasCoupon,
    InTier,
    Not,
)
from capabilities.pricing.quote import Why


class Unmet(NamedTuple):
    """What stands in the way, and how much is short."""

    why: Why
    missing: Decimal | None = None


Check: TypeAlias = Callable[[Basket, Occasion], Unmet | None]

_TIER, _FIRST = Unmet(Why.TIER), Unmet(Why.NOT_FIRST_PURCHASE)
_FACT, _EXCLUDED = Unmet(Why.FACT), Unmet(Why.EXCLUDED)
_COUPON = Unmet(Why.COUPON_MISSING)


@singledispatch
def check_of(condition: Condition) -> Check:
    """The function of a condition."""
    raise TypeError(type(condition).__name__)


@check_of.register
def _(condition: InTier) -> Check:
    programme, tiers = condition.programme, condition.tiers

    def check(_basket: Basket, who: Occasion) -> Unmet | None:
        tier = who.tiers.get(programme)
        return None if tier is not None and (not tiers or tier in tiers) else _TIER

    return check


@check_of.register
def _(_condition: FirstPurchase) -> Check:
    return lambda _basket, who: None if who.first_purchase else _FIRST


@check_of.register
def _(condition: Fact) -> Check:
    name, values = condition.name, condition.values
    return lambda _basket, who: None if who.facts.get(name) in values else _FACT


@check_of.register
def _(condition: HasCoupon) -> Check:
    template = condition.template
    return lambda _basket, who: None if template in who.coupons else _COUPON


@check_of.register
def _(condition: Not) -> Check:
    inner = check_of(condition.condition)
    return lambda basket, who: _EXCLUDED if inner(basket, who) is None else None


@check_of.register
def _(condition: AllOf) -> Check:
    checks = [check_of(part) for part in condition.conditions]

    def check(basket: Basket, who: Occasion) -> Unmet | None:
        return next((unmet for one in checks if (unmet := one(basket, who)) is not None), None)

    return check


@check_of.register
def _(condition: AnyOf) -> Check:
    checks = [check_of(part) for part in condition.conditions]

    def check(basket: Basket, who: Occasion) -> Unmet | None:
        first = None
        for one in checks:
            unmet = one(basket, who)
            if unmet is None:
                return None
            first = first or unmet
        return first or _EXCLUDED

    return check


@check_of.register
def _(condition: AtLeast) -> Check:
    matches, amount, quantity = matcher(condition.items), condition.amount, condition.quantity

    def check(basket: Basket, _who: Occasion) -> Unmet | None:
        places = basket.chosen(matches)
        short = 0 if amount is None else amount - basket.cost(places)
        if short > 0:
            return Unmet(Why.AMOUNT_MISSING, Decimal(short))
        if quantity is None:
            return None
        lacking = quantity - sum(basket.lines[place].quantity for place in places)
        return Unmet(Why.QUANTITY_MISSING, lacking) if lacking > 0 else None

    return check
