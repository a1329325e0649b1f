"""What the records cannot say of a plan: sizes, windows, bounds of its tree."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from capabilities.pricing.book import allowed_rewards
from capabilities.pricing.definition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Fact,
    InTier,
    Items,
    Not,
)
from capabilities.promotion.plans import PromotionPlan

Place = tuple[str | int, ...]
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_NODES, _DEEPEST, _MOST_ITEMS, _MOST_HOURS = 100, 8, 2_000, 50
_LONGEST_NAME = 200
# As many minor units as a column of the store holds, with room to add them up.
_MOST = 10**15
_SUNDAY = 7


def nonsense(plan: PromotionPlan) -> Iterator[tuple[Place, str]]:
    """Every place that makes no sense, with what would."""
    yield from _head(plan)
    yield from _window(plan)
    yield from _reward(plan)
    yield from _items(plan.items, ("items",))
    if plan.condition is not None:
        yield from _conditions(plan.condition)
    yield from _sizes(plan)


def _head(plan: PromotionPlan) -> Iterator[tuple[Place, str]]:
    if not _KEY.fullmatch(plan.id):
        yield ("id",), "an id has 1 to 64 lower-case letters, digits, `_` and `-`"
    if not plan.name.strip() or len(plan.name) > _LONGEST_NAME or not plan.name.isprintable():
        yield ("name",), f"a name has 1 to {_LONGEST_NAME} characters"
    if not _CURRENCY.fullmatch(plan.currency):
        yield ("currency",), "a currency has three letters, such as CNY"
    for name in ("channels", "stores", "scenes"):
        if len(getattr(plan, name)) > _MOST_ITEMS:
            yield (name,), f"at most {_MOST_ITEMS}"


def _window(plan: PromotionPlan) -> Iterator[tuple[Place, str]]:
    for name in ("starts_at", "ends_at"):
        moment = getattr(plan, name)
        if moment is not None and moment.tzinfo is None:
            yield (name,), "a moment needs its zone, such as 2026-11-11T00:00:00+08:00"
            return
    if plan.starts_at is not None and plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        yield ("ends_at",), "it ends before it starts"
    if len(plan.hours) > _MOST_HOURS:
        yield ("hours",), f"at most {_MOST_HOURS} windows"
    for at, hours in enumerate(plan.hours):
        if not hours.days or not all(1 <= day <= _SUNDAY for day in hours.days):
            yield ("hours", at, "days"), "days are 1 (Monday) to 7 (Sunday)"
        if hours.start == hours.end:
            yield ("hours", at, "end"), "a window ends at another time than it begins"


def _reward(plan: PromotionPlan) -> Iterator[tuple[Place, str]]:
    allowed, reward = allowed_rewards(plan.kind), plan.reward
    if not allowed:
        yield ("kind",), f"a cart cannot be quoted with the kind {plan.kind.value}"
    elif not isinstance(reward, allowed):
        valid = ", ".join(str(one.__struct_config__.tag) for one in allowed)
        yield ("reward", "type"), f"the kind {plan.kind.value} takes one of the rewards {valid}"
    percent = getattr(reward, "percent", None)
    if percent is not None and not 0 < percent <= 100:  # noqa: PLR2004 - per cent
        yield ("reward", "percent"), "above 0 and at most 100"
    for name in ("amount", "per", "count", "buy", "get", "quantity"):
        yield from _at_least(reward, name, 1, ("reward",))
    for name in ("price", "most", "factor"):
        yield from _at_least(reward, name, 0, ("reward",))


def _items(items: Items, place: Place) -> Iterator[tuple[Place, str]]:
    sets: Sequence[frozenset[Any]] = (
        items.skus,
        items.categories,
        items.but_skus,
        items.but_categories,
    )
    if sum(map(len, sets)) > _MOST_ITEMS:
        yield place, f"at most {_MOST_ITEMS} skus and categories"
    if () in items.categories or () in items.but_categories:
        yield (*place, "categories"), "a category has a path from the root"


def _conditions(condition: Condition) -> Iterator[tuple[Place, str]]:
    waiting: list[tuple[Condition, Place, int]] = [(condition, ("condition",), 1)]
    nodes = 0
    while waiting:
        one, place, depth = waiting.pop(0)
        nodes += 1
        if nodes > _MOST_NODES or depth > _DEEPEST:
            yield ("condition",), f"at most {_MOST_NODES} conditions, {_DEEPEST} deep"
            return
        yield from _condition(one, place)
        if isinstance(one, AllOf | AnyOf):
            parts = enumerate(one.conditions)
            waiting += [(part, (*place, "conditions", at), depth + 1) for at, part in parts]
        elif isinstance(one, Not):
            waiting.append((one.condition, (*place, "condition"), depth + 1))


def _condition(one: Condition, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(one, AllOf | AnyOf) and not one.conditions:
        yield place, "at least one condition"
    if isinstance(one, AtLeast):
        if one.amount is None and one.quantity is None:
            yield place, "an `amount`, a `quantity`, or both"
        yield from _at_least(one, "amount", 1, place)
        if one.quantity is not None and not 0 < one.quantity <= _MOST:
            yield (*place, "quantity"), "above 0"
        yield from _items(one.items, (*place, "items"))
    if isinstance(one, Fact) and not one.values:
        yield (*place, "values"), "at least one value"
    if isinstance(one, InTier) and not one.programme:
        yield (*place, "programme"), "the programme whose tiers are meant"


def _sizes(plan: PromotionPlan) -> Iterator[tuple[Place, str]]:
    for name in ("total", "per_member", "per_store", "per_order", "spend"):
        yield from _at_least(plan.limits, name, 1, ("limits",))
    if plan.target is not None:
        for name in ("amount", "units"):
            yield from _at_least(plan.target, name, 1, ("target",))
    if abs(plan.priority) > _MOST_ITEMS:
        yield ("priority",), f"between -{_MOST_ITEMS} and {_MOST_ITEMS}"


def _at_least(owner: object, name: str, least: int, place: Place) -> Iterator[tuple[Place, str]]:
    size: int | Decimal | None = getattr(owner, name, None)
    if size is not None and not least <= size <= _MOST:
        yield (*place, name), f"at least {least} and at most {_MOST}"
