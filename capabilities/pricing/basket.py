"""A cart while promotions are taken off it, one after the other."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from capabilities.pricing.cart import Cart, CartLine
from capabilities.pricing.definition import Items

Matches: TypeAlias = Callable[[CartLine], bool]


class Basket:
    """Lines in the order of their refs, so that the order of the cart decides nothing.

    `net` is what each still costs; `free` how many of its pieces no bundle has used.
    """

    def __init__(self, cart: Cart) -> None:
        self.lines = sorted(cart.lines, key=lambda line: line.ref)
        self.gross = [line.gross for line in self.lines]
        self.net = list(self.gross)
        self.free = [line.pieces for line in self.lines]
        self.shipping = cart.shipping

    def chosen(self, matches: Matches) -> list[int]:
        """Places of the lines that are meant."""
        return [place for place, line in enumerate(self.lines) if matches(line)]

    def cost(self, places: Sequence[int]) -> int:
        """What some lines still cost together."""
        return sum(self.net[place] for place in places)

    def value(self, place: int, pieces: int) -> int:
        """What so many pieces of a line still cost, rounded half up."""
        whole = self.lines[place].pieces
        return (2 * self.net[place] * pieces + whole) // (2 * whole)

    def dearest(self, places: Sequence[int]) -> list[int]:
        """Lines with free pieces, the dearest piece first."""
        able = [place for place in places if self.free[place]]
        return sorted(able, key=lambda at: (-self.net[at] / self.lines[at].pieces, at))


def matcher(items: Items) -> Matches:
    """Whether a line is meant by a choice of items."""
    skus, categories = items.skus, items.categories
    but_skus, but_categories = items.but_skus, items.but_categories
    if not (skus or categories or but_skus or but_categories):
        return lambda _line: True
    every = not (skus or categories)

    def matches(line: CartLine) -> bool:
        paths = paths_of(line.category)
        wanted = every or line.sku in skus or not categories.isdisjoint(paths)
        return wanted and line.sku not in but_skus and but_categories.isdisjoint(paths)

    return matches


@lru_cache(4_096)
def paths_of(category: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """A category and all those above it."""
    return frozenset(category[:depth] for depth in range(1, len(category) + 1))
