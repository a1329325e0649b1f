"""Conflicts as a resolver meets them: one that was decided, so that every field holds something."""

# ruff: noqa: ARG002 - the shape is the protocol's

from typing import Any

from capabilities.member.conflicts import (
    ConflictDecided,
    ConflictDeclined,
    ConflictState,
    MemberConflict,
)
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import CountPrecision, Edge, MergedPage, PageInfo, TotalCount
from capabilities.sources import SourceReport, SourceStatus
from tests.schema.adoption_shelf import AT as MOMENT

CONFLICT = MemberConflict(
    brand="baiwei",
    key="c1",
    revision="9f2c41d07ab6e358",
    channel="shop",
    number="8001",
    connector="woo",
    fields=("phone",),
    ours={"phone": "139****5678"},
    theirs={"phone": "138****0000"},
    state=ConflictState.PLATFORM_KEPT,
    found_at=MOMENT,
    decided_at=MOMENT,
    decided_by="ada",
    reason="asked her",
)


class ConflictShelf:
    """Implements `schema.conflict_part.ConflictPart`."""

    async def page(self, *_asked: Any) -> MergedPage[MemberConflict]:
        return MergedPage(
            edges=(Edge(node=CONFLICT, place="place"),),
            page_info=PageInfo(
                has_next_page=False, has_previous_page=False, start="place", end="place"
            ),
            sources=(SourceReport(name="platform", status=SourceStatus.OK, age_ms=0, count=1),),
            total_count=TotalCount(1, CountPrecision.EXACT),
        )

    async def decide(self, conflict: str, revision: str, keep: Any, reason: str, key: str) -> Any:
        match key:
            case "declined":
                return ConflictDeclined(code="CONFLICT_UNKNOWN", path=("input", "conflict"))
            case "reused":
                path = ("input", "idempotencyKey")
                return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
            case _:
                return ConflictDecided(brand="baiwei", key=conflict, state=CONFLICT.state)
