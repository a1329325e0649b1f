"""What a declaration cannot say of JD's orders: sums of lines, and what was paid.

Pure: values of a row in, a word or a number out.
"""

from decimal import Decimal
from typing import Any

_OVER = "TRADE_CANCELED"


def gross(price: Any, count: Any) -> Decimal | None:
    """A line before discounts; JD states those for the whole order."""
    if price in (None, "") or count in (None, ""):
        return None
    return Decimal(str(price)) * Decimal(str(count))


def payment_state(state: Any, confirmed: Any) -> str | None:
    """JD says when it was paid; whether money went back is told by another call."""
    if state is None:
        return None
    if confirmed:
        return "closed" if state == _OVER else "paid"
    return "voided" if state == _OVER else "unpaid"


def paid(confirmed: Any, payment: Any) -> Any:
    """The sum, where it was paid."""
    return payment if confirmed else None
