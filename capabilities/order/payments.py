"""Confirmations of payments: what a provider says has arrived, and what it came to."""

from datetime import datetime
from enum import Enum

from msgspec import Struct


class PaymentOutcome(Enum):
    """What a confirmation came to; money that arrived is never turned away.

    LATE came for an order that was closed before, OVERPAID is more than was due: people give it
    back. UNKNOWN_ORDER and CURRENCY_DIFFERS count in no order.
    """

    CONFIRMED = "CONFIRMED"
    OVERPAID = "OVERPAID"
    LATE = "LATE"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    CURRENCY_DIFFERS = "CURRENCY_DIFFERS"

    @property
    def counts(self) -> bool:
        """Whether the money is in what its order was paid."""
        return self not in (PaymentOutcome.UNKNOWN_ORDER, PaymentOutcome.CURRENCY_DIFFERS)


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
