"""How a sale stands at a moment, as everybody may know it: coarse, so that bots learn little."""

from datetime import datetime
from math import floor, log10

from msgspec import Struct

from capabilities.flash.records import SaleState

_STEP = 10


class SaleMoment(Struct, frozen=True, kw_only=True, rename="camel"):
    """A sale at a moment of the store's clock.

    `left_percent` is rounded up to the next ten, so that only 0 means nothing;
    `orders_per_second` is rounded to one digit.
    """

    sale: str
    at: datetime
    state: SaleState
    opens_at: datetime
    closes_at: datetime
    left_percent: int
    orders_per_second: int

    def same(self, other: "SaleMoment | None") -> bool:
        """Whether nothing but the time differs."""
        return other is not None and (self.state, self.left_percent, self.orders_per_second) == (
            other.state,
            other.left_percent,
            other.orders_per_second,
        )


def coarse_percent(remaining: int, allocated: int) -> int:
    """What is left in percent, up to the next ten; 100 of nothing that was put in is 0."""
    if remaining <= 0 or allocated <= 0:
        return 0
    return min(100, -(-remaining * 100 // (allocated * _STEP)) * _STEP)


def coarse_rate(rate: float) -> int:
    """A rate to one digit."""
    whole = round(rate)
    if whole <= 0:
        return 0
    return int(round(whole, -floor(log10(whole))))
