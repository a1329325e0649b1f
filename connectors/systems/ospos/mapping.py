"""Open Source POS's arithmetic: it stores no totals, so they are worked out as its tills do.

Total = Σ(quantity · price − ROUND(discount, 2)), rounded once half up, + added tax + the rounding
of cash. A discount is a percentage of the line, or an amount per unit. Numbers come as text.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from capabilities.money import money
from capabilities.order.records import Discount, OrderLine, Payment, ProductRef
from capabilities.product.codes import canonical_code

_CODE = "item_number"
_CENT = Decimal("0.01")
_NOTHING = Decimal(0)
_FIXED = "1"
_ADDED = "1"
_ADJUSTS = "1"
_MARK = re.compile(r"\[santong ([^\]]*)\]")


def reference_of(comments: Any) -> str | None:
    """The mark that our last write left in what a clerk notes of a customer."""
    found = _MARK.search(str(comments or ""))
    return found.group(1) if found else None


def sale_lines(rows: Any, currency: str) -> tuple[OrderLine, ...]:
    """The lines in order; each is rounded so that together they are the rounded sum."""
    made = []
    exact = shown = _NOTHING
    for row in rows or ():
        sold = _sold(row)
        exact += sold.value
        total = _cents(exact) - shown
        shown += total
        made.append(_line(row, sold, total, currency))
    return tuple(made)


def items(rows: Any) -> Decimal:
    """The rounded sum of the lines, before added tax and the rounding of cash."""
    return _cents(sum([_sold(row).value for row in rows or ()], _NOTHING))


def tax(taxes: Any) -> Decimal | None:
    """Added tax; where none is added, the tax that the prices contain."""
    chosen = [row for row in taxes or () if row["kind"] == _ADDED] or list(taxes or ())
    return sum((Decimal(row["amount"]) for row in chosen), _NOTHING) if chosen else None


def tax_included(taxes: Any) -> bool | None:
    """Whether prices contain the tax; None where there is no tax row."""
    return not any(row["kind"] == _ADDED for row in taxes) if taxes else None


def rounding(payments: Any) -> Decimal | None:
    """The rounding of cash (抹零): what the till keeps as a payment is not paid by anybody."""
    amounts = [Decimal(row["amount"]) for row in payments or () if row["adjusts"] == _ADJUSTS]
    return -sum(amounts, _NOTHING) if amounts else None


def total(rows: Any, taxes: Any, payments: Any) -> Decimal:
    """What the customer pays."""
    added = _NOTHING if tax_included(taxes) is not False else tax(taxes) or _NOTHING
    return items(rows) + _cents(added) + (rounding(payments) or _NOTHING)


def paid(payments: Any) -> Decimal | None:
    """What was paid, less cash given back; None for a sale without a payment."""
    rows = [row for row in payments or () if row["adjusts"] != _ADJUSTS]
    given = (Decimal(row["amount"]) - Decimal(row["refund"]) for row in rows)
    return sum(given, _NOTHING) if rows else None


def sale_payments(payments: Any, currency: str) -> tuple[Payment, ...]:
    """What was paid how, in the till's own words."""
    rows = [row for row in payments or () if row["adjusts"] != _ADJUSTS]
    return tuple(
        Payment(method=row["method"], amount=money(row["amount"], currency)) for row in rows
    )


def card_state(deleted: Any, value: Any) -> str:
    """A gift card that is deleted is void, an empty one redeemed."""
    if str(deleted) == "1":
        return "deleted"
    return "spent" if Decimal(str(value)) <= 0 else "open"


def kit_percent(kind: Any, discount: Any) -> Decimal | None:
    """A kit's discount, where it is a percentage."""
    return Decimal(str(discount)) if str(kind) != _FIXED else None


def kit_amount(kind: Any, discount: Any) -> Decimal | None:
    """A kit's discount, where it is money."""
    return Decimal(str(discount)) if str(kind) == _FIXED else None


class _Sold(NamedTuple):
    """The figures of one line, each read once."""

    quantity: Decimal
    price: Decimal
    discount: Decimal

    @property
    def value(self) -> Decimal:
        """What the line is worth before the sale is rounded."""
        return self.quantity * self.price - self.discount


def _sold(row: Any) -> _Sold:
    quantity, price = Decimal(row["quantity"]), Decimal(row["price"])
    rate = Decimal(row["discount"])
    if not rate:
        return _Sold(quantity, price, _NOTHING)
    if row["discount_type"] == _FIXED:
        return _Sold(quantity, price, _cents(quantity * rate))
    return _Sold(quantity, price, _cents(quantity * price * rate / 100))


def _line(row: Any, sold: _Sold, amount: Decimal, currency: str) -> OrderLine:
    code = canonical_code(_CODE, row["item_number"])
    off = sold.discount
    return OrderLine(
        ref=str(row["line"]),
        raw_sku=row["item_number"],
        codes=(ProductRef(_CODE, code),) if code is not None else (),
        name=row["name"],
        quantity=sold.quantity,
        unit_price=money(sold.price, currency),
        total=money(amount, currency),
        discounts=(Discount(amount=money(off, currency)),) if off > 0 else (),
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)
