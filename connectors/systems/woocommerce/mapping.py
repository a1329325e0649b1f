"""What a declaration cannot say of WooCommerce's rows: sums of pairs, and refunds beside a status.

Pure: values of a row in, a word or a number out. Sums come as text, without tax and tax apart.
"""

from decimal import Decimal
from typing import Any

from capabilities.member.phone import normalise_phone
from capabilities.money import money
from capabilities.order.records import Payment

_AMOUNTS = ("fixed_cart", "fixed_product")
_PAID = ("processing", "completed")
_NOTHING = Decimal(0)


def phone_of(username: Any, billing_phone: Any) -> str | None:
    """The mobile that the shop proved as a log-in, else what was typed at checkout."""
    phone = username if logs_in_by_mobile(username) else billing_phone
    return phone or None


def logs_in_by_mobile(username: Any) -> bool:
    """Whether the log-in name is a mobile number; the shop sends a code to it."""
    return normalise_phone(username) is not None


def plus(amount: Any, tax: Any) -> Decimal | None:
    """A sum and its tax; None where a part is missing."""
    without, added = _number(amount), _number(tax)
    return without + added if without is not None and added is not None else None


def fees(rows: Any) -> Decimal | None:
    """All fee lines with their tax; None where there is none."""
    found = [plus(row.get("total"), row.get("total_tax")) for row in rows or ()]
    return sum((fee for fee in found if fee is not None), _NOTHING) if found else None


def unit_price(subtotal: Any, tax: Any, quantity: Any) -> Decimal | None:
    """Price of one piece with tax, before discounts; the row's own price is without tax."""
    whole, count = plus(subtotal, tax), _number(quantity)
    return whole / count if whole is not None and count else None


def refunded(refunds: Any) -> Decimal | None:
    """What was given back, as a positive sum; the rows hold negative ones."""
    given = [_number(row.get("total")) for row in refunds or ()]
    return -sum((amount for amount in given if amount is not None), _NOTHING) if given else None


def paid(date_paid: Any, total: Any) -> Decimal | None:
    """An order is paid as a whole or not at all."""
    return _number(total) if date_paid else None


def payments(method: Any, total: Any, currency: Any, date_paid: Any) -> tuple[Payment, ...]:
    """The one payment of an order that was paid."""
    amount = paid(date_paid, total)
    return (Payment(method=method, amount=money(amount, currency)),) if amount is not None else ()


def payment_state(status: Any, refunds: Any, total: Any) -> str | None:
    """The status, or that a part was refunded, which leaves the status as it was."""
    given, whole = refunded(refunds), _number(total)
    if status in _PAID and given and whole is not None and given < whole:
        return "refunded in part"
    return str(status) if status else None


def is_public(restrictions: Any) -> bool:
    """A coupon that anybody may use is a promotion with a code."""
    return not restrictions


def is_personal(restrictions: Any) -> bool:
    """A coupon for an address is one person's."""
    return bool(restrictions)


def promotion_kind(discount_type: Any, free_shipping: Any) -> str | None:
    """Free shipping without an amount of its own is still stored as a cart discount."""
    return "free_shipping" if free_shipping is True else discount_type


def percent(discount_type: Any, amount: Any) -> Decimal | None:
    """The amount, where it is a percentage."""
    return _number(amount) if discount_type == "percent" else None


def fixed(discount_type: Any, amount: Any) -> Decimal | None:
    """The amount, where it is money; what a plug-in's own type means is not guessed."""
    return _number(amount) if discount_type in _AMOUNTS else None


def coupon_state(status: Any, limit: Any, used: Any) -> str | None:
    """A published coupon that was used as often as it may be is redeemed."""
    most, count = _number(limit), _number(used)
    if status == "publish" and most and count is not None and count >= most:
        return "used up"
    return str(status) if status else None


def _number(value: Any) -> Decimal | None:
    if type(value) is Decimal:
        return value
    return Decimal(str(value)) if value is not None and value != "" else None
