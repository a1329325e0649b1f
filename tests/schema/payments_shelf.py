"""One record of everything about payments that arrived."""

# ruff: noqa: ARG002 - the shape is the protocol's

from collections.abc import Sequence
from datetime import UTC, datetime

from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.payments import PaymentOutcome
from capabilities.order.received import (
    Closing,
    OpenPayments,
    PaymentClosed,
    PaymentDeclined,
    ReceivedPayment,
)
from capabilities.order.records import Order

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
RECEIVED = ReceivedPayment(
    provider="bank",
    name="t1",
    channel="store",
    number="9001",
    amount=Money(1290, "CNY"),
    method="CARD",
    outcome=PaymentOutcome.LATE,
    paid_at=NOON,
    received_at=NOON,
    matched_at=NOON,
    closed_at=NOON,
)


class PaymentsShelf:
    """Answers every question with the one record of its kind."""

    async def waiting(self, first: int, after: str | None) -> OpenPayments:
        return OpenPayments(payments=(RECEIVED,), count=1, end_cursor="c", has_next_page=False)

    async def of_order(self, order: Order) -> Sequence[ReceivedPayment]:
        return (RECEIVED,)

    async def close(self, provider: str, transaction: str, reason: str, key: str) -> Closing:
        if transaction == "reused":
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        if transaction == "none":
            return PaymentDeclined(code="PAYMENT_NOT_OPEN", path=("input", "transaction"))
        return PaymentClosed(provider=provider, transaction=transaction)
