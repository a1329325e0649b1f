"""Order facts: what the platform keeps of every order of every channel.

Enough for points, lifecycle and statistics, and no personal data: whose an order is says the
membership that holds it.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.money import Money
from capabilities.order.records import (
    Order,
    OrderKind,
    OrderLine,
    OrderStatus,
    PaymentStatus,
    ProductRef,
)
from capabilities.time import local_date

_SETTLED = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})
NEVER_SOLD = frozenset({OrderKind.QUOTE, OrderKind.WORK_ORDER})
CANCELLED = frozenset({OrderStatus.CANCELLED, OrderStatus.CLOSED_REFUNDED})


class LineFact(Struct, frozen=True, kw_only=True, gc=False):
    """What was bought: `net` in minor units of the order's currency, None where nobody says.

    `sku` is the retailer's own code by the crosswalk, None where nothing matched yet.
    """

    ref: str
    sku: str | None = None
    codes: tuple[ProductRef, ...] = ()
    quantity: Decimal | None = None
    net: int | None = None
    gift: bool = False


class OrderFact(Struct, frozen=True, kw_only=True, gc=False):
    """One order as it stands; sums in minor units of `currency`, a return's are negative.

    `paid` is what was received, `refunded` what of it was given back. `holder` is the membership
    that it was made under, None for an anonymous sale. `gone` marks one that its system deleted.
    """

    channel: str
    number: str
    connector: str
    holder: MembershipKey | None = None
    store_code: str | None = None
    placed_at: datetime | None = None
    business_date: date | None = None
    kind: OrderKind = OrderKind.SALE
    status: OrderStatus = OrderStatus.UNKNOWN
    payment_status: PaymentStatus = PaymentStatus.UNKNOWN
    currency: str | None = None
    paid: int = 0
    refunded: int = 0
    lines: tuple[LineFact, ...] = ()
    gone: bool = False

    @property
    def net(self) -> int:
        """What stayed with the retailer, in minor units."""
        return 0 if self.gone else self.paid - self.refunded

    @property
    def sold(self) -> bool:
        """Whether it stands in the books: a sale or a return, neither cancelled nor deleted."""
        return not self.gone and self.kind not in NEVER_SOLD and self.status not in CANCELLED

    @property
    def net_paid(self) -> bool:
        """Whether something was sold, paid and not wholly given back."""
        return self.sold and self.net > 0


def fact_of(
    order: Order,
    zone: ZoneInfo,
    *,
    holder: MembershipKey | None = None,
    sku: Callable[[OrderLine], str | None] = lambda _line: None,
) -> OrderFact:
    """What is kept of an order; `zone` dates one whose source gives no business date."""
    placed = order.placed_at
    day = order.business_date or (None if placed is None else local_date(placed, zone))
    paid, refunded = _paid(order), _refunded(order)
    return OrderFact(
        channel=order.channel,
        number=order.number,
        connector=order.source.connector,
        holder=holder,
        store_code=order.store_code,
        placed_at=placed,
        business_date=day,
        kind=order.kind,
        status=order.status,
        payment_status=order.payment_status,
        currency=order.currency or _currency(order),
        paid=paid,
        refunded=refunded,
        lines=tuple(_line(line, sku(line)) for line in order.lines),
    )


def _line(line: OrderLine, sku: str | None) -> LineFact:
    return LineFact(
        ref=line.ref,
        sku=sku,
        codes=line.codes,
        quantity=line.quantity,
        net=None if line.total is None else line.total.minor,
        gift=line.gift,
    )


def _paid(order: Order) -> int:
    """What the source says was received; else the total of what it calls paid."""
    if order.money.paid is not None:
        return order.money.paid.minor
    if order.payment_status in _SETTLED or order.paid_at is not None:
        return _minor(order.money.total)
    return 0


def _refunded(order: Order) -> int:
    if order.money.refunded is not None:
        return order.money.refunded.minor
    return _paid(order) if order.payment_status is PaymentStatus.REFUNDED else 0


def _minor(money: Money | None) -> int:
    return 0 if money is None else money.minor


def _currency(order: Order) -> str | None:
    return None if order.money.total is None else order.money.total.currency
