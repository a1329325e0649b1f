"""Confirmations of payments: what a provider says has arrived, and what it came to."""

from datetime import datetime
from enum import Enum

from msgspec import Struct

# The provider of payments that people took.
DESK = "desk"
_APART = "\x1f"


class PaymentOutcome(Enum):
    """What a confirmation came to; money that arrived is never turned away.

    LATE came for an order that was closed before, OVERPAID is more than was due: people give it
    back. UNKNOWN_ORDER waits for its order and CURRENCY_DIFFERS for a person; KNOWN was taken by a
    person before, KEPT belongs to an order that a system owns: none of these counts in an order.
    """

    CONFIRMED = "CONFIRMED"
    OVERPAID = "OVERPAID"
    LATE = "LATE"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    CURRENCY_DIFFERS = "CURRENCY_DIFFERS"
    KNOWN = "KNOWN"
    KEPT = "KEPT"

    @property
    def counts(self) -> bool:
        """Whether the money is in what its order was paid."""
        return self in COUNTED


COUNTED = frozenset({PaymentOutcome.CONFIRMED, PaymentOutcome.OVERPAID, PaymentOutcome.LATE})


class Confirmation(Struct, frozen=True, kw_only=True, gc=False):
    """Money that arrived, named by its transaction at the provider; `amount` in minor units."""

    provider: str
    transaction: str
    channel: str
    number: str
    amount: int
    currency: str
    method: str | None = None
    paid_at: datetime


class Confirmed(Struct, frozen=True, kw_only=True, gc=False):
    """What a confirmation came to; `duplicate` where it had come before."""

    outcome: PaymentOutcome
    duplicate: bool = False


class Contradicted(Struct, frozen=True, gc=False):
    """The provider told something else of this transaction before; nothing was done."""


def shown_name(channel: str, number: str, shown: str) -> str:
    """What a payment is known by that a person took with a number on its slip.

    It stands within its order: nobody can use up the numbers of other orders' payments.
    """
    return _APART.join((channel, number, shown))


def wished_name(subject: str, key: str) -> str:
    """The same where nobody said a number: by who took it, and her key. No slip is named so."""
    return _APART.join(("", subject, key))


def slip(provider: str, transaction: str) -> str | None:
    """The number that a payment has at whoever carried it out; None where nobody said one."""
    if provider != DESK:
        return transaction
    channel, _, shown = transaction.split(_APART, 2)
    return shown if channel else None
