"""Who is whom as one caller meets it: previews, merges, the review queue, and masked identities."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from capabilities.audit import Entry
from capabilities.caller import Caller, MembershipKey
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.member.identities import MemberIdentity
from capabilities.member.merging import (
    MembersMerged,
    MembersUnmerged,
    MergeDeclined,
    MergePreview,
    Merging,
    UnmergePreview,
    Unmerging,
)
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
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.asking import Request
from gateway.platform.whole_brand import of_whole_brand
from gateway.redact import redacted_text
from store.access.audit import audited
from store.engine import Run
from store.member.identity_rules import RulesInForce
from store.member.merge_records import Author
from store.member.merging import Merging as Merges
from store.member.merging import looked_at
from store.member.people import People
from store.member.review import Review
from store.member.shown_identities import ShownIdentities
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.wishes import KeyReused, once

_PLATFORM = "platform"
_CURSOR = "candidate:"
_WHY = {
    "MEMBER_UNKNOWN": "one of these ids leads to nobody",
    "MERGE_SAME_MEMBER": "these ids lead to one person already",
    "MERGE_UNKNOWN": "there is no such merge",
    "MERGE_UNDONE": "this merge was undone already",
}


class Identities:
    """Implements `schema.identity_part.IdentityPart`."""

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        store, brand = owned.store, owned.brand
        self._merges = Merges(People(brand, owned.key), RulesInForce(brand))
        self._review = Review(store, brand, self._merges)
        self._shown = ShownIdentities(store, brand, DataKeys(brand, owned.sealer))

    async def identities(self, one_id: str) -> Sequence[MemberIdentity]:
        """What a person is known by in the caller's channels."""
        own = self._caller.visibility.channels

        async def asked(one_ids: Sequence[str]) -> Sequence[Sequence[MemberIdentity]]:
            return await self._shown.of_people(one_ids, own)

        try:
            found: Sequence[MemberIdentity] = await self._request.load_with(
                ("identities", own), asked, one_id
            )
        except StoreUnavailable as exc:
            self._request.notices[_PLATFORM] = SourceReport(
                name=_PLATFORM,
                status=SourceStatus.ERROR,
                code=exc.code,
                message="what the platform keeps of people is missing",
                retryable=True,
            )
            return ()
        return found

    async def merge_preview(self, one_ids: Sequence[str]) -> MergePreview:
        """What a merge would do."""
        self._unbound()
        author = self._author("preview")
        found = await looked_at(
            self._owned.store, lambda run: self._merges.preview(run, one_ids, author)
        )
        preview: MergePreview = _allowed(found)
        return preview

    async def unmerge_preview(self, record: str) -> UnmergePreview:
        """What undoing a merge would leave."""
        self._unbound()
        author = self._author("preview")
        found = await looked_at(
            self._owned.store, lambda run: self._merges.unmerge(run, record, author)
        )
        return UnmergePreview(parts=_allowed(found).parts)

    async def candidates(
        self, state: CandidateState, least: float | None, first: int, after: str | None
    ) -> CandidatePage:
        """The review queue, from a place on."""
        self._unbound()
        place = None if after is None else decode_place(after)
        rows = await self._review.page(state, first + 1, least=least, after=place)
        pairs = tuple(rows[:first])
        return CandidatePage(
            pairs=pairs,
            count=await self._review.count(state, least),
            end_cursor=encode_place(pairs[-1]) if pairs else after,
            has_next_page=len(rows) > first,
        )

    async def merge(
        self,
        one_ids: Sequence[str],
        overrides: Collection[str],
        versions: Mapping[str, int],
        reason: str,
        idempotency_key: str,
    ) -> Merging:
        """Make one person of several."""

        async def do(run: Run) -> MembersMerged | MergeDeclined:
            author = self._author(reason)
            done = await self._merges.merge(
                run, one_ids, author, overrides=overrides, versions=versions
            )
            if isinstance(done, MembersMerged):
                facts = {"merge": done.record, "overrides": " ".join(sorted(overrides))}
                await self._record(run, "member.merged", done.one_id, reason, facts)
            return done

        wish = (
            "mergeMembers",
            sorted(one_ids),
            sorted(overrides),
            sorted(versions.items()),
            reason,
        )
        merged: Merging = await self._wished(
            idempotency_key, wish, MembersMerged | MergeDeclined, do
        )
        return merged

    async def unmerge(self, record: str, reason: str, idempotency_key: str) -> Unmerging:
        """Undo a merge."""

        async def do(run: Run) -> MembersUnmerged | MergeDeclined:
            done = await self._merges.unmerge(run, record, self._author(reason))
            return await self._told(run, done, reason)

        return await self._undone(idempotency_key, ("unmergeMembers", record, reason), do)

    async def split(
        self, memberships: Sequence[MembershipKey], reason: str, idempotency_key: str
    ) -> Unmerging:
        """Take memberships from a person."""
        keys = sorted((one.channel, one.number) for one in memberships)

        async def do(run: Run) -> MembersUnmerged | MergeDeclined:
            done = await self._merges.split(run, keys, self._author(reason))
            return await self._told(run, done, reason)

        return await self._undone(idempotency_key, ("splitMember", keys, reason), do)

    async def _undone(
        self, key: str, wish: Any, do: Callable[[Run], Awaitable[MembersUnmerged | MergeDeclined]]
    ) -> Unmerging:
        unmerged: Unmerging = await self._wished(key, wish, MembersUnmerged | MergeDeclined, do)
        return unmerged

    async def judge(
        self,
        candidate: str,
        verdict: Verdict,
        overrides: Collection[str],
        reason: str,
        idempotency_key: str,
    ) -> Judging:
        """Judge a pair of the queue."""

        async def do(run: Run) -> CandidateDecided | CandidateDeclined | MergeDeclined:
            author = self._author(reason)
            done = await self._review.judge(run, candidate, verdict, author, overrides=overrides)
            if isinstance(done, CandidateDecided):
                facts = {"candidate": candidate, "verdict": verdict.value, "merge": done.record}
                await self._record(run, "member.candidate_judged", done.one_id, reason, facts)
            return done

        wish = ("decideMergeCandidate", candidate, verdict.value, sorted(overrides), reason)
        kind = CandidateDecided | CandidateDeclined | MergeDeclined
        judged: Judging = await self._wished(idempotency_key, wish, kind, do)
        return judged

    async def _told(
        self, run: Run, done: MembersUnmerged | MergeDeclined, reason: str
    ) -> MembersUnmerged | MergeDeclined:
        if isinstance(done, MembersUnmerged):
            facts = {"record": done.record}
            for part in done.parts:
                await self._record(run, "member.unmerged", part.one_id, reason, facts)
        return done

    async def _record(
        self, run: Run, action: str, about: str | None, reason: str, facts: Mapping[str, Any]
    ) -> None:
        entry = Entry(
            action=action,
            actor=self._caller.subject,
            role=self._caller.role.value,
            about=about,
            reason=redacted_text(reason),
            facts=facts,
        )
        await audited(run, self._owned.brand, entry)

    async def _wished(
        self, key: str, wish: Any, kind: Any, do: Callable[[Run], Awaitable[Any]]
    ) -> Any:
        self._unbound()
        who = (self._owned.brand, self._caller.subject, key)
        try:
            return await self._owned.store.transaction(
                lambda run: once(run, who, wish, kind, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)

    def _author(self, reason: str) -> Author:
        return Author(self._caller.subject, redacted_text(reason), self._owned.now())

    def _unbound(self) -> None:
        """Forbidden for a caller of some channels: who is whom is decided over all of them."""
        why = "People are compared, merged and unmerged over the whole brand."
        of_whole_brand(self._caller.visibility, why)


def _allowed(found: Any) -> Any:
    if isinstance(found, MergeDeclined):
        raise BadInput(_WHY[found.code], code=found.code)
    return found


def encode_place(row: MergeCandidate) -> str:
    """The opaque cursor of one pair."""
    score = -1.0 if row.score is None else row.score
    return urlsafe_b64encode(f"{_CURSOR}{score!r}:{row.key}".encode()).rstrip(b"=").decode()


def decode_place(cursor: str) -> tuple[float, str]:
    """The place of a cursor; BadInput when it is none of this list's."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        score, _, key = text.removeprefix(_CURSOR).partition(":")
        place = float(score), key
    except ValueError as exc:
        raise BadInput("this is no cursor of the review queue", code="BAD_CURSOR") from exc
    if not text.startswith(_CURSOR) or not key.isalnum():
        raise BadInput("this is no cursor of the review queue", code="BAD_CURSOR")
    return place
