"""What a declaration cannot say of orders: one number stands for two ways to be closed.

Pure: values of a row in, a word out.
"""

from typing import Any

_CANCELLED, _PARTLY = "4", "103"


def state(status: Any, pay_time: Any) -> str | None:
    """The status; a cancelled order was given back where it had been paid."""
    if status is None:
        return None
    if str(status) != _CANCELLED:
        return str(status)
    return "closed paid" if pay_time else "closed unpaid"


def payment_state(status: Any, pay_time: Any) -> str | None:
    """An order says when it was paid; what single goods gave back is another list's."""
    if status is None:
        return None
    word = str(status)
    if word == _CANCELLED:
        return "refunded" if pay_time else "voided"
    if word == _PARTLY:
        return "partly"
    return "paid" if pay_time else "unpaid"
