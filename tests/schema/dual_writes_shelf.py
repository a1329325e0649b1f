"""One stuck write of two sides, what becomes of it, and one comparison of both sides."""

# ruff: noqa: ARG002 - the shape is the protocol's

from collections.abc import Sequence
from datetime import UTC, datetime

from capabilities.adoption.drift import DriftSeen
from capabilities.adoption.pending import (
    PendingDeclined,
    PendingRetried,
    PendingWrite,
    Retrying,
)
from capabilities.adoption.shown import Adoption
from capabilities.member.commands import CommandState
from capabilities.operations import IdempotencyKeyReused

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
WRITE = PendingWrite(
    brand="baiwei",
    type="Command",
    command="c1",
    connector="shop",
    channel="shop",
    kind="UPDATE",
    state=CommandState.DEAD,
    reason="UPSTREAM_REFUSED",
    attempts=2,
    created_at=NOON,
    changed_at=NOON,
    next_at=NOON,
)
DRIFT = DriftSeen(compared=9, differing=2, repaired=2, fields={"phone": 2, "name": 1}, at=NOON)


class DualWritesShelf:
    """Answers every question with the one write and the one comparison."""

    async def pending(self, pair: Adoption, first: int) -> Sequence[PendingWrite]:
        return (WRITE,)

    async def drift(self, pair: Adoption, first: int) -> Sequence[DriftSeen]:
        return (DRIFT,)

    async def retry(self, type_: str, command: str, reason: str, idempotency_key: str) -> Retrying:
        if idempotency_key == "reused":
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        if idempotency_key == "none":
            return PendingDeclined(code="COMMAND_UNKNOWN", path=("input", "write"))
        return PendingRetried(write=WRITE)
