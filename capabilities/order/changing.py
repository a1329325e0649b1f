"""What may be done to an order that the platform holds: pure rules with typed refusals."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct
from msgspec.structs import replace

from capabilities.declined import Declined
from capabilities.order.held import HeldLine, HeldOrder
from capabilities.order.payments import PaymentOutcome
from capabilities.pricing.parts import split


class OrderDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """Nothing was done."""


class ChannelUnsupported(Declined, frozen=True, kw_only=True, tag=True):
    """This channel cannot do it; `channels` are those that can."""

    channels: tuple[str, ...] = ()


class Part(Struct, frozen=True, kw_only=True, gc=False):
    """A part of a line; `amount` is what is given back for it, None for its share."""

    ref: str
    quantity: Decimal
    amount: int | None = None


class GivenBack(Struct, frozen=True, kw_only=True, gc=False):
    """A return as it is recorded: the order after it, and what was given back for which part."""

    order: HeldOrder
    amount: int
    parts: tuple[Part, ...] = ()


def unequal(order: HeldOrder) -> OrderDeclined | None:
    """Why an order cannot be placed as it stands; None where its sums hold."""
    if not order.lines:
        return _no("lines", code="LINES_MISSING")
    for place, line in enumerate(order.lines):
        off = sum(one.amount for one in line.discounts)
        if line.quantity <= 0 or line.total != rounded(line.unit_price * line.quantity) - off:
            return _no("lines", str(place), "total", code="TOTAL_DIFFERS")
        if line.total < 0:
            return _no("lines", str(place), "discounts", code="TOTAL_DIFFERS")
    items = sum(line.total for line in order.lines)
    if order.discount > items or order.total != (
        items - order.discount + order.shipping + order.fees
    ):
        return _no("total", code="TOTAL_DIFFERS")
    if len({line.ref for line in order.lines}) != len(order.lines):
        return _no("lines", code="LINE_TWICE")
    return None


def prorated(order: HeldOrder) -> HeldOrder:
    """The order with what was taken off it as a whole shared out over its lines, exactly."""
    shares = split(order.discount, [line.total for line in order.lines])
    return replace(
        order,
        lines=tuple(
            replace(line, net=line.total - off)
            for line, off in zip(order.lines, shares, strict=True)
        ),
    )


def paid(order: HeldOrder, amount: int, at: datetime) -> HeldOrder | OrderDeclined:
    """A payment that a person takes: never for a closed order, never more than is due."""
    if order.closed:
        return _no("order", code="ORDER_CLOSED")
    if amount <= 0 or amount > order.due:
        return _no("amount", code="PAYMENT_EXCEEDS_DUE")
    return order.changed(at, paid=order.paid + amount)


def received(order: HeldOrder, amount: int, at: datetime) -> tuple[HeldOrder, PaymentOutcome]:
    """A payment that has arrived, whatever stands against it."""
    outcome = PaymentOutcome.CONFIRMED
    if order.closed:
        outcome = PaymentOutcome.LATE
    elif amount > order.due:
        outcome = PaymentOutcome.OVERPAID
    return order.changed(at, paid=order.paid + amount), outcome


def cancelled(order: HeldOrder, at: datetime) -> GivenBack | OrderDeclined:
    """The order given up before anything left; what was paid is given back."""
    if order.closed:
        return _no("order", code="ORDER_CLOSED")
    if order.begun:
        return _no("order", code="ORDER_FULFILLED")
    after = order.changed(at, closed=True, refunded=order.paid)
    return GivenBack(order=after, amount=order.refundable)


def fulfilled(
    order: HeldOrder, parts: Sequence[Part] | None, at: datetime, *, delivered: bool
) -> tuple[HeldOrder, tuple[Part, ...]] | OrderDeclined:
    """Goods that left, or arrived; without parts all that has not left yet."""
    if order.closed:
        return _no("order", code="ORDER_CLOSED")
    going = parts or [
        Part(ref=line.ref, quantity=line.quantity - line.fulfilled)
        for line in order.lines
        if line.quantity > line.fulfilled
    ]
    lines = {line.ref: line for line in order.lines}
    for place, part in enumerate(going):
        line = lines.get(part.ref)
        if line is None:
            return _no("lines", str(place), "ref", code="LINE_UNKNOWN")
        if part.quantity <= 0 or line.fulfilled + part.quantity > line.quantity:
            return _no("lines", str(place), "quantity", code="QUANTITY_EXCEEDED")
        lines[part.ref] = replace(line, fulfilled=line.fulfilled + part.quantity)
    if not going and (order.delivered or not delivered):
        return _no("order", code="ORDER_FULFILLED")
    after = order.changed(at, lines=tuple(lines.values()), delivered=order.delivered or delivered)
    return after, tuple(going)


def returned(
    order: HeldOrder, parts: Sequence[Part], amount: int | None, at: datetime
) -> GivenBack | OrderDeclined:
    """Goods that came back, and money for them; without parts money alone.

    Without an amount a part is worth its share of what its line came to, so that all parts of a
    line together are worth exactly the line.
    """
    if not parts and amount is None:
        return _no("lines", code="LINES_MISSING")
    lines = {line.ref: line for line in order.lines}
    worth = []
    for place, part in enumerate(parts):
        line = lines.get(part.ref)
        if line is None:
            return _no("lines", str(place), "ref", code="LINE_UNKNOWN")
        if part.quantity <= 0 or line.returned + part.quantity > line.fulfilled:
            return _no("lines", str(place), "quantity", code="QUANTITY_EXCEEDED")
        value = _worth(line, part) if part.amount is None else part.amount
        if value < 0:
            return _no("lines", str(place), "amount", code="REFUND_EXCEEDS_PAID")
        worth.append(value)
        lines[part.ref] = _back(line, part.quantity, value)
    given = sum(worth) if amount is None else amount
    if given < 0 or given > order.refundable or (not parts and not given):
        return _no("amount", code="REFUND_EXCEEDS_PAID")
    whole = given == order.refundable and order.paid >= order.total
    after = order.changed(
        at,
        lines=tuple(lines.values()),
        refunded=order.refunded + given,
        closed=order.closed or (whole and order.paid > 0),
    )
    done = tuple(
        Part(ref=part.ref, quantity=part.quantity, amount=value)
        for part, value in zip(parts, worth, strict=True)
    )
    return GivenBack(order=after, amount=given, parts=done)


def rounded(value: Decimal | int) -> int:
    """Minor units, half up as Chinese retail rounds."""
    return int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))


def _worth(line: HeldLine, part: Part) -> int:
    """What a part is worth: all that came back so far is worth its rounded share."""
    after = rounded(line.net * (line.returned + part.quantity) / line.quantity)
    return max(0, after - line.refunded)


def _back(line: HeldLine, quantity: Decimal, value: int) -> HeldLine:
    return replace(line, returned=line.returned + quantity, refunded=line.refunded + value)


def _no(*path: str, code: str) -> OrderDeclined:
    return OrderDeclined(code=code, path=("input", *path))
