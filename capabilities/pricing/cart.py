"""What a quote is asked about: a cart, and who buys it where and when.

Amounts are minor units of one currency. Product facts come from the product reference, so that
the same goods are the same in every channel.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct


class CartLine(Struct, frozen=True, kw_only=True, gc=False):
    """One line; `ref` is the client's own name for it and unique in the cart."""

    ref: str
    sku: str
    unit_price: int
    quantity: Decimal = Decimal(1)
    category: tuple[str, ...] = ()

    @property
    def gross(self) -> int:
        """What the line costs before promotions, rounded half up to the minor unit."""
        return int((self.unit_price * self.quantity).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def pieces(self) -> int:
        """How many single pieces it has; none of what is sold by weight."""
        whole = int(self.quantity)
        return whole if whole == self.quantity else 0


class Cart(Struct, frozen=True, kw_only=True, gc=False):
    """The goods and what their delivery costs."""

    lines: tuple[CartLine, ...]
    shipping: int = 0
    currency: str = "CNY"


class Usage(Struct, frozen=True, gc=False):
    """How often a promotion was used before, and what it gave away in minor units."""

    total: int = 0
    member: int = 0
    store: int = 0
    spend: int = 0


class Occasion(Struct, frozen=True, kw_only=True):
    """Who buys where and when: everything else that a quote depends on.

    `tiers` names the buyer's tier by programme, `facts` what extension conditions read, `coupons`
    the templates of what is presented. `usage` holds promotions that have limits or a budget.
    `anonymous` is a buyer whose earlier uses nobody can count.
    """

    channel: str
    at: datetime
    zone: ZoneInfo
    store: str | None = None
    scene: str | None = None
    tiers: Mapping[str, str] = {}
    first_purchase: bool = False
    usage: Mapping[str, Usage] = {}
    facts: Mapping[str, str] = {}
    coupons: frozenset[str] = frozenset()
    anonymous: bool = False
