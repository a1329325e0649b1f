"""What a declaration cannot say of the rows of store files."""

from typing import Any

from capabilities.money import money
from capabilities.order.records import Payment

_CURRENCY = "CNY"
_LETTERS = {"销售": "S", "Sale": "S", "退货": "R", "Return": "R"}
_CLOSED = ("闭店", "停业", "closed")


def number(store: str, day: str, kind: str, till: str, receipt: str) -> str:
    """The natural key: store, business day, type, till, receipt."""
    return f"{store}-{day.replace('-', '')}-{_LETTERS.get(kind, 'X')}-{till}-{receipt}"


def payments(tender: Any, total: Any) -> tuple[Payment, ...]:
    """One tender a receipt: the dump has no more."""
    return (Payment(method=tender, amount=money(total, _CURRENCY)),) if tender else ()


def is_closed(state: Any) -> bool:
    """Whether the store is marked as closed."""
    return state in _CLOSED
