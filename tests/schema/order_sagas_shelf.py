"""One change over several systems, and what becomes of it."""

# ruff: noqa: ARG002 - the shape is the protocol's

from collections.abc import Sequence

from capabilities.operations import IdempotencyKeyReused
from capabilities.order.sagas import (
    Saga,
    SagaDeclined,
    SagaDiscarded,
    SagaDiscarding,
    SagaState,
)
from tests.schema.order_commands_shelf import NOON

SAGA = Saga(
    brand="baiwei",
    saga="s1",
    state=SagaState.STUCK,
    place=1,
    reason="UPSTREAM_REFUSED",
    waits_for="c1",
    created_at=NOON,
    changed_at=NOON,
)


class OrderSagasShelf:
    """Answers every question with the one."""

    async def stuck(self) -> Sequence[Saga]:
        return (SAGA,)

    async def discard(self, saga: str, reason: str, idempotency_key: str) -> SagaDiscarding:
        if idempotency_key == "reused":
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        if idempotency_key == "none":
            return SagaDeclined(code="SAGA_UNKNOWN", path=("input", "saga"))
        return SagaDiscarded(saga=SAGA)
