"""A book: the promotions in force, made ready once, so that a quote looks at few of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from capabilities.errors import BadInput
from capabilities.pricing.basket import Matches, matcher, paths_of
from capabilities.pricing.cart import Cart, Occasion
from capabilities.pricing.conditions import Check, check_of
from capabilities.pricing.definition import (
    AmountOff,
    BundlePrice,
    BuyGet,
    Definition,
    Gift,
    IssueCoupon,
    PercentOff,
    PointsTimes,
    Reward,
    ShippingOff,
    UnitPrice,
)
from capabilities.pricing.quote import Rejected, Why
from capabilities.pricing.rewards import Take, take_of
from capabilities.promotion.records import PromotionKind

# What comes last takes nothing off.
EXTRAS = 4
# In which step a kind is taken off, and which rewards it may have.
_STEPS: dict[PromotionKind, tuple[int, tuple[type[Reward], ...]]] = {
    PromotionKind.ITEM_DISCOUNT: (1, (PercentOff, AmountOff, UnitPrice)),
    PromotionKind.BUNDLE_PRICE: (1, (BundlePrice,)),
    PromotionKind.BUY_X_GET_Y: (1, (BuyGet,)),
    PromotionKind.ORDER_DISCOUNT: (2, (PercentOff, AmountOff)),
    PromotionKind.SHIPPING: (3, (ShippingOff,)),
    PromotionKind.GIFT: (EXTRAS, (Gift,)),
    PromotionKind.POINTS_MULTIPLIER: (EXTRAS, (PointsTimes,)),
    PromotionKind.COUPON_ISSUE: (EXTRAS, (IssueCoupon,)),
}
_MOST_PLACES = 4_096


class Ready(NamedTuple):
    """One definition with its functions; `step` is when it is taken off."""

    definition: Definition
    step: int
    matches: Matches
    check: Check | None
    take: Take


class _Place(NamedTuple):
    """What is offered at one place of sale: by index, and why the others are not."""

    offered: frozenset[int]
    elsewhere: tuple[Rejected, ...]


class Book:
    """Definitions in the order in which they are taken off: step, priority, id.

    `version` is a hash of them all.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        given = sorted(definitions, key=_order)
        if len({one.id for one in given}) < len(given):
            raise BadInput("two definitions have one id", code="PROMOTION_INVALID")
        self.ready = tuple(map(_ready, given))
        self.version = sha256(b"".join(sorted(map(_fingerprint, given)))).hexdigest()
        self._no_item = tuple(Rejected(one.id, Why.NO_ITEM) for one in given)
        self._by_sku: defaultdict[str, set[int]] = defaultdict(set)
        self._by_category: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        self._for_all: set[int] = set()
        for place, one in enumerate(given):
            self._index(place, one)
        self._places: dict[tuple[str, str | None, str | None], _Place] = {}

    def candidates(self, cart: Cart, occasion: Occasion) -> tuple[list[Ready], list[Rejected]]:
        """Definitions that concern some line at this place, in order; and the rest with reasons."""
        here = self._place(occasion)
        meant = set(self._for_all) if cart.lines else set()
        for line in cart.lines:
            meant |= self._by_sku.get(line.sku, _NOBODY)
            for path in paths_of(line.category):
                meant |= self._by_category.get(path, _NOBODY)
        wanted = sorted(meant & here.offered)
        rest = here.offered - meant
        rejected = [*here.elsewhere, *(self._no_item[place] for place in sorted(rest))]
        return [self.ready[place] for place in wanted], rejected

    def _index(self, place: int, one: Definition) -> None:
        items = one.items
        if not (items.skus or items.categories):
            self._for_all.add(place)
        for sku in items.skus:
            self._by_sku[sku].add(place)
        for path in items.categories:
            self._by_category[path].add(place)

    def _place(self, occasion: Occasion) -> _Place:
        """Kept for the places that were asked about lately: most carts come from few of them."""
        key = occasion.channel, occasion.store, occasion.scene
        found = self._places.get(key)
        if found is None:
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            found = self._places[key] = self._made_place(occasion)
        return found

    def _made_place(self, occasion: Occasion) -> _Place:
        offered, elsewhere = [], []
        for place, one in enumerate(self.ready):
            why = _elsewhere(one.definition, occasion)
            if why is None:
                offered.append(place)
            else:
                elsewhere.append(Rejected(one.definition.id, why))
        return _Place(frozenset(offered), tuple(elsewhere))


_NOBODY: frozenset[int] = frozenset()


def allowed_rewards(kind: PromotionKind) -> tuple[type[Reward], ...]:
    """The rewards that a kind may have; none of one that no cart can be quoted with."""
    step = _STEPS.get(kind)
    return () if step is None else step[1]


def faults_of(definition: Definition) -> Sequence[str]:
    """What is wrong with a definition, in words; nothing where it can be put in force."""
    step = _STEPS.get(definition.kind)
    found = []
    if step is None:
        found.append(f"a cart cannot be quoted with the kind {definition.kind.value}")
    elif not isinstance(definition.reward, step[1]):
        valid = ", ".join(str(one.__struct_config__.tag) for one in step[1])
        found.append(f"the kind {definition.kind.value} takes one of the rewards {valid}")
    starts, ends = definition.starts_at, definition.ends_at
    if starts is not None and ends is not None and ends <= starts:
        found.append("it ends before it starts")
    found.extend(_reward_faults(definition.reward))
    return found


def _reward_faults(reward: Reward) -> list[str]:
    percent = getattr(reward, "percent", None)
    found = []
    if percent is not None and not 0 < percent <= 100:  # noqa: PLR2004 - per cent
        found.append("`percent` is above 0 and at most 100")
    sizes = ("amount", "per", "count", "buy", "get", "quantity")
    for name in sizes:
        size = getattr(reward, name, None)
        if size is not None and size < 1:
            found.append(f"`{name}` is at least 1")
    for name in ("price", "most", "factor"):
        least = getattr(reward, name, None)
        if least is not None and least < 0:
            found.append(f"`{name}` is not negative")
    return found


def _ready(definition: Definition) -> Ready:
    faults = faults_of(definition)
    if faults:
        raise BadInput(f"{definition.id}: {'; '.join(faults)}", code="PROMOTION_INVALID")
    condition = definition.condition
    return Ready(
        definition,
        _STEPS[definition.kind][0],
        matcher(definition.items),
        None if condition is None else check_of(condition),
        take_of(definition),
    )


def _order(one: Definition) -> tuple[int, int, str]:
    step = _STEPS.get(one.kind)
    return (0 if step is None else step[0]), -one.priority, one.id


def _fingerprint(one: Definition) -> bytes:
    return sha256(msgspec.json.encode(one, order="deterministic")).digest()


def _elsewhere(definition: Definition, occasion: Occasion) -> Why | None:
    if definition.channels and occasion.channel not in definition.channels:
        return Why.CHANNEL
    if definition.stores and occasion.store not in definition.stores:
        return Why.STORE
    if definition.scenes and occasion.scene not in definition.scenes:
        return Why.SCENE
    return None
