"""What a declaration cannot say of orders: sums over lines, boxes and reductions.

Pure: values of a row in, a word or a sum out. Lines come as the mapping reads them.
"""

from decimal import Decimal
from typing import Any

_ONLINE = "2"
_NOT_PAID, _DONE, _CANCELLED = "1", "8", "9"


def payment_state(status: Any, pay_type: Any) -> str | None:
    """Online orders come paid, cash is paid at the door; of what is cancelled nothing is said."""
    if status is None:
        return None
    word = str(status)
    if word == _CANCELLED:
        return "unknown"
    if str(pay_type) == _ONLINE:
        return "unpaid" if word == _NOT_PAID else "paid"
    return "paid" if word == _DONE else "unpaid"


def line_total(price: Any, quantity: Any) -> Decimal | None:
    """What a line costs without its boxes and before the order's reductions."""
    if price is None or quantity is None:
        return None
    return Decimal(str(price)) * Decimal(str(quantity))


def name_of(food_name: Any, box_num: Any, box_price: Any) -> Any:
    """The name. That lines have boxes at all is what the function below needs."""
    del box_num, box_price
    return food_name


def boxes(lines: Any) -> Decimal | None:
    """What boxes cost, of all lines."""
    found = [line_total(line.box_price, line.box_num) for line in lines or ()]
    return sum((one for one in found if one is not None), Decimal(0)) if found else None


def reduced(extras: Any) -> Decimal | None:
    """What is taken off the whole order."""
    found = [extra.reduce_fee for extra in extras or () if extra.reduce_fee is not None]
    return sum((Decimal(str(one)) for one in found), Decimal(0)) if found else None
