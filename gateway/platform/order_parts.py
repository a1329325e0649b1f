"""Parts of an order's lines, as those who change it name them and as systems are told of them."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR

from capabilities.money import Money
from capabilities.order.changing import Part
from capabilities.order.placing import WantedPart
from capabilities.order.records import Order
from capabilities.order.writing import LinePart


def parts_of(parts: Sequence[WantedPart]) -> list[Part]:
    """Parts in minor units, as the rules of an order take them."""
    return [
        Part(
            ref=one.ref,
            quantity=one.quantity,
            amount=None if one.amount is None else one.amount.minor,
        )
        for one in parts
    ]


def worth(order: Order | None, parts: Sequence[WantedPart]) -> tuple[LinePart, ...]:
    """Parts of a system's lines with what they are worth: their share of the line's total.

    A part of no line of the order, or of one whose worth nobody knows, is not among them. Shares
    are rounded down: what was given back for other parts before is the system's to know, and all
    parts of a line together are never worth more than it.
    """
    lines = {} if order is None else {line.ref: line for line in order.lines}
    found = []
    for one in parts:
        line, amount = lines.get(one.ref), one.amount
        if line is None:
            continue
        if amount is None and line.total is not None and line.quantity:
            whole = line.total
            share = whole.minor * one.quantity / line.quantity
            amount = Money(int(share.to_integral_value(ROUND_FLOOR)), whole.currency)
        if amount is not None:
            found.append(LinePart(ref=one.ref, quantity=one.quantity, amount=amount))
    return tuple(found)
