"""A segment's conditions: a typed tree, as data.

Every class here is one kind of condition; a new one needs its SQL in
`store.profile.segment_sql`, its words in `capabilities.segment.words` and its input in the
contract, and tests name what is missing. Days
are counted back from the moment of asking. Channels of one condition are alternatives; people are
asked as a whole, so a condition never mixes what two different people did.
"""

from decimal import Decimal
from typing import Annotated, TypeAlias, get_args

from msgspec import Meta, Struct

from capabilities.member.consent import ConsentMedium, ConsentPurpose
from capabilities.profile.rules import KeyName

Word = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[tuple[Word, ...], Meta(min_length=1, max_length=100)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Month = Annotated[int, Meta(ge=1, le=12)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Share = Annotated[float, Meta(ge=0, le=1)]
DEEPEST = 8
MOST_CONDITIONS = 50
LARGEST_AMOUNT = 1_000_000_000


class _Condition(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", rename="camel"
):
    pass


class All(_Condition, frozen=True, kw_only=True, tag="all", rename="camel"):
    """Every one of these holds."""

    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=20)]


class AnyOf(_Condition, frozen=True, kw_only=True, tag="any", rename="camel"):
    """At least one of these holds."""

    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=20)]


class Not(_Condition, frozen=True, kw_only=True, tag="not", rename="camel"):
    """This does not hold; also for people of whom nothing is known."""

    of: "Condition"


class Stage(_Condition, frozen=True, kw_only=True, tag="stage", rename="camel"):
    """Her stage of life as a customer is one of these, for at least so many days."""

    stages: Words
    for_days: Days | None = None


class Orders(_Condition, frozen=True, kw_only=True, tag="orders", rename="camel"):
    """How many net-paid orders: over all channels, or in these together."""

    channels: Words | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    within_days: Days | None = None


class NetAmount(_Condition, frozen=True, kw_only=True, tag="netAmount", rename="camel"):
    """What she spent in one currency, over all channels or in these together."""

    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    channels: Words | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None


class LastOrder(_Condition, frozen=True, kw_only=True, tag="lastOrder", rename="camel"):
    """When her last net-paid order was; who never bought has none."""

    channels: Words | None = None
    within_days: Days | None = None
    before_days: Days | None = None


class Affinity(_Condition, frozen=True, kw_only=True, tag="affinity", rename="camel"):
    """At least this share of her purchases is of a category or of what lies below it.

    Nobody who refused to be profiled is found by it.
    """

    category: Words
    share: Share = 0.0
    orders: Count | None = None


class Tagged(_Condition, frozen=True, kw_only=True, tag="tagged", rename="camel"):
    """She has one of these tags, and it has not ended."""

    tags: Words


class Member(_Condition, frozen=True, kw_only=True, tag="member", rename="camel"):
    """One of her memberships is all of this at once."""

    channels: Words | None = None
    programmes: Words | None = None
    tiers: Words | None = None
    home_stores: Words | None = None
    joined_within_days: Days | None = None


class Consent(_Condition, frozen=True, kw_only=True, tag="consent", rename="camel"):
    """She may be addressed for this purpose over this medium, now."""

    purpose: ConsentPurpose
    medium: ConsentMedium


class Attribute(_Condition, frozen=True, kw_only=True, tag="attribute", rename="camel"):
    """The value that stands of an attribute is one of these, or a date in one of these months.

    Without values and months: one is known. `months_ahead` counts from the month of asking, which
    is 0. Of a personal attribute no more can be asked than is shown of it: the month of a date.
    """

    key: KeyName
    values: Words | None = None
    months: Annotated[tuple[Month, ...], Meta(min_length=1, max_length=12)] | None = None
    months_ahead: Annotated[int, Meta(ge=0, le=11)] | None = None


Leaf: TypeAlias = (
    Stage | Orders | NetAmount | LastOrder | Affinity | Attribute | Tagged | Member | Consent
)
Condition: TypeAlias = All | AnyOf | Not | Leaf
CONDITIONS: tuple[type, ...] = get_args(Condition)


def parts(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly below one."""
    if isinstance(condition, All | AnyOf):
        return condition.of
    return (condition.of,) if isinstance(condition, Not) else ()


def faults(condition: Condition) -> tuple[str, ...]:
    """What is wrong with a tree beyond its types, each with its place; none for a sound one."""
    found: list[str] = []
    _look(condition, "where", 1, found)
    if _count(condition) > MOST_CONDITIONS:
        found.append(f"where: more than {MOST_CONDITIONS} conditions")
    return tuple(found)


def _look(condition: Condition, place: str, depth: int, found: list[str]) -> None:
    if depth > DEEPEST:
        found.append(f"{place}: deeper than {DEEPEST}")
        return
    reason = _reason(condition)
    if reason:
        found.append(f"{place}: {reason}")
    for number, part in enumerate(parts(condition)):
        inner = f"{place}.of[{number}]" if isinstance(condition, All | AnyOf) else f"{place}.of"
        _look(part, inner, depth + 1, found)


def _reason(condition: Condition) -> str | None:
    """Why a leaf restricts nothing, or nobody can fit it."""
    if isinstance(condition, NetAmount):
        amounts = [one for one in (condition.at_least, condition.at_most) if one is not None]
        if not all(one.is_finite() and 0 <= one <= LARGEST_AMOUNT for one in amounts):
            return f"an amount is from 0 to {LARGEST_AMOUNT}"
    if isinstance(condition, Orders | NetAmount):
        return _span(condition.at_least, condition.at_most, "atLeast", "atMost")
    if isinstance(condition, LastOrder):
        return _span(condition.before_days, condition.within_days, "beforeDays", "withinDays")
    if isinstance(condition, Attribute):
        ways = (condition.values, condition.months, condition.months_ahead)
        if sum(one is not None for one in ways) > 1:
            return "takes one of values, months and monthsAhead"
    if isinstance(condition, Member):
        asked = (condition.channels, condition.programmes, condition.tiers, condition.home_stores)
        if not any(asked) and condition.joined_within_days is None:
            return "restricts nothing"
    return None


def _span(low: int | Decimal | None, high: int | Decimal | None, *names: str) -> str | None:
    if low is None and high is None:
        return f"needs {' or '.join(names)}"
    crossed = low is not None and high is not None and low > high
    return f"{names[0]} is above {names[1]}" if crossed else None


def _count(condition: Condition) -> int:
    return 1 + sum(map(_count, parts(condition)))
