"""What a declaration cannot say of orders: one word stands for two ways to be closed.

Pure: values of a row in, a word or a sum out.
"""

from typing import Any

_CLOSED = "TRADE_CLOSED"
_ALL_BACK, _SOME_BACK = "12", "2"


def state(status: Any, pay_time: Any) -> Any:
    """The status; a closed order was cancelled, or given back after it was paid."""
    if status != _CLOSED:
        return status
    return "closed paid" if pay_time else "closed unpaid"


def payment_state(status: Any, pay_time: Any, refund_state: Any) -> str | None:
    """An order says when it was paid, and how much of it went back."""
    if status is None:
        return None
    if not pay_time:
        return "voided" if status == _CLOSED else "unpaid"
    back = {_ALL_BACK: "refunded", _SOME_BACK: "refunded in part"}
    return back.get(str(refund_state), "paid")


def paid(pay_time: Any, payment: Any) -> Any:
    """The sum, where it was paid."""
    return payment if pay_time else None
