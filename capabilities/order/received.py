"""Money that arrived, as those see it who give back what is too much, late or nobody's."""

from datetime import datetime

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.payments import PaymentOutcome, slip


class ReceivedPayment(Struct, frozen=True, kw_only=True, gc=False):
    """One payment; `name` is what it is known by at its provider, and `number` its order's."""

    provider: str
    name: str
    channel: str
    number: str
    amount: Money
    method: str | None = None
    outcome: PaymentOutcome
    paid_at: datetime
    received_at: datetime
    matched_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def transaction(self) -> str | None:
        """The number that it has at whoever carried it out; None where nobody said one."""
        return slip(self.provider, self.name)


class OpenPayments(Struct, frozen=True, kw_only=True):
    """Some of those that wait for people, the oldest first."""

    payments: tuple[ReceivedPayment, ...]
    count: int
    end_cursor: str | None = None
    has_next_page: bool = False


class PaymentDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """Nothing was done."""


class PaymentClosed(Struct, frozen=True, kw_only=True, tag=True):
    """A payment that waits for nobody any more."""

    provider: str
    transaction: str


Closing = PaymentClosed | PaymentDeclined | IdempotencyKeyReused
