"""One suggestion, and who handed it in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from capabilities.operations import IdempotencyKeyReused
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    MergedPage,
    PageInfo,
    TotalCount,
)
from capabilities.sources import SourceReport, SourceStatus
from capabilities.suggestions import (
    Deciding,
    Submitting,
    Suggestion,
    SuggestionCount,
    SuggestionDeclined,
    SuggestionFilter,
    SuggestionSource,
    SuggestionStatus,
    SuggestionSubmitted,
)

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
SUGGESTION = Suggestion(
    brand="baiwei",
    key="ab12",
    source=SuggestionSource.FORUM,
    reference="77",
    text="口味太甜",
    submitted_at=NOON,
    author="forum-1",
    status=SuggestionStatus.RESEMBLING,
    product="BW-100123",
    one_id="abcdefghijklmnopqrstuvwx",
    duplicate_of="cd34",
    resembles="cd34",
    similarity=91.5,
    duplicates=2,
    decided_by="ops-1",
    decided_at=NOON,
)


class SuggestionShelf:
    """Implements `schema.suggestion_part.SuggestionPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def page(self, filters: SuggestionFilter, args: ConnectionArgs) -> MergedPage[Suggestion]:
        self.asked.append((filters, args))
        return MergedPage(
            edges=(Edge(node=SUGGESTION, place="q0"),),
            page_info=PageInfo(has_next_page=True, has_previous_page=False, start="q0", end="q0"),
            sources=(SourceReport(name="platform", status=SourceStatus.OK, count=1),),
            total_count=TotalCount(1, CountPrecision.EXACT),
        )

    async def counts(self, first: int) -> Sequence[SuggestionCount]:
        self.asked.append(("counts", first))
        return (SuggestionCount(product_code="BW-100123", suggestions=3, distinct=1),)

    async def submit(self, source: SuggestionSource, text: str, *rest: Any) -> Submitting:
        self.asked.append((source, text, *rest))
        if text == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return SuggestionSubmitted(brand="baiwei", key="ab12")

    async def merge(self, into: str, keys: Sequence[str], key: str) -> Deciding:
        self.asked.append((into, tuple(keys), key))
        if into == "none":
            return SuggestionDeclined(code="SUGGESTION_UNKNOWN", path=("input", "into"))
        return SUGGESTION

    async def decide(self, key: str, status: SuggestionStatus, wish: str) -> Deciding:
        self.asked.append((key, status, wish))
        return SUGGESTION
