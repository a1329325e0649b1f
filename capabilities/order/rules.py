"""Rules of orders that hold for every source."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from capabilities.money import Money
from capabilities.order.records import IntegrityWarning, Order, OrderKind


def settle(order: Order) -> Order:
    """The order with its kind and integrity warnings decided by rule; figures stay as they are."""
    kind = OrderKind.RETURN if _is_negative(order) else order.kind
    warnings = (*_sum_warnings(order), *_refund_warnings(order))
    if kind is order.kind and not warnings:
        return order
    return replace(order, kind=kind, integrity_warnings=(*order.integrity_warnings, *warnings))


def _is_negative(order: Order) -> bool:
    """A negative sale is a return, whatever its source calls it."""
    if order.kind is not OrderKind.SALE:
        return False
    if order.total is not None and order.total.minor != 0:
        return order.total.minor < 0
    quantities = [line.quantity for line in order.lines if line.quantity is not None]
    return bool(quantities) and max(quantities) < Decimal(0)


def _sum_warnings(order: Order) -> tuple[IntegrityWarning, ...]:
    """Lines, shipping and fees less discount (plus tax if exclusive) must be the total."""
    sums, currency = order.money, order.currency
    if sums.total is None or currency is None or not order.lines:
        return ()
    parts = [line.total for line in order.lines]
    if None in parts:
        return ()
    parts += (sums.shipping, sums.fees, sums.tax if sums.tax_included is False else None)
    off = _minor(parts, currency) - _minor((sums.discount,), currency) - sums.total.minor
    if off == 0:
        return ()
    text = f"the parts differ from the total by {_text(Money(off, currency))}"
    return (IntegrityWarning("SUM_DIFFERS", text),)


def _minor(parts: Iterable[Money | None], currency: str) -> int:
    """The sum of what is there; ValueError for a part of another currency than the order's."""
    whole = 0
    for part in parts:
        if part is not None:
            if part.currency != currency:
                raise ValueError(f"cannot add {part.currency} to {currency}")
            whole += part.minor
    return whole


def _refund_warnings(order: Order) -> tuple[IntegrityWarning, ...]:
    paid, refunded = order.money.paid, order.money.refunded
    if paid is None or refunded is None or refunded.minor <= paid.minor:
        return ()
    return (IntegrityWarning("REFUNDED_MORE_THAN_PAID", "more was refunded than was paid"),)


def _text(value: Money) -> str:
    return f"{value.amount} {value.currency}"
