"""What a declaration cannot say of trades: what was paid, and what was given back.

Pure: values of a row in, a word or a number out. Lines come as the mapping reads them.
"""

from decimal import Decimal
from typing import Any

_BACK = "SUCCESS"


def title_of(title: Any, refund_status: Any) -> Any:
    """The title. That lines have a refund's word at all is what the functions below need."""
    del refund_status
    return title


def payment_state(status: Any, pay_time: Any, lines: Any) -> str | None:
    """A trade says when it was paid; its lines say what went back."""
    if status is None:
        return None
    if not pay_time:
        return "voided" if status == "TRADE_CLOSED_BY_TAOBAO" else "unpaid"
    back = [line.refund_status == _BACK for line in lines or ()]
    if back and all(back):
        return "refunded"
    return "refunded in part" if any(back) else "paid"


def paid(pay_time: Any, payment: Any) -> Any:
    """The sum, where it was paid."""
    return payment if pay_time else None


def refunded(pay_time: Any, lines: Any) -> Decimal | None:
    """Lines that went back, without freight: what a line paid holds it only where it is alone."""
    if not pay_time:
        return None
    back = [line.total_fee or 0 for line in lines or () if line.refund_status == _BACK]
    return sum((Decimal(str(total)) for total in back), Decimal(0))
