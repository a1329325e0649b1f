"""Orders that go by a quote: the cart must be the order's, and what was quoted becomes its sums."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from capabilities.money import Money
from capabilities.order.changing import OrderDeclined, rounded
from capabilities.order.facts import CANCELLED, OrderFact
from capabilities.order.held import HeldLine, HeldOrder, Reduction
from capabilities.order.placing import WantedLine, WantedOrder
from capabilities.pricing.definition import AllOf, AnyOf, Condition, HasCoupon, Not
from capabilities.promotion.plans import PromotionPlan
from capabilities.promotion.settling import Discount, Settled


class Quoted(Struct, frozen=True, kw_only=True):
    """A quote as an order takes it, with the definitions that were in force."""

    settled: Settled
    plans: Mapping[str, PromotionPlan]

    @property
    def coupons(self) -> frozenset[str]:
        """Templates of coupons that what applied asked for: these are used up."""
        conditions = (self.plans[one.promotion].condition for one in self.settled.quote.applied)
        return frozenset().union(*map(_templates, conditions))

    @property
    def folded(self) -> frozenset[str]:
        """Promotions that a system sees in the price and not as lines of their own."""
        return frozenset(one.promotion for one in self.settled.discounts if not one.settled)


def unlike(
    wanted: WantedOrder, settled: Settled, buyer: str | None, skus: Mapping[str, str]
) -> OrderDeclined | None:
    """Why an order is another one than was quoted; None where it is the same.

    `skus` has the retailer's own codes of what is written on the lines; lines come in the order of
    the cart. Reductions are the quote's: the caller names none.
    """
    shipping = 0 if wanted.shipping is None else wanted.shipping.minor
    checks = {
        "channel": wanted.channel == settled.channel,
        "store": wanted.store == settled.store,
        "membership": buyer == settled.one_id,
        "total": wanted.total.currency == settled.cart.currency,
        "shipping": shipping == settled.cart.shipping,
        "discount": wanted.discount is None,
        "lines": len(wanted.lines) == len(settled.cart.lines),
    }
    for path, same in checks.items():
        if not same:
            return _no(path)
    for place, (line, quoted) in enumerate(zip(wanted.lines, settled.cart.lines, strict=True)):
        alike = (line.quantity, line.unit_price.minor) == (quoted.quantity, quoted.unit_price)
        if not alike or skus.get(line.sku, "") != quoted.sku or line.discount is not None:
            return _no("lines", str(place))
    return None


def with_quote(wanted: WantedOrder, quoted: Quoted) -> WantedOrder:
    """The order with what was quoted: reductions line by line, gifts, and what delivery costs."""
    settled, currency = quoted.settled, wanted.total.currency
    lines = []
    for line, asked in zip(wanted.lines, settled.cart.lines, strict=True):
        off = [one for one in settled.discounts if one.line == asked.ref]
        lines.append(replace(line, reductions=tuple(_reduction(one, quoted) for one in off)))
    for place, gift in enumerate(settled.gifts, start=len(lines) + 1):
        lines.append(
            WantedLine(
                ref=str(place),
                sku=gift.sku,
                quantity=Decimal(gift.quantity),
                unit_price=Money(0, currency),
                gift=True,
            )
        )
    return replace(wanted, lines=tuple(lines), shipping=Money(settled.quote.shipping, currency))


def folded(order: HeldOrder, promotions: frozenset[str]) -> HeldOrder:
    """The order as a system sees it that is not told of these promotions.

    They are within the price, wherever the price of a piece stays a whole number of minor units.
    """
    return replace(order, lines=tuple(_folded(line, promotions) for line in order.lines))


def part_back(fact: OrderFact) -> Fraction:
    """How much of an order came back by now: all of one that was given up."""
    if fact.gone or fact.status in CANCELLED:
        return Fraction(1)
    if fact.paid <= 0 or fact.refunded <= 0:
        return Fraction(0)
    return min(Fraction(1), Fraction(fact.refunded, fact.paid))


def _folded(line: HeldLine, promotions: frozenset[str]) -> HeldLine:
    off = sum(one.amount for one in line.discounts if one.code in promotions)
    if not off:
        return line
    left = rounded(line.unit_price * line.quantity) - off
    price = Decimal(left) / line.quantity
    if price != int(price):
        return line
    kept = tuple(one for one in line.discounts if one.code not in promotions)
    return replace(line, unit_price=int(price), discounts=kept)


def _reduction(one: Discount, quoted: Quoted) -> Reduction:
    name = quoted.plans[one.promotion].name or None
    return Reduction(name=name, code=one.promotion, amount=one.amount)


def _templates(condition: Condition | None) -> frozenset[str]:
    if isinstance(condition, HasCoupon):
        return frozenset({condition.template})
    if isinstance(condition, AllOf | AnyOf):
        return frozenset().union(*map(_templates, condition.conditions))
    return _templates(condition.condition) if isinstance(condition, Not) else frozenset()


def _no(*path: str) -> OrderDeclined:
    return OrderDeclined(code="QUOTE_DIFFERS", path=("input", *path))
