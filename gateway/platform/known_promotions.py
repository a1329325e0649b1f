"""The promotions of a process: put together once per step that somebody took, kept in memory."""

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from capabilities.errors import StoreUnavailable
from capabilities.pricing.book import Book
from capabilities.promotion.plans import PromotionPlan
from store.owned import Owned
from store.promotion.in_force import InForce

# Older policies that are asked for again, such as by an order that names its quote.
_MOST_KEPT = 8


class Policy(Struct, frozen=True):
    """What is in force after one step: its number, the plans by id, and the book made of them."""

    number: int
    plans: dict[str, PromotionPlan]
    book: Book


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
            found = Policy(number, plans, Book(plans.values()))
            self._kept[number] = found
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return found
