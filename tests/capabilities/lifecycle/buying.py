"""Orders of one invented person, by the days on which she bought."""

from datetime import UTC, date, datetime, timedelta

from capabilities.caller import MembershipKey
from capabilities.lifecycle.judging import HeldMembership, person_of
from capabilities.lifecycle.rules import Rules
from capabilities.order.facts import OrderFact
from capabilities.order.records import OrderKind, OrderStatus, PaymentStatus

DAY = date(2026, 3, 1)
RULES = Rules()
MEMBER = (HeldMembership(programme="shop", joined=DAY - timedelta(days=9)),)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def order(number: int, *, named: str | None = None, channel="shop", paid=1000, **more) -> OrderFact:
    """A paid order of 10.00 on a day."""
    facts = {
        "connector": "woo",
        "holder": MembershipKey(channel, "7"),
        "placed_at": datetime(2026, 3, 1, 4, tzinfo=UTC) + timedelta(days=number),
        "business_date": day(number),
        "status": OrderStatus.COMPLETED,
        "payment_status": PaymentStatus.PAID,
        "currency": "CNY",
    } | more
    return OrderFact(channel=channel, number=named or f"o{number}", paid=paid, **facts)


def back(number: int, paid=-1000, **more) -> OrderFact:
    """A return, as a till writes it."""
    return order(number, named=f"r{number}", paid=paid, kind=OrderKind.RETURN, **more)


def person(*facts: OrderFact, memberships=MEMBER, rules=RULES, **more):
    return person_of(facts, memberships, rules, **more)
