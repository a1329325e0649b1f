"""What a resolver may ask of commands of orders."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.order.commands import OrderCommand
from capabilities.order.dead_letters import CommandFilter, Moving


class OrderCommandsPart(Protocol):
    """Changes of orders on their way to the systems that own them."""

    async def listed(self, wanted: CommandFilter, first: int) -> Sequence[OrderCommand]:
        """What changed last first."""

    async def retry(self, command: str, reason: str, idempotency_key: str) -> Moving:
        """Try a dead one again."""

    async def discard(self, command: str, reason: str, idempotency_key: str) -> Moving:
        """Give one up."""
