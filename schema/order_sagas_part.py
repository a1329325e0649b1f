"""What a resolver may ask of changes over several systems."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.order.sagas import Saga, SagaDiscarding


class OrderSagasPart(Protocol):
    """Changes of orders of several systems that stopped half-way."""

    async def stuck(self) -> Sequence[Saga]:
        """Those that wait for a person, or have not moved for minutes, the oldest first."""

    async def discard(self, saga: str, reason: str, idempotency_key: str) -> SagaDiscarding:
        """Give up what one is stuck at."""
