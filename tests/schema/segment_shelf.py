"""One segment, and who is in it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs, CountPrecision, TotalCount
from capabilities.segment.conditions import Condition, Tagged
from capabilities.segment.records import (
    Segment,
    SegmentDraft,
    SegmentOutcome,
    SegmentPage,
    SegmentPreview,
    SegmentUnknown,
)
from capabilities.sources import SourceReport, SourceStatus

SEGMENT = Segment(
    name="vips",
    title="贵客",
    where=Tagged(tags=("vip",)),
    version=2,
    author="ops-1",
    reason="autumn",
    changed_at=datetime(2026, 10, 1, 4, tzinfo=UTC),
)
ONE = TotalCount(1, CountPrecision.EXACT)


class SegmentShelf:
    """Implements `schema.segment_part.SegmentPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def all(self) -> Sequence[Segment]:
        return (SEGMENT,)

    async def named(self, name: str) -> Segment | None:
        return SEGMENT if name == SEGMENT.name else None

    async def preview(self, where: Condition) -> SegmentPreview:
        self.asked.append(("preview", where))
        return SegmentPreview(where=where, count=ONE)

    async def people(self, where: Condition, args: ConnectionArgs) -> SegmentPage:
        self.asked.append(("people", where, args))
        return SegmentPage(
            one_ids=("abcdefghijklmnopqrstuvwx", "nobody"),
            places=("s0", "s1"),
            has_next_page=True,
            has_previous_page=False,
            total=TotalCount(10_000, CountPrecision.LOWER_BOUND),
            report=SourceReport(name="platform", status=SourceStatus.OK, count=2),
        )

    async def save(self, draft: SegmentDraft, reason: str, key: str) -> SegmentOutcome:
        self.asked.append(("save", draft, reason, key))
        return self._outcome(draft.name)

    async def remove(self, name: str, reason: str, key: str) -> SegmentOutcome:
        self.asked.append(("remove", name, reason, key))
        return self._outcome(name)

    def _outcome(self, name: str) -> SegmentOutcome:
        if name == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        if name == "none":
            return SegmentUnknown(code="SEGMENT_UNKNOWN", path=("input", "name"))
        return SEGMENT
