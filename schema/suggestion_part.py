"""What a resolver may ask of product suggestions."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.page import ConnectionArgs, MergedPage
from capabilities.suggestions import (
    Deciding,
    Submitting,
    Suggestion,
    SuggestionCount,
    SuggestionFilter,
    SuggestionSource,
    SuggestionStatus,
)


class SuggestionPart(Protocol):
    """What people would change about products."""

    async def page(self, filters: SuggestionFilter, args: ConnectionArgs) -> MergedPage[Suggestion]:
        """A page, the newest first."""

    async def counts(self, first: int) -> Sequence[SuggestionCount]:
        """The products with the most suggestions."""

    async def submit(
        self,
        source: SuggestionSource,
        text: str,
        product: str | None,
        one_id: str | None,
        idempotency_key: str,
    ) -> Submitting:
        """Take one in, compared with those that are there."""

    async def merge(self, into: str, keys: Sequence[str], idempotency_key: str) -> Deciding:
        """Make some, and what repeats them, duplicates of one."""

    async def decide(self, key: str, status: SuggestionStatus, idempotency_key: str) -> Deciding:
        """Say what becomes of one."""
