"""The answer of a quote: what applied and what it took off, what did not and why."""

from decimal import Decimal
from enum import Enum

from msgspec import Struct


class Why(Enum):
    """Why a promotion did not apply."""

    NOT_STARTED = "NOT_STARTED"
    ENDED = "ENDED"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    CHANNEL = "CHANNEL"
    STORE = "STORE"
    SCENE = "SCENE"
    NO_ITEM = "NO_ITEM"
    AMOUNT_MISSING = "AMOUNT_MISSING"
    QUANTITY_MISSING = "QUANTITY_MISSING"
    TIER = "TIER"
    NOT_FIRST_PURCHASE = "NOT_FIRST_PURCHASE"
    FACT = "FACT"
    COUPON_MISSING = "COUPON_MISSING"
    MEMBER_NEEDED = "MEMBER_NEEDED"
    EXCLUDED = "EXCLUDED"
    LIMIT_REACHED = "LIMIT_REACHED"
    BUDGET_SPENT = "BUDGET_SPENT"
    GROUP_TAKEN = "GROUP_TAKEN"
    EXCLUSIVE = "EXCLUSIVE"
    NOTHING_TO_REDUCE = "NOTHING_TO_REDUCE"


class Rejected(Struct, frozen=True, gc=False):
    """A promotion that did not apply; `missing` is the amount or the quantity that is short.

    `by` names the promotion that took its place.
    """

    promotion: str
    why: Why
    missing: Decimal | None = None
    by: str | None = None


class Part(Struct, frozen=True, gc=False):
    """What a promotion took off one line, in minor units."""

    ref: str
    amount: int


class Applied(Struct, frozen=True, kw_only=True, gc=False):
    """A promotion that applied `times`; `parts` add up to `amount` but for what shipping saved."""

    promotion: str
    version: int
    amount: int = 0
    parts: tuple[Part, ...] = ()
    times: int = 1
    gift: tuple[str, int] | None = None
    coupon: str | None = None
    points_times: Decimal | None = None


class QuotedLine(Struct, frozen=True, gc=False):
    """A line before and after all reductions, in minor units."""

    ref: str
    gross: int
    net: int


class Quote(Struct, frozen=True, kw_only=True):
    """What a cart costs; lines in the order of the cart, promotions in the order they applied.

    `book` names the definitions that were in force: the same book, cart and occasion give the same
    quote anywhere.
    """

    lines: tuple[QuotedLine, ...]
    shipping: int
    applied: tuple[Applied, ...]
    rejected: tuple[Rejected, ...]
    book: str

    @property
    def total(self) -> int:
        """What is to be paid, in minor units."""
        return self.shipping + sum(line.net for line in self.lines)

    @property
    def discount(self) -> int:
        """What all promotions took off together."""
        return sum(one.amount for one in self.applied)
