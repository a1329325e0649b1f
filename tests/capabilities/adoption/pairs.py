"""Random records, the same ones written differently, and defects of every kind."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from capabilities.estate import Capability
from capabilities.member.records import (
    Contact,
    Identity,
    IdentityKind,
    Membership,
    MembershipStatus,
    Points,
    Tier,
    ToldAttribute,
)
from capabilities.money import Money
from capabilities.native import Native
from capabilities.order.records import (
    Discount,
    FulfillmentStatus,
    IntegrityWarning,
    Order,
    OrderKind,
    OrderLine,
    OrderMoney,
    OrderStatus,
    Payment,
    PaymentStatus,
    ProductRef,
)
from capabilities.promotion.records import Promotion, PromotionKind, PromotionStatus
from capabilities.sources import SourceRef

LEGACY = SourceRef(connector="shop", system="woocommerce", external_id="7")
PLATFORM = SourceRef(connector="platform", system="platform", external_id="7")
NOON = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
SHANGHAI = timezone(timedelta(hours=8))
_SUMS = ("items", "discount", "shipping", "tax", "fees", "total", "paid", "refunded")


def chance_of(seed: int) -> random.Random:
    """The same draws for the same seed."""
    return random.Random(seed)  # noqa: S311 - no secret


def record(chance: random.Random, capability: Capability) -> Any:
    """A record with a value in every field."""
    return _MADE[capability](chance)


def _moment(chance: random.Random) -> datetime:
    return NOON - timedelta(seconds=chance.randrange(100_000_000), microseconds=chance.randrange(9))


def _money(chance: random.Random) -> Money:
    return Money(chance.randrange(1_000, 10_000_000), "CNY")


def _word(chance: random.Random) -> str:
    return chance.choice(["Gold", "VIP", "金卡", "S017", "Été", "a-b", "普通 会员"])


def _membership(chance: random.Random) -> Membership:
    number = f"13{chance.randrange(10**9):09d}"
    return Membership(
        channel="shop",
        number=str(chance.randrange(10**6)),
        programme=_word(chance),
        status=chance.choice(list(MembershipStatus)),
        source_status=("active", "paid", "old"),
        tier=Tier(code=_word(chance), name=_word(chance), valid_to=date(2027, 1, 1)),
        points=Points(available=chance.randrange(1, 10**6), pending=chance.randrange(1, 100)),
        joined_at=_moment(chance),
        home_store_code=_word(chance),
        contact=Contact(
            name=f"{chance.choice('林王李张')}小{chance.choice('满明红')}",
            phone=f"+86{number}",
            phone_verified=True,
            email=f"Lin{chance.randrange(999)}@Example.com",
            email_verified=chance.random() < 0.5,
            card_number=f"C{chance.randrange(10**8)}",
            identities=(
                Identity(IdentityKind.JD_PIN, "jd", f"p{chance.randrange(999)}"),
                Identity(IdentityKind.WECHAT_OPENID, "wx", f"o{chance.randrange(999)}"),
                Identity(IdentityKind.DEVICE, "app", "d"),
            ),
            attributes=(ToldAttribute("size", "L", 0.5), ToldAttribute("style", "plain")),
        ),
        native=Native("ShopMembership", (("group", "b2c"), ("level", 3), ("blocked", False))),
        source=LEGACY,
    )


def _line(chance: random.Random, ref: str) -> OrderLine:
    return OrderLine(
        ref=ref,
        raw_sku=f"SKU-{chance.randrange(999)}",
        codes=(ProductRef("sku", f"S{chance.randrange(99)}"), ProductRef("barcode", "690")),
        name=_word(chance),
        quantity=Decimal(chance.randrange(1, 900)) / 100,
        unit="pcs",
        unit_price=_money(chance),
        total=_money(chance),
        tax=_money(chance),
        discounts=(Discount(amount=_money(chance), name="11.11"), Discount(amount=_money(chance))),
        gift=chance.random() < 0.5,
    )


def _order(chance: random.Random) -> Order:
    at = _moment(chance)
    payments = tuple(
        Payment(method=method, amount=_money(chance), paid_at=at + timedelta(minutes=minutes))
        for method, minutes in (("wechat", 1), ("gift card", 7))
    )
    return Order(
        channel="shop",
        number=str(chance.randrange(10**8)),
        kind=chance.choice(list(OrderKind)),
        status=chance.choice(list(OrderStatus)),
        payment_status=chance.choice(list(PaymentStatus)),
        fulfillment_status=chance.choice(list(FulfillmentStatus)),
        source_status=("processing", "paid", "open"),
        customer=str(chance.randrange(999)),
        store_code=_word(chance),
        placed_at=at,
        business_date=at.date(),
        paid_at=at + timedelta(minutes=1),
        completed_at=at + timedelta(days=1),
        updated_at=at + timedelta(days=1),
        currency="CNY",
        money=OrderMoney(**{name: _money(chance) for name in _SUMS}, tax_included=True),
        lines=tuple(_line(chance, str(n)) for n in range(1, 4)),
        payments=payments,
        discounts=(Discount(amount=_money(chance), code="A"), Discount(amount=_money(chance))),
        notes=("first note", "second note"),
        native=Native("ShopOrder", (("cashier", "3"), ("till", 4))),
        integrity_warnings=(IntegrityWarning("SUM", "a"), IntegrityWarning("TAX", "b")),
        source=LEGACY,
    )


def _promotion(chance: random.Random) -> Promotion:
    at = _moment(chance)
    return Promotion(
        channel="shop",
        key=str(chance.randrange(10**6)),
        name=_word(chance),
        kind=chance.choice(list(PromotionKind)),
        status=chance.choice(list(PromotionStatus)),
        source_status=("publish", "public", "new"),
        starts_at=at,
        ends_at=at + timedelta(days=7),
        percent=Decimal(chance.randrange(1, 900)) / 10,
        amount=_money(chance),
        minimum=_money(chance),
        usage_limit=chance.randrange(1_000, 2_000),
        used=chance.randrange(1, 1_000),
        native=Native("ShopPromotion", (("scope", "all"), ("rank", 3))),
        source=LEGACY,
    )


_MADE: Mapping[Capability, Callable[[random.Random], Any]] = {
    Capability.MEMBER: _membership,
    Capability.ORDER: _order,
    Capability.PROMOTION: _promotion,
}


# The same record as another system writes it.


def rewritten(chance: random.Random, one: Any) -> Any:
    """The same record with every value written in some other way."""
    again = _REWRITTEN[type(one)](chance, one)
    return replace(again, source=PLATFORM)


def _blank(chance: random.Random, text: str) -> str:
    return chance.choice(["{}", " {}", "{} ", "\t{}\n"]).format(text)


def _same_moment(chance: random.Random, at: datetime) -> datetime:
    """In another zone; one side keeps parts of a second and the other does not."""
    cut = at.replace(microsecond=0) if chance.random() < 0.5 else at
    cut += timedelta(microseconds=chance.randrange(400_000))
    return cut.astimezone(chance.choice([UTC, SHANGHAI]))


def _shuffled(chance: random.Random, some: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(chance.sample(some, len(some)))


def _same_phone(chance: random.Random, phone: str) -> str:
    bare = phone.removeprefix("+86")
    forms = [phone, bare, f"0086{bare}", f"+86 {bare[:3]} {bare[3:7]} {bare[7:]}"]
    return chance.choice([*forms, f"{bare[:3]}-{bare[3:7]}-{bare[7:]}"])


def _same_money(chance: random.Random, money: Money) -> Any:
    return chance.choice([money, Money(money.minor, money.currency.lower())])


def _same_discounts(chance: random.Random, some: tuple[Discount, ...]) -> tuple[Discount, ...]:
    return _shuffled(
        chance,
        tuple(replace(d, amount=_same_money(chance, d.amount), name=d.name or "") for d in some),
    )


def _membership_again(chance: random.Random, one: Membership) -> Membership:
    contact, tier, points = one.contact, one.tier, one.points
    return replace(
        one,
        programme=_blank(chance, one.programme),
        status=chance.choice([one.status, one.status.name.lower()]),
        source_status=tuple(_blank(chance, word) for word in one.source_status),
        tier=replace(tier, code=_blank(chance, tier.code), name=_blank(chance, tier.name)),
        points=replace(
            points, available=chance.choice([points.available, f"{points.available}.00"])
        ),
        joined_at=_same_moment(chance, one.joined_at),
        home_store_code=_blank(chance, one.home_store_code),
        contact=replace(
            contact,
            name=_blank(chance, contact.name),
            phone=_same_phone(chance, contact.phone),
            email=_blank(chance, chance.choice([contact.email.lower(), contact.email])),
            card_number=_blank(chance, contact.card_number),
            identities=_shuffled(chance, contact.identities),
            attributes=_shuffled(chance, contact.attributes),
        ),
        native=replace(one.native, values=_shuffled(chance, one.native.values)),
    )


def _line_again(chance: random.Random, line: OrderLine) -> OrderLine:
    return replace(
        line,
        raw_sku=_blank(chance, line.raw_sku),
        codes=_shuffled(chance, line.codes),
        quantity=chance.choice(
            [line.quantity, line.quantity * Decimal("1.000"), str(line.quantity)]
        ),
        unit=chance.choice([line.unit, line.unit.upper(), f" {line.unit}"]),
        unit_price=_same_money(chance, line.unit_price),
        total=_same_money(chance, line.total),
        discounts=_same_discounts(chance, line.discounts),
    )


def _order_again(chance: random.Random, one: Order) -> Order:
    sums = {name: _same_money(chance, getattr(one.money, name)) for name in _SUMS}
    payments = tuple(
        replace(p, method=p.method.upper(), paid_at=_same_moment(chance, p.paid_at))
        for p in one.payments
    )
    return replace(
        one,
        mapping_version="platform/1",
        status=chance.choice([one.status, one.status.name.lower().replace("_", "-")]),
        source_status=tuple(_blank(chance, word) for word in one.source_status),
        customer=_blank(chance, one.customer),
        placed_at=_same_moment(chance, one.placed_at),
        paid_at=_same_moment(chance, one.paid_at),
        completed_at=_same_moment(chance, one.completed_at),
        updated_at=_same_moment(chance, one.updated_at),
        currency=chance.choice([one.currency, one.currency.lower()]),
        money=replace(one.money, **sums),
        lines=_shuffled(chance, tuple(_line_again(chance, line) for line in one.lines)),
        payments=_shuffled(chance, payments),
        discounts=_same_discounts(chance, one.discounts),
        notes=tuple(_blank(chance, note) for note in one.notes),
        native=replace(one.native, values=_shuffled(chance, one.native.values)),
        integrity_warnings=_shuffled(chance, one.integrity_warnings),
    )


def _promotion_again(chance: random.Random, one: Promotion) -> Promotion:
    return replace(
        one,
        name=_blank(chance, one.name),
        kind=chance.choice([one.kind, one.kind.name.lower()]),
        status=chance.choice([one.status, one.status.name.lower()]),
        source_status=tuple(_blank(chance, word) for word in one.source_status),
        starts_at=_same_moment(chance, one.starts_at),
        ends_at=_same_moment(chance, one.ends_at),
        percent=chance.choice([one.percent, one.percent * Decimal("1.00"), str(one.percent)]),
        amount=_same_money(chance, one.amount),
        minimum=_same_money(chance, one.minimum),
        used=chance.choice([one.used, f"{one.used}.0"]),
        native=replace(one.native, values=_shuffled(chance, one.native.values)),
    )


_REWRITTEN: Mapping[type, Callable[[random.Random, Any], Any]] = {
    Membership: _membership_again,
    Order: _order_again,
    Promotion: _promotion_again,
}
