"""What a resolver may ask of writes that have two sides."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.adoption.drift import DriftSeen
from capabilities.adoption.pending import PendingWrite, Retrying
from capabilities.adoption.shown import Adoption


class DualWritesPart(Protocol):
    """Writes that one side has and the other not yet, and in what both sides differ."""

    async def pending(self, pair: Adoption, first: int) -> Sequence[PendingWrite]:
        """What its system was not told of yet, or did not take; the stuck ones first."""

    async def drift(self, pair: Adoption, first: int) -> Sequence[DriftSeen]:
        """What the last comparisons of both sides as a whole found, the newest first."""

    async def retry(self, type_: str, command: str, reason: str, idempotency_key: str) -> Retrying:
        """Try a stuck one again."""
