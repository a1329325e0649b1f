"""A programme to test with: one point a yuan, double for skin care, three tiers."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from capabilities.caller import MembershipKey
from capabilities.order.facts import LineFact, OrderFact
from capabilities.order.records import PaymentStatus
from capabilities.points.policy import (
    Benefit,
    Downgrade,
    Earn,
    EarnRule,
    ExchangeRule,
    Level,
    Policy,
    PolicyVersion,
    Programme,
    Rate,
    Tiers,
    When,
)
from capabilities.points.spans import Span

FIRST = date(2026, 1, 1)
HOLDER = MembershipKey("shop", "7001")
LEVELS = (
    Level(code="BASE"),
    Level(code="SILVER", qualify=500, keep=300),
    Level(code="GOLD", qualify=1000, keep=800),
)


def policy(**changed):
    base = {
        "programme": "club",
        "name": "The club",
        "starts": FIRST,
        "channels": ("shop",),
        "earn": Earn(
            rate=Rate(points=1),
            return_days=14,
            valid=Span(months=12),
            rules=(
                EarnRule(name="skin", multiply=Decimal(2), when=When(categories=("Skin care",))),
                EarnRule(name="gold", multiply=Decimal("1.5"), when=When(tiers=("GOLD",))),
            ),
        ),
        "tiers": Tiers(
            rate=Rate(points=1),
            window=Span(months=12),
            valid=Span(months=12),
            downgrade=Downgrade.STEP,
            levels=LEVELS,
        ),
        "benefits": (
            Benefit(code="birthday", name="A present", uses=1),
            Benefit(code="lounge", name="The lounge", tiers=("GOLD",)),
        ),
        "exchange": (ExchangeRule(to="cafe", gives=100, gets=30, least=100),),
    }
    return Policy(**{**base, **changed})


def programme(*policies):
    versions = enumerate(policies or (policy(),), start=1)
    return Programme(tuple(PolicyVersion(version=n, policy=one) for n, one in versions))


def fact(number, day, yuan, *, back=0, skus=(), **changed):
    """An order of a day since the first, in yuan."""
    on = FIRST + timedelta(days=day)
    status = PaymentStatus.PARTIALLY_REFUNDED if back else PaymentStatus.PAID
    lines = tuple(
        LineFact(ref=str(n), sku=sku, net=yuan * 100 // len(skus)) for n, sku in enumerate(skus)
    )
    base = {
        "channel": "shop",
        "number": number,
        "connector": "shop",
        "holder": HOLDER,
        "placed_at": datetime.combine(on, time(4), tzinfo=UTC),
        "business_date": on,
        "payment_status": status,
        "currency": "CNY",
        "paid": yuan * 100,
        "refunded": back * 100,
        "lines": lines,
    }
    return OrderFact(**{**base, **changed})


def categories(sku):
    return ("Beauty", "Skin care") if sku.startswith("SKIN") else ("Beauty",)
