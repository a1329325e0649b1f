"""What an order is told of a quote: plain discount lines, gifts, and the price that is left.

A promotion with `SETTLED_TO_LEGACY` is a discount line of its own for each order line; one with
`MIDDLE` is taken off in the line's price, and its line here is for the platform's own books.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from capabilities.pricing.cart import Cart
from capabilities.pricing.quote import Quote
from capabilities.promotion.plans import Execution, PromotionPlan


class Discount(Struct, frozen=True, kw_only=True, gc=False):
    """What one promotion takes off one line, in minor units above zero; `line` None is delivery.

    `settled`: the system is told of it as a line of its own.
    """

    line: str | None
    promotion: str
    version: int
    amount: int
    settled: bool


class FreeGift(Struct, frozen=True, kw_only=True, gc=False):
    """What is put into the parcel for nothing."""

    sku: str
    quantity: int
    promotion: str


class Settled(Struct, frozen=True, kw_only=True):
    """A quote as an order takes it; `policy` names what was in force, `units` locked coupons.

    `one_id` is whose limits it counts on, None for an anonymous buyer.
    """

    quote: Quote
    cart: Cart
    at: datetime
    policy: int
    channel: str
    store: str | None = None
    one_id: str | None = None
    units: tuple[str, ...] = ()
    discounts: tuple[Discount, ...] = ()
    gifts: tuple[FreeGift, ...] = ()

    def price_left(self, line: str) -> int:
        """What a line costs once all that is not settled is taken off, in minor units."""
        gross = next(one.gross for one in self.quote.lines if one.ref == line)
        return gross - sum(
            one.amount for one in self.discounts if one.line == line and not one.settled
        )


def discounts_of(quote: Quote, plans: Mapping[str, PromotionPlan]) -> tuple[Discount, ...]:
    """Every reduction of a quote, line by line; together they are its whole discount."""
    found = []
    for one in quote.applied:
        settled = plans[one.promotion].execution is Execution.SETTLED_TO_LEGACY
        parts = [(part.ref, part.amount) for part in one.parts]
        delivery = one.amount - sum(amount for _, amount in parts)
        lines: list[tuple[str | None, int]] = [*parts, (None, delivery)]
        found += [
            Discount(
                line=line,
                promotion=one.promotion,
                version=one.version,
                amount=amount,
                settled=settled,
            )
            for line, amount in lines
            if amount > 0
        ]
    return tuple(found)


def gifts_of(quote: Quote) -> tuple[FreeGift, ...]:
    """What is given besides."""
    return tuple(
        FreeGift(sku=one.gift[0], quantity=one.gift[1], promotion=one.promotion)
        for one in quote.applied
        if one.gift is not None
    )
