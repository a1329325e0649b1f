"""The promotions of a process: put together once per step that somebody took, kept in memory."""

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from capabilities.errors import StoreUnavailable
from capabilities.pricing.book import Book
from capabilities.pricing.definition import AllOf, AnyOf, Condition, FirstPurchase, Not
from capabilities.promotion.plans import PromotionPlan
from store.owned import Owned
from store.promotion.in_force import InForce
from store.promotion.uses import limited

# Older policies that are asked for again, such as by an order that names its quote.
_MOST_KEPT = 8


class Policy(Struct, frozen=True):
    """What is in force after one step: its number, the plans by id, and the book made of them.

    `limited` are those whose use a quote must know, `asks_first` says that one is for first
    purchases.
    """

    number: int
    plans: dict[str, PromotionPlan]
    book: Book
    limited: tuple[str, ...]
    asks_first: bool


class KnownPromotions:
    """The policies of one brand; `version` says when to look anew, None while nobody knows."""

    def __init__(self, owned: Owned, version: Callable[[], int | None] = lambda: None) -> None:
        self._in_force = InForce(owned.store, owned.brand)
        self._version = version
        self._kept: OrderedDict[int, Policy] = OrderedDict()
        self._current: tuple[int | None, Policy] | None = None

    @property
    def any(self) -> bool:
        """Whether a promotion was ever written down, as far as is known."""
        return self._version() != 0

    async def current(self) -> Policy:
        """What is in force now; the last one known while the store is away."""
        version, held = self._version(), self._current
        if held is not None and version is not None and held[0] == version:
            return held[1]
        try:
            policy = await self.at(await self._in_force.latest())
        except StoreUnavailable:
            if held is None:
                raise
            return held[1]
        self._current = version, policy
        return policy

    async def at(self, number: int) -> Policy:
        """What was in force after a step."""
        found = self._kept.get(number)
        if found is None:
            plans = {one.id: one for one in await self._in_force.plans(number)}
            bounded = tuple(one.id for one in plans.values() if limited(one))
            first = any(asks_first(one.condition) for one in plans.values())
            found = Policy(number, plans, Book(plans.values()), bounded, first)
            self._kept[number] = found
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return found


def asks_first(condition: Condition | None) -> bool:
    """Whether a condition asks if this is a first purchase."""
    if isinstance(condition, AllOf | AnyOf):
        return any(map(asks_first, condition.conditions))
    if isinstance(condition, Not):
        return asks_first(condition.condition)
    return isinstance(condition, FirstPurchase)
