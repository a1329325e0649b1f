"""What a declaration cannot say of Vendure's rows: sums over payments, refunds and surcharges.

Pure: values of a row in, a word or a number of fen out.
"""

from collections.abc import Iterable
from typing import Any

from capabilities.money import Money
from capabilities.order.records import Payment

_HELD = ("Authorized", "Settled")


def fees(surcharges: Any) -> int | None:
    """All surcharges with their tax; None where there is none."""
    return _sum(row.get("priceWithTax") for row in surcharges) if surcharges else None


def paid(payments: Any) -> int:
    """What was settled; a payment that is only authorised may still fail."""
    return _sum(row.get("amount") for row in payments or () if row.get("state") == "Settled")


def refunded(payments: Any) -> int | None:
    """What was given back and has arrived; None where nothing was."""
    given = [
        refund.get("total")
        for row in payments or ()
        for refund in row.get("refunds") or ()
        if refund.get("state") == "Settled"
    ]
    return _sum(given) if given else None


def payments_of(payments: Any, currency: Any) -> tuple[Payment, ...]:
    """Payments that hold; those that were declined or called off are none."""
    return tuple(
        Payment(method=row.get("method"), amount=Money(int(row["amount"]), currency))
        for row in payments or ()
        if row.get("state") in _HELD and row.get("amount") is not None and currency
    )


def payment_state(state: Any, payments: Any, total: Any) -> str:
    """The payments' own states, since the order's says more of its shipping."""
    got, back = paid(payments), refunded(payments) or 0
    if back:
        return "refunded" if back >= got else "refunded in part"
    if got:
        return "paid" if got >= (total or 0) else "paid in part"
    if any(row.get("state") == "Authorized" for row in payments or ()):
        return "authorised"
    return "voided" if state == "Cancelled" else "unpaid"


def _sum(amounts: Iterable[Any]) -> int:
    return sum(int(amount) for amount in amounts if amount is not None)
