"""What the graph shows of an order that the platform holds."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.member.changing import own_source
from capabilities.money import Money
from capabilities.order.held import HeldLine, HeldOrder, Reduction
from capabilities.order.records import Discount, Order, OrderLine, OrderMoney, Payment, ProductRef

_VERSION = "platform/1"


class HeldPayment(Struct, frozen=True, kw_only=True, gc=False):
    """Money that was received for an order."""

    provider: str
    transaction: str
    method: str | None = None
    amount: int
    paid_at: datetime


def customer_of(holder: MembershipKey) -> str:
    """How the platform's own orders name whose they are."""
    return f"{holder.channel}:{holder.number}"


def holder_of(customer: str) -> MembershipKey:
    """The membership that such a name stands for; codes of channels have no colon."""
    channel, _, number = customer.partition(":")
    return MembershipKey(channel, number)


def shown(order: HeldOrder, payments: Sequence[HeldPayment] = ()) -> Order:
    """The order as every source answers one."""
    currency = order.currency

    def money(minor: int) -> Money:
        return Money(minor, currency)

    return Order(
        channel=order.channel,
        number=order.number,
        version=order.version,
        kind=order.kind,
        status=order.status,
        payment_status=order.payment_status,
        fulfillment_status=order.fulfillment_status,
        mapping_version=_VERSION,
        customer=None if order.holder is None else customer_of(order.holder),
        store_code=order.store_code,
        placed_at=order.placed_at,
        business_date=order.business_date,
        paid_at=order.paid_at,
        completed_at=order.completed_at,
        updated_at=order.updated_at,
        currency=currency,
        money=OrderMoney(
            items=money(order.items),
            discount=money(order.discount),
            shipping=money(order.shipping),
            fees=money(order.fees),
            total=money(order.total),
            paid=money(order.paid),
            refunded=money(order.refunded),
            tax_included=True,
        ),
        lines=tuple(_line(line, currency) for line in order.lines),
        payments=tuple(
            Payment(method=one.method, amount=money(one.amount), paid_at=one.paid_at)
            for one in payments
        ),
        discounts=_reductions(order.discounts, currency),
        source=own_source(order.number),
    )


def _line(line: HeldLine, currency: str) -> OrderLine:
    return OrderLine(
        ref=line.ref,
        raw_sku=line.raw_sku,
        codes=line.codes if line.sku is None else (ProductRef("sku", line.sku),),
        name=line.name,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=Money(line.unit_price, currency),
        total=Money(line.total, currency),
        discounts=_reductions(line.discounts, currency),
        gift=line.gift,
    )


def _reductions(some: Sequence[Reduction], currency: str) -> tuple[Discount, ...]:
    return tuple(
        Discount(amount=Money(one.amount, currency), name=one.name, code=one.code) for one in some
    )
