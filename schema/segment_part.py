"""What a resolver may ask of segments."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.page import ConnectionArgs
from capabilities.segment.conditions import Condition
from capabilities.segment.records import (
    Segment,
    SegmentDraft,
    SegmentOutcome,
    SegmentPage,
    SegmentPreview,
)


class SegmentPart(Protocol):
    """Segments, and who is in them."""

    async def all(self) -> Sequence[Segment]:
        """Every segment in force."""

    async def named(self, name: str) -> Segment | None:
        """One segment; None where there is none of this name."""

    async def preview(self, where: Condition) -> SegmentPreview:
        """How many people conditions find; counting ends where it would take long."""

    async def people(self, where: Condition, args: ConnectionArgs) -> SegmentPage:
        """One page of the people whom conditions find and whom the caller may see."""

    async def save(self, draft: SegmentDraft, reason: str, idempotency_key: str) -> SegmentOutcome:
        """Keep conditions under a name, as its next version."""

    async def remove(self, name: str, reason: str, idempotency_key: str) -> SegmentOutcome:
        """Take a segment away."""
