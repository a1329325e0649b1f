"""Rewards, made into functions when a book is made: what one takes off which line of a basket."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import singledispatch
from typing import NamedTuple, TypeAlias

from capabilities.pricing.basket import Basket
from capabilities.pricing.definition import (
    AmountOff,
    BundlePrice,
    BuyGet,
    Definition,
    PercentOff,
    ShippingOff,
    UnitPrice,
)
from capabilities.pricing.parts import share, split
from capabilities.promotion.records import PromotionKind


class Taken(NamedTuple):
    """What is to be taken off: by place of the line, off shipping, and pieces that it uses up."""

    parts: Sequence[tuple[int, int]] = ()
    times: int = 1
    shipping: int = 0
    pieces: Sequence[tuple[int, int]] = ()

    @property
    def amount(self) -> int:
        """What is taken off in all."""
        return self.shipping + sum(amount for _, amount in self.parts)


Take: TypeAlias = Callable[[Basket, Sequence[int]], Taken]


def take_of(definition: Definition) -> Take:
    """The function of a definition's reward; one that takes nothing off gives an empty `Taken`."""
    return _take(definition.reward, definition)


@singledispatch
def _take(_reward: object, _definition: Definition) -> Take:
    return lambda _basket, _places: Taken()


@_take.register
def _(reward: PercentOff, definition: Definition) -> Take:
    by_line = definition.kind is PromotionKind.ITEM_DISCOUNT
    return _percent_by_line(reward) if by_line else _percent(reward)


@_take.register
def _(reward: AmountOff, definition: Definition) -> Take:
    return _amount(reward, definition.limits.per_order)


@_take.register
def _(reward: UnitPrice, _definition: Definition) -> Take:
    return lambda basket, places: _unit_price(basket, places, reward.price)


@_take.register
def _(reward: BundlePrice, definition: Definition) -> Take:
    most = definition.limits.per_order
    return lambda basket, places: _bundle(basket, places, reward, most)


@_take.register
def _(reward: BuyGet, definition: Definition) -> Take:
    most = definition.limits.per_order
    return lambda basket, places: _buy_get(basket, places, reward, most)


@_take.register
def _(reward: ShippingOff, _definition: Definition) -> Take:
    return lambda basket, _places: Taken(shipping=_off_shipping(basket, reward))


def _percent_by_line(reward: PercentOff) -> Take:
    def take(basket: Basket, places: Sequence[int]) -> Taken:
        parts = [share(basket.net[place], reward.percent) for place in places]
        if reward.most is not None and sum(parts) > reward.most:
            parts = split(reward.most, parts)
        return Taken(list(zip(places, parts, strict=True)))

    return take


def _percent(reward: PercentOff) -> Take:
    def take(basket: Basket, places: Sequence[int]) -> Taken:
        amount = share(basket.cost(places), reward.percent)
        return _over(basket, places, amount if reward.most is None else min(amount, reward.most))

    return take


def _amount(reward: AmountOff, most: int | None) -> Take:
    def take(basket: Basket, places: Sequence[int]) -> Taken:
        times = 1 if reward.per is None else basket.cost(places) // reward.per
        times = times if most is None else min(times, most)
        return _over(basket, places, reward.amount * times, times)

    return take


def _over(basket: Basket, places: Sequence[int], amount: int, times: int = 1) -> Taken:
    parts = split(amount, [basket.net[place] for place in places])
    return Taken(list(zip(places, parts, strict=True)), times)


def _unit_price(basket: Basket, places: Sequence[int], price: int) -> Taken:
    parts = []
    for place in places:
        cost = (price * basket.lines[place].quantity).quantize(Decimal(1), ROUND_HALF_UP)
        parts.append((place, max(basket.net[place] - int(cost), 0)))
    return Taken(parts)


def _bundle(basket: Basket, places: Sequence[int], reward: BundlePrice, most: int | None) -> Taken:
    """As many bundles as are worth it; with the dearest pieces first none after one that is not."""
    able = basket.dearest(places)
    times = sum(basket.free[place] for place in able) // reward.count
    times = times if most is None else min(times, most)
    best = Taken(times=0)
    for count in range(1, times + 1):
        pieces = _first(basket, able, count * reward.count)
        values = [basket.value(place, taken) for place, taken in pieces]
        amount = sum(values) - count * reward.price
        if amount <= best.amount:
            break
        parts = zip((place for place, _ in pieces), split(amount, values), strict=True)
        best = Taken(list(parts), count, pieces=pieces)
    return best


def _buy_get(basket: Basket, places: Sequence[int], reward: BuyGet, most: int | None) -> Taken:
    able, size = basket.dearest(places), reward.buy + reward.get
    times = sum(basket.free[place] for place in able) // size
    times = times if most is None else min(times, most)
    if not times:
        return Taken(times=0)
    pieces = _first(basket, able, times * size)
    paid = dict(_first(basket, able, times * reward.buy))
    parts = []
    for place, taken in pieces:
        cheaper = taken - paid.get(place, 0)
        if cheaper:
            parts.append((place, share(basket.value(place, cheaper), reward.percent)))
    return Taken(parts, times, pieces=pieces)


def _first(basket: Basket, able: Sequence[int], count: int) -> list[tuple[int, int]]:
    """So many pieces from the front of some lines."""
    pieces = []
    for place in able:
        taken = min(basket.free[place], count)
        pieces.append((place, taken))
        count -= taken
        if not count:
            break
    return pieces


def _off_shipping(basket: Basket, reward: ShippingOff) -> int:
    amount = share(basket.shipping, reward.percent)
    return amount if reward.most is None else min(amount, reward.most)
