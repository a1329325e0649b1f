"""One command of an order, and what becomes of it."""

# ruff: noqa: ARG002 - the shape is the protocol's

from collections.abc import Sequence
from datetime import UTC, datetime

from capabilities.member.commands import CommandState
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.commands import OrderCommand
from capabilities.order.dead_letters import (
    CommandDeclined,
    CommandFilter,
    CommandMoved,
    Moving,
)
from capabilities.order.writing import OrderWriteKind

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
COMMAND = OrderCommand(
    brand="baiwei",
    command="c1",
    connector="erp",
    channel="store",
    kind=OrderWriteKind.RETURN,
    subject="9001",
    number="9001",
    document="R-1",
    state=CommandState.DEAD,
    reason="UPSTREAM_REFUSED",
    attempts=2,
    author="ada",
    created_at=NOON,
    changed_at=NOON,
    next_at=NOON,
)


class OrderCommandsShelf:
    """Answers every question with the one command."""

    async def listed(self, wanted: CommandFilter, first: int) -> Sequence[OrderCommand]:
        return (COMMAND,)

    async def retry(self, command: str, reason: str, idempotency_key: str) -> Moving:
        if idempotency_key == "reused":
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        if idempotency_key == "none":
            return CommandDeclined(code="COMMAND_UNKNOWN", path=("input", "command"))
        return CommandMoved(command=COMMAND)

    async def discard(self, command: str, reason: str, idempotency_key: str) -> Moving:
        return CommandMoved(command=COMMAND)
