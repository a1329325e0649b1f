"""What a resolver may ask of payments that arrived."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.order.received import Closing, OpenPayments, ReceivedPayment
from capabilities.order.records import Order


class PaymentsPart(Protocol):
    """Payments, as those see them who give back what is too much, late or nobody's."""

    async def waiting(self, first: int, after: str | None) -> OpenPayments:
        """Those that wait for people."""

    async def of_order(self, order: Order) -> Sequence[ReceivedPayment]:
        """All that arrived for an order."""

    async def close(self, provider: str, transaction: str, reason: str, key: str) -> Closing:
        """Say that somebody has seen to one."""
