"""What a schema cannot say of a policy: names that must exist, amounts that must rise."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capabilities.points.policy import Policy, Rate, Tiers
from capabilities.points.spans import Span

Place = tuple[str | int, ...]


def nonsense(policy: Policy) -> Iterator[tuple[Place, str]]:
    """Every place that makes no sense, with what would."""
    yield from _head(policy)
    yield from _rate(policy.earn.rate, ("earn", "rate"))
    if policy.earn.return_days < 0:
        yield ("earn", "return_days"), "days are not below zero"
    if policy.earn.valid is not None:
        yield from _span(policy.earn.valid, ("earn", "valid"))
    if policy.tiers is not None:
        yield from _tiers(policy.tiers)
    yield from _names(policy)
    yield from _benefits(policy)
    yield from _exchange(policy)


def _head(policy: Policy) -> Iterator[tuple[Place, str]]:
    if not policy.channels:
        yield ("channels",), "a programme has at least one channel"
    try:
        ZoneInfo(policy.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield ("time_zone",), f"{policy.time_zone!r} is no time zone, such as Asia/Shanghai"


def _rate(rate: Rate, place: Place) -> Iterator[tuple[Place, str]]:
    if rate.points < 1:
        yield (*place, "points"), "a rate gives at least one point"
    if rate.per <= 0:
        yield (*place, "per"), "a rate is for an amount above zero"


def _span(span: Span, place: Place) -> Iterator[tuple[Place, str]]:
    if span.months < 0 or span.days < 0 or not (span.months or span.days):
        yield place, "a length of time has months, days, or both, above zero"


def _tiers(tiers: Tiers) -> Iterator[tuple[Place, str]]:
    yield from _rate(tiers.rate, ("tiers", "rate"))
    yield from _span(tiers.window, ("tiers", "window"))
    yield from _span(tiers.valid, ("tiers", "valid"))
    if not tiers.levels or tiers.levels[0].qualify:
        yield ("tiers", "levels"), "the first level asks for nothing: it is everybody's"
    seen: set[str] = set()
    for at, level in enumerate(tiers.levels):
        place: Place = ("tiers", "levels", at)
        if level.code in seen:
            yield (*place, "code"), f"the level {level.code!r} stands twice"
        seen.add(level.code)
        if at and level.qualify <= tiers.levels[at - 1].qualify:
            yield (*place, "qualify"), "each level asks for more than the one below"
        if level.keep > level.qualify:
            yield (*place, "keep"), "a level is not kept by more than it is reached by"


def _names(policy: Policy) -> Iterator[tuple[Place, str]]:
    known = {level.code for level in policy.tiers.levels} if policy.tiers else set()
    named = [
        *(
            (("earn", "rules", at, "when", "tiers"), rule.when.tiers)
            for at, rule in enumerate(policy.earn.rules)
        ),
        *((("benefits", at, "tiers"), one.tiers) for at, one in enumerate(policy.benefits)),
    ]
    for place, codes in named:
        for at, code in enumerate(codes):
            if code not in known:
                menu = ", ".join(sorted(known)) or "none: there are no tiers"
                yield (*place, at), f"there is no level {code!r}; valid: {menu}"


def _benefits(policy: Policy) -> Iterator[tuple[Place, str]]:
    seen: set[str] = set()
    for at, one in enumerate(policy.benefits):
        place: Place = ("benefits", at)
        if one.code in seen:
            yield (*place, "code"), f"the benefit {one.code!r} stands twice"
        seen.add(one.code)
        if one.uses is not None and one.uses < 1:
            yield (*place, "uses"), "a benefit is used once at least"
        if one.per is not None:
            yield from _span(one.per, (*place, "per"))
            if one.uses is None:
                yield (*place, "per"), "`per` says within which time `uses` are counted"


def _exchange(policy: Policy) -> Iterator[tuple[Place, str]]:
    for at, rule in enumerate(policy.exchange):
        place: Place = ("exchange", at)
        if rule.to == policy.programme:
            yield (*place, "to"), "points are exchanged with another programme"
        if rule.gives < 1 or rule.gets < 1 or rule.least < 1:
            yield place, "`gives`, `gets` and `least` are at least one"
