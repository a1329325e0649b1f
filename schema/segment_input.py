"""Conditions of a segment as the contract takes them: one kind each, and trees of them."""

from decimal import Decimal
from typing import Any, Optional

import strawberry
from strawberry import UNSET

from capabilities.member.consent import ConsentMedium, ConsentPurpose
from capabilities.segment.conditions import Condition
from capabilities.segment.records import read_condition
from schema.restrict import bounded_text


def _field(description: str, **options: Any) -> Any:
    return strawberry.field(description=description, **options)


def _may(description: str, **options: Any) -> Any:
    return strawberry.field(default=UNSET, description=description, **options)


@strawberry.input(description="Her stage of life as a customer.")
class StageCondition:
    """As `capabilities.segment.conditions.Stage`."""

    stages: list[str] = _field("One of these stages.")
    for_days: int | None = _may("For at least so many days.")


@strawberry.input(description="How many orders that were paid and not wholly given back.")
class OrdersCondition:
    """As `Orders`."""

    channels: list[str] | None = _may("In these channels together; in all where absent.")
    at_least: int | None = _may("At least so many.")
    at_most: int | None = _may("At most so many.")
    within_days: int | None = _may("Placed within so many days.")


@strawberry.input(description="What she spent in one currency.")
class NetAmountCondition:
    """As `NetAmount`."""

    currency: str = _field("Code of the currency, such as CNY.")
    channels: list[str] | None = _may("In these channels together; in all where absent.")
    at_least: Decimal | None = _may("At least so much.")
    at_most: Decimal | None = _may("At most so much.")


@strawberry.input(description="When her last order was; who never bought has none.")
class LastOrderCondition:
    """As `LastOrder`."""

    channels: list[str] | None = _may("In these channels; in any where absent.")
    within_days: int | None = _may("Within so many days.")
    before_days: int | None = _may("More than so many days ago.")


@strawberry.input(description="What part of her purchases a category has, with what lies below it.")
class AffinityCondition:
    """As `Affinity`."""

    category: list[str] = _field("The category's path, from the root.")
    share: float = strawberry.field(default=0.0, description="At least this part, from 0 to 1.")
    orders: int | None = _may("In at least so many orders.")


@strawberry.input(
    description="The value that stands of an attribute; known, where nothing else is given. Of a "
    "personal one only the month of a date can be asked."
)
class AttributeCondition:
    """As `Attribute`."""

    key: str = _field("Its name, one of `declaredAttributes`.")
    values: list[str] | None = _may("It is one of these.")
    months: list[int] | None = _may("It is a date in one of these months, from 1 to 12.")
    months_ahead: int | None = _may("It is a date in the month so many from now; 0 is this month.")


@strawberry.input(description="A tag that has not ended.")
class TaggedCondition:
    """As `Tagged`."""

    tags: list[str] = _field("One of these.")


@strawberry.input(description="One of her memberships is all of this at once.")
class MembershipCondition:
    """As `Member`."""

    channels: list[str] | None = _may("In one of these channels.")
    programmes: list[str] | None = _may("In one of these programmes.")
    tiers: list[str] | None = _may("In a tier of one of these codes.")
    home_stores: list[str] | None = _may("Looked after by one of these stores.")
    joined_within_days: int | None = _may("Joined within so many days.")


@strawberry.input(description="She may be addressed, now.")
class ConsentCondition:
    """As `Consent`."""

    purpose: ConsentPurpose = _field("For what.")
    medium: ConsentMedium = _field("By which way.")


@strawberry.input(one_of=True, description="One condition on a person; give exactly one field.")
class SegmentCondition:
    """As `capabilities.segment.conditions.Condition`."""

    all_of: list["SegmentCondition"] | None = _may("Every one of these holds.", name="all")
    any_of: list["SegmentCondition"] | None = _may("At least one of these holds.", name="any")
    not_: Optional["SegmentCondition"] = _may("This does not hold.", name="not")
    stage: StageCondition | None = _may("Her stage.")
    orders: OrdersCondition | None = _may("How many orders.")
    net_amount: NetAmountCondition | None = _may("What she spent.")
    last_order: LastOrderCondition | None = _may("When her last order was.")
    affinity: AffinityCondition | None = _may("A category that she buys.")
    attribute: AttributeCondition | None = _may("An attribute of her profile.")
    tagged: TaggedCondition | None = _may("A tag.")
    member: MembershipCondition | None = _may("A membership.")
    consent: ConsentCondition | None = _may("A consent.")


_NAMES = {"all_of": "all", "any_of": "any", "not_": "not"}


def condition_of(asked_for: SegmentCondition) -> Condition:
    """The conditions as the platform keeps them; BadInput where they mean nothing."""
    return read_condition(_plain(asked_for))


def _plain(asked_for: SegmentCondition) -> dict[str, Any]:
    """The one field that was given, as `conditions` reads it."""
    given = {name: one for name, one in vars(asked_for).items() if one is not UNSET}
    ((name, value),) = given.items()
    if name in ("all_of", "any_of"):
        return {"is": _NAMES[name], "of": [_plain(part) for part in value]}
    if name == "not_":
        return {"is": "not", "of": _plain(value)}
    fields = {
        _camel(field): _value(field, one)
        for field, one in vars(value).items()
        if one is not UNSET and one is not None
    }
    return {"is": _camel(name), **fields}


def _value(field: str, value: Any) -> Any:
    if isinstance(value, str):
        return bounded_text(_camel(field), value)
    if isinstance(value, list):
        return [_value(field, one) for one in value]
    return value


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
