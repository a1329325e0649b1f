"""Stages of a person's life with the retailer, and the purchases that decide them."""

from datetime import date
from enum import Enum

from msgspec import Struct

from capabilities.ids import global_id


class Stage(Enum):
    """Where a person stands."""

    PROSPECT = "PROSPECT"
    NEW = "NEW"
    FIRST_PURCHASE = "FIRST_PURCHASE"
    ACTIVE = "ACTIVE"
    LOYAL = "LOYAL"
    AT_RISK = "AT_RISK"
    DORMANT = "DORMANT"
    CHURNED = "CHURNED"
    REACTIVATED = "REACTIVATED"


class Purchase(Struct, frozen=True, kw_only=True, gc=False):
    """A net-paid order on its local business date; `net` in minor units of `currency`."""

    channel: str
    number: str
    day: date
    net: int
    currency: str | None = None
    store_code: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Its business key."""
        return (self.channel, self.number)


class Person(Struct, frozen=True, kw_only=True, gc=False):
    """What decides a person's stage; `purchases` from the oldest on, of all channels.

    `void` are keys of her orders that do not count, such as those that were given back.
    `top_tier_since` is the day from which a top tier of her programme was seen.
    """

    known_since: date | None = None
    member: bool = True
    joined: date | None = None
    programmes: frozenset[str] = frozenset()
    top_tier_since: date | None = None
    purchases: tuple[Purchase, ...] = ()
    void: frozenset[tuple[str, str]] = frozenset()


class Inputs(Struct, frozen=True, kw_only=True, gc=False):
    """What a stage was decided by, as of the day that it began."""

    orders: int = 0
    in_active_window: int = 0
    in_loyal_window: int = 0
    top_tier: bool = False
    first: tuple[str, str] | None = None
    first_on: date | None = None
    last: tuple[str, str] | None = None
    last_on: date | None = None
    reactivated_on: date | None = None

    @property
    def first_order_id(self) -> str | None:
        """Global id of the first net-paid order."""
        return None if self.first is None else global_id("Order", *self.first)

    @property
    def last_order_id(self) -> str | None:
        """Global id of the last one."""
        return None if self.last is None else global_id("Order", *self.last)


class Transition(Struct, frozen=True, kw_only=True, gc=False):
    """The beginning of a stage; `since` is None where nobody knows the day."""

    stage: Stage
    since: date | None
    inputs: Inputs
