"""One record of everything about who is whom."""

# ruff: noqa: ARG002 - the shape is the protocol's

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from capabilities.caller import MembershipKey
from capabilities.member.identities import MemberIdentity
from capabilities.member.merging import (
    MembersMerged,
    MembersUnmerged,
    MergeBlock,
    MergeDeclined,
    MergePart,
    MergePreview,
    Merging,
    UnmergePreview,
    Unmerging,
)
from capabilities.member.records import IdentityKind
from capabilities.member.resolution import Evidence
from capabilities.member.review import (
    CandidateDecided,
    CandidateDeclined,
    CandidatePage,
    CandidateState,
    Judging,
    MergeCandidate,
    Verdict,
)
from capabilities.operations import IdempotencyKeyReused

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
_LIN = _WANG = "abcdefghijklmnopqrstuvwx"
IDENTITY = MemberIdentity(
    kind=IdentityKind.PHONE,
    scope="+86",
    value="+8613912345678",
    verified=True,
    first_seen=NOON,
    last_seen=NOON,
    source="pos",
)
PART = MergePart(brand="baiwei", one_id=_LIN, memberships=(MembershipKey("store", "1"),), version=3)
CANDIDATE = MergeCandidate(
    brand="baiwei",
    key="cand1",
    left=_LIN,
    right=_WANG,
    evidence=(Evidence("CONFLICT", "PHONE", "+86"),),
    found_at=NOON,
    score=0.91,
)
BLOCKED = MergeDeclined(
    code="MERGE_BLOCKED",
    path=("input", "members"),
    blocks=(MergeBlock("CONFLICT:WECHAT_UNIONID"),),
)
_REUSED = IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey"))


class IdentityShelf:
    """Implements `schema.identity_part.IdentityPart`; the reason of a wish chooses its answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def identities(self, one_id: str) -> Sequence[MemberIdentity]:
        return (IDENTITY,)

    async def merge_preview(self, one_ids: Sequence[str]) -> MergePreview:
        return MergePreview(
            brand="baiwei", one_id=_LIN, parts=(PART,), coming_along=(PART,), blocks=BLOCKED.blocks
        )

    async def unmerge_preview(self, record: str) -> UnmergePreview:
        return UnmergePreview(parts=(PART,))

    async def candidates(
        self, state: CandidateState, least: float | None, first: int, after: str | None
    ) -> CandidatePage:
        return CandidatePage(pairs=(CANDIDATE,), count=1, end_cursor="place", has_next_page=True)

    async def merge(
        self,
        one_ids: Sequence[str],
        overrides: Collection[str],
        versions: Mapping[str, int],
        reason: str,
        idempotency_key: str,
    ) -> Merging:
        self.asked.append(("merge", list(one_ids), list(overrides), dict(versions), reason))
        if reason == "fine":
            return MembersMerged(brand="baiwei", record="r1", one_id=_LIN, merged=(_WANG,))
        return BLOCKED if reason == "blocked" else _REUSED

    async def unmerge(self, record: str, reason: str, idempotency_key: str) -> Unmerging:
        self.asked.append(("unmerge", record, reason))
        return MembersUnmerged(brand="baiwei", record="r2", parts=(PART,))

    async def split(
        self, memberships: Sequence[MembershipKey], reason: str, idempotency_key: str
    ) -> Unmerging:
        self.asked.append(("split", list(memberships), reason))
        return BLOCKED if reason == "blocked" else _REUSED

    async def judge(
        self,
        candidate: str,
        verdict: Verdict,
        overrides: Collection[str],
        reason: str,
        idempotency_key: str,
    ) -> Judging:
        self.asked.append(("judge", candidate, verdict, list(overrides), reason))
        if reason == "fine":
            return CandidateDecided(
                brand="baiwei",
                key="cand1",
                state=CandidateState.ACCEPTED,
                record="r1",
                one_id=_LIN,
            )
        if reason == "judged":
            return CandidateDeclined(code="CANDIDATE_JUDGED", path=("input", "candidate"))
        return BLOCKED if reason == "blocked" else _REUSED
