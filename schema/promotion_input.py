"""A promotion as the contract takes it: what it is for, on which condition, for which reward."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Optional

import msgspec
import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.money import money
from capabilities.promotion.plans import Execution, PlanFault, PromotionPlan, plan_from
from capabilities.promotion.records import PromotionKind
from schema.restrict import bounded_text, given
from schema.scalars import CurrencyCode

_LONGEST_LIST = 2_000
_LARGEST_EXPONENT = 15


def _field(description: str, **options: Any) -> Any:
    return strawberry.field(description=description, **options)


def _may(description: str, **options: Any) -> Any:
    return strawberry.field(default=UNSET, description=description, **options)


@strawberry.input(description="Which lines are meant; all where nothing is chosen.")
class PromotionItemsInput:
    """As `capabilities.pricing.definition.Items`."""

    skus: list[str] | None = _may("Lines of these skus.")
    categories: list[list[str]] | None = _may("Lines below these category paths, from the root.")
    but_skus: list[str] | None = _may("Never lines of these skus.")
    but_categories: list[list[str]] | None = _may("Never lines below these category paths.")


@strawberry.input(description="The chosen lines cost, or are, at least so much.")
class AtLeastCondition:
    """As `AtLeast`."""

    items: PromotionItemsInput | None = _may("Which lines; all where absent.")
    amount: Decimal | None = _may("What they cost after the reductions before, at least.")
    quantity: Decimal | None = _may("How many pieces or kilograms, at least.")


@strawberry.input(description="The buyer is in a tier of a programme.")
class InTierCondition:
    """As `InTier`."""

    programme: str = _field("Code of the programme.")
    tiers: list[str] | None = _may("One of these tiers; any where absent.")


@strawberry.input(description="An extension point: a named fact of the occasion has such a value.")
class FactCondition:
    """As `Fact`."""

    name: str = _field("Name of the fact, as front ends give it with a quote.")
    values: list[str] = _field("One of these values.")


@strawberry.input(description="A coupon is presented.")
class HasCouponCondition:
    """As `HasCoupon`."""

    template: str = _field("Template of the coupon.")


@strawberry.input(one_of=True, description="One condition on a purchase; give exactly one field.")
class PromotionConditionInput:
    """As `capabilities.pricing.definition.Condition`."""

    all_of: list["PromotionConditionInput"] | None = _may("Every one holds.", name="all")
    any_of: list["PromotionConditionInput"] | None = _may("At least one holds.", name="any")
    not_: Optional["PromotionConditionInput"] = _may("This does not hold.", name="not")
    at_least: AtLeastCondition | None = _may("What the lines cost or are.")
    in_tier: InTierCondition | None = _may("Who buys.")
    first_purchase: bool | None = _may("True: she has bought nothing before, in any channel.")
    fact: FactCondition | None = _may("A fact that the front end tells.")
    has_coupon: HasCouponCondition | None = _may("A coupon that is presented.")


@strawberry.input(description="A share of what the chosen lines cost.")
class PercentOffInput:
    """As `PercentOff`."""

    percent: Decimal = _field("Per cent, above 0 and at most 100.")
    most: Decimal | None = _may("At most this amount.")


@strawberry.input(description="An amount off.")
class AmountOffInput:
    """As `AmountOff`."""

    amount: Decimal = _field("The amount.")
    per: Decimal | None = _may("Once for every full amount of this; once in all where absent.")


@strawberry.input(description="Each chosen piece costs this.")
class UnitPriceInput:
    """As `UnitPrice`."""

    price: Decimal = _field("The price.")


@strawberry.input(description="So many chosen pieces cost this together.")
class BundlePriceInput:
    """As `BundlePrice`."""

    count: int = _field("How many.")
    price: Decimal = _field("What they cost together.")


@strawberry.input(description="Of so many, more are cheaper.")
class BuyGetInput:
    """As `BuyGet`."""

    buy: int = _field("For every so many pieces …")
    get: int | None = _may("… so many more are cheaper, the cheapest: 1.")
    percent: Decimal | None = _may("By so many per cent: 100.")


@strawberry.input(description="Something in the parcel for nothing.")
class GiftInput:
    """As `Gift`."""

    sku: str = _field("What.")
    quantity: int | None = _may("How many: 1.")


@strawberry.input(description="Delivery is cheaper.")
class ShippingOffInput:
    """As `ShippingOff`."""

    percent: Decimal | None = _may("By so many per cent: 100.")
    most: Decimal | None = _may("At most this amount.")


@strawberry.input(one_of=True, description="What a promotion gives; give exactly one field.")
class PromotionRewardInput:
    """As `capabilities.pricing.definition.Reward`."""

    percent_off: PercentOffInput | None = _may("A share.")
    amount_off: AmountOffInput | None = _may("An amount.")
    unit_price: UnitPriceInput | None = _may("A price for each piece.")
    bundle_price: BundlePriceInput | None = _may("A price for several.")
    buy_get: BuyGetInput | None = _may("Some of several cheaper.")
    gift: GiftInput | None = _may("A gift.")
    shipping_off: ShippingOffInput | None = _may("Delivery.")
    points_times: Decimal | None = _may("The purchase earns so many times its points.")
    issue_coupon: str | None = _may("A coupon of this template once the order is paid.")


@strawberry.input(description="A recurring window in the store's own time.")
class PromotionHoursInput:
    """As `Hours`."""

    days: list[int] | None = _may("1 (Monday) to 7 (Sunday); every day where absent.")
    start: str | None = _may("From this local time, such as 18:00; from midnight where absent.")
    end: str | None = _may("Until before this one, past midnight where it is the earlier.")


@strawberry.input(description="How often a promotion may be used; what is absent is no limit.")
class PromotionLimitsInput:
    """As `Limits`."""

    total: int | None = _may("Orders in all.")
    per_member: int | None = _may("Orders of one person.")
    per_store: int | None = _may("Orders of one store.")
    per_order: int | None = _may("Times within one order.")
    budget: Decimal | None = _may("What it may give away in all.")


@strawberry.input(description="What a campaign is to bring.")
class PromotionTargetInput:
    """As `Target`."""

    amount: Decimal | None = _may("Turnover of the orders that use it.")
    units: int | None = _may("Pieces in them.")


@strawberry.input(description="A promotion as it is to be; what is absent has its default.")
class PromotionInput:
    """The contract's form of `PromotionPlan`."""

    id: str = _field("Its id: lower-case letters, digits, `_`, `-`.")
    name: str = _field("What people call it.")
    kind: PromotionKind = _field("What it does.")
    reward: PromotionRewardInput = _field("What it gives.")
    items: PromotionItemsInput | None = _may("Which lines; all where absent.")
    condition: PromotionConditionInput | None = _may("On which condition.")
    starts_at: datetime | None = _may("When it begins.")
    ends_at: datetime | None = _may("When it is over; this moment is no part of it.")
    hours: list[PromotionHoursInput] | None = _may("When within that.")
    channels: list[str] | None = _may("Where; everywhere where absent.")
    stores: list[str] | None = _may("In which stores; in all where absent.")
    scenes: list[str] | None = _may("In which scenes: an event, a live room, a terminal.")
    priority: int | None = _may("The higher comes first: 0.")
    group: str | None = _may("Of a group at most one applies.")
    exclusive: bool | None = _may("It applies alone, or not at all.")
    limits: PromotionLimitsInput | None = _may("How often.")
    currency: CurrencyCode | None = _may("Of all its amounts: CNY.")
    execution: Execution | None = _may("Who takes it off: MIDDLE.")
    target: PromotionTargetInput | None = _may("What it is to bring.")


# Amounts come in major units, and are minor units within.
_AMOUNTS: Mapping[type, frozenset[str]] = {
    AtLeastCondition: frozenset({"amount"}),
    PercentOffInput: frozenset({"most"}),
    AmountOffInput: frozenset({"amount", "per"}),
    UnitPriceInput: frozenset({"price"}),
    BundlePriceInput: frozenset({"price"}),
    ShippingOffInput: frozenset({"most"}),
    PromotionLimitsInput: frozenset({"budget"}),
    PromotionTargetInput: frozenset({"amount"}),
}
_RENAMED = {"budget": "spend"}
_INSIDE = {"points_times": "factor", "issue_coupon": "template"}


def plan_of(wanted: PromotionInput) -> PromotionPlan | PlanFault:
    """The plan; a fault where its parts are no plan."""
    try:
        return plan_from(_fields(wanted, given(wanted.currency) or "CNY"))
    except msgspec.ValidationError as exc:
        message, _, place = str(exc).partition(" - at `$")
        path = tuple(part for part in place.strip("`").replace("[", ".").split(".") if part)
        return PlanFault(message=message, path=tuple(part.rstrip("]") for part in path))


def _fields(wanted: object, currency: str) -> dict[str, Any]:
    """What was given of an input, by the names of its record."""
    amounts = _AMOUNTS.get(type(wanted), frozenset())
    found = {}
    for name, value in vars(wanted).items():
        if value is UNSET or value is None:
            continue
        if name in amounts:
            found[_RENAMED.get(name, name)] = _minor(name, value, currency)
        else:
            found[name] = _value(name, value, currency)
    return found


def _value(name: str, value: Any, currency: str) -> Any:
    if isinstance(value, PromotionConditionInput):
        return _condition(value, currency)
    if isinstance(value, PromotionRewardInput):
        return _reward(value, currency)
    if isinstance(value, list):
        if len(value) > _LONGEST_LIST:
            raise BadInput(f"`{name}` takes at most {_LONGEST_LIST} values.")
        return [_value(name, one, currency) for one in value]
    if isinstance(value, str):
        return bounded_text(name, value)
    if isinstance(value, int | Decimal | datetime | PromotionKind | Execution):
        return value
    return _fields(value, currency)


def _condition(wanted: PromotionConditionInput, currency: str) -> dict[str, Any]:
    ((name, value),) = ((n, v) for n, v in vars(wanted).items() if v is not UNSET)
    if name in ("all_of", "any_of"):
        return {"type": _camel(name), "conditions": _value(name, value, currency)}
    if name == "not_":
        return {"type": "not", "condition": _condition(value, currency)}
    if name == "first_purchase":
        first = {"type": "firstPurchase"}
        return first if value else {"type": "not", "condition": first}
    return {"type": _camel(name), **_fields(value, currency)}


def _reward(wanted: PromotionRewardInput, currency: str) -> dict[str, Any]:
    ((name, value),) = ((n, v) for n, v in vars(wanted).items() if v is not UNSET)
    if name in _INSIDE:
        return {"type": _camel(name), _INSIDE[name]: _value(name, value, currency)}
    return {"type": _camel(name), **_fields(value, currency)}


def _minor(name: str, amount: Decimal, currency: str) -> int:
    """Minor units; BadInput for what is no amount, or finer than the currency."""
    if amount.adjusted() > _LARGEST_EXPONENT:
        raise BadInput(f"`{name}` is too large.")
    found = money(amount, currency)
    if found.amount != amount:
        raise BadInput(f"`{name}` is finer than {currency} has minor units.")
    return found.minor


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
