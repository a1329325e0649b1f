"""What a resolver may ask and change of who is whom."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from capabilities.caller import MembershipKey
from capabilities.member.identities import MemberIdentity
from capabilities.member.merging import MergePreview, Merging, UnmergePreview, Unmerging
from capabilities.member.review import CandidatePage, CandidateState, Judging, Verdict


class IdentityPart(Protocol):
    """Who is whom: read in waves, changed by people with a reason, each change recorded."""

    async def identities(self, one_id: str) -> Sequence[MemberIdentity]:
        """What a person is known by; nothing, with a notice, while the store is away."""

    async def merge_preview(self, one_ids: Sequence[str]) -> MergePreview:
        """What a merge would do; BadInput where it cannot be."""

    async def unmerge_preview(self, record: str) -> UnmergePreview:
        """What undoing a merge would leave; BadInput where it cannot be."""

    async def candidates(
        self, state: CandidateState, least: float | None, first: int, after: str | None
    ) -> CandidatePage:
        """The review queue, the likeliest pair first."""

    async def merge(
        self,
        one_ids: Sequence[str],
        overrides: Collection[str],
        versions: Mapping[str, int],
        reason: str,
        idempotency_key: str,
    ) -> Merging:
        """Make one person of several."""

    async def unmerge(self, record: str, reason: str, idempotency_key: str) -> Unmerging:
        """Undo a merge."""

    async def split(
        self, memberships: Sequence[MembershipKey], reason: str, idempotency_key: str
    ) -> Unmerging:
        """Take memberships from a person whom rules made of several."""

    async def judge(
        self,
        candidate: str,
        verdict: Verdict,
        overrides: Collection[str],
        reason: str,
        idempotency_key: str,
    ) -> Judging:
        """Judge a pair of the queue."""
