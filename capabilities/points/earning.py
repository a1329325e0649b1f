"""What an order is worth under a policy, in spendable and in qualifying points."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct

from capabilities.money import Money
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import OrderKind, OrderStatus, PaymentStatus
from capabilities.points.policy import Policy, Rate, Weekday, When

_NEVER_SOLD = frozenset({OrderKind.QUOTE, OrderKind.WORK_ORDER})
_UNPAID = frozenset({PaymentStatus.VOIDED, PaymentStatus.FAILED, PaymentStatus.UNPAID})
_CANCELLED = frozenset({OrderStatus.CANCELLED, OrderStatus.CLOSED_REFUNDED})
_WEEK = tuple(Weekday)

Categories = Callable[[str], tuple[str, ...]]


class Worth(Struct, frozen=True):
    """Points for what was paid, and how many of them stay after what was given back.

    A return's are below zero.
    """

    earned: int = 0
    stays: int = 0


def worth(
    fact: OrderFact, policy: Policy, tier: str | None, categories: Categories, day: date
) -> tuple[Worth, Worth]:
    """Spendable and qualifying points of an order that was made in a tier on a day."""
    if fact.kind in _NEVER_SOLD or fact.payment_status in _UNPAID:
        return Worth(), Worth()
    if fact.currency != policy.currency or not fact.paid:
        return Worth(), Worth()
    parts = list(_parts(fact))
    weights = [(net, _factor(policy, fact, line, tier, categories, day)) for line, net in parts]
    qualifying = sum((net for net, factor in weights if factor), Decimal(0))
    spendable = sum((net * factor for net, factor in weights), Decimal(0))
    left = _left(fact)
    return (
        _points(spendable, policy.earn.rate, policy.currency, left),
        _points(qualifying, policy.tiers.rate, policy.currency, left)
        if policy.tiers is not None
        else Worth(),
    )


def _parts(fact: OrderFact) -> Iterable[tuple[LineFact | None, Decimal]]:
    """Each line with its share of what was paid; never more than was paid, shipping earns nothing.

    An order whose lines say nothing of their sums is one part.
    """
    lines = [line for line in fact.lines if line.net is not None and not line.gift]
    whole = sum(line.net or 0 for line in lines)
    if not lines or whole * fact.paid <= 0:
        yield None, Decimal(fact.paid)
        return
    share = min(Decimal(fact.paid) / whole, Decimal(1))
    for line in lines:
        yield line, (line.net or 0) * share


def _left(fact: OrderFact) -> Decimal:
    """The part of an order that was not given back."""
    if fact.gone or fact.status in _CANCELLED:
        return Decimal(0)
    left = Decimal(fact.paid - fact.refunded) / fact.paid
    return min(max(left, Decimal(0)), Decimal(1))


def _factor(
    policy: Policy,
    fact: OrderFact,
    line: LineFact | None,
    tier: str | None,
    categories: Categories,
    day: date,
) -> Decimal:
    factor = Decimal(1)
    for rule in policy.earn.rules:
        if _applies(rule.when, fact, line, tier, categories, day):
            factor *= rule.multiply
    return factor


def _applies(
    when: When,
    fact: OrderFact,
    line: LineFact | None,
    tier: str | None,
    categories: Categories,
    day: date,
) -> bool:
    sku = None if line is None else line.sku
    path = () if sku is None else categories(sku)
    begun = when.first is None or when.first <= day
    ended = when.last is not None and when.last < day
    return (
        begun
        and not ended
        and (not when.channels or fact.channel in when.channels)
        and (not when.stores or fact.store_code in when.stores)
        and (not when.tiers or tier in when.tiers)
        and (not when.weekdays or _WEEK[day.weekday()] in when.weekdays)
        and (not when.skus or sku in when.skus)
        and (not when.categories or any(one in when.categories for one in path))
    )


def _points(minor: Decimal, rate: Rate, currency: str, left: Decimal) -> Worth:
    """Rounded down once for the order, and once more for what stays of it."""
    unit = Money(1, currency).amount
    exact = minor * unit / rate.per * rate.points
    return Worth(_whole(exact), _whole(exact * left))


def _whole(exact: Decimal) -> int:
    return int(exact.to_integral_value(rounding=ROUND_DOWN))
