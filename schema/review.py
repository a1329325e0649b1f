"""The review queue: pairs of people with what speaks for and against, judged by people."""

from typing import Annotated, Union

import strawberry
from strawberry import UNSET, Parent

from capabilities.member import records, resolution, review
from capabilities.member.review import CandidateState, Judging, Verdict
from schema.context import Ask
from schema.member import Member
from schema.merging import MergeDeclined, codes_of
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.page import DEFAULT_PAGE
from schema.profile import bounded_first
from schema.restrict import bounded_text, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(resolution.Evidence)
class MergeEvidence:
    """One thing that two people share or differ in."""

    reason: str = plain(
        "Why it did not join them: `CONFLICT` they differ, in it or beside it, `SHARED` too many "
        "share it, `UNSURE` nobody vouches for it, `AMBIGUOUS` it is two others' as well, `LIMIT`, "
        "`CROWD` one person would have too many, `SIMILAR` a model finds it alike."
    )
    kind: str = plain("The kind of identity, or the field.")
    scope: str = plain("Where the identity is unique.")
    weight: float = plain("What it speaks for or against, in bits; 0 where rules found it.")


@view(review.MergeCandidate)
class MergeCandidate:
    """Two people who may be one."""

    id: strawberry.ID = plain("Global id of the pair.")
    score: float | None = plain("How likely a model finds it, 0 to 1; null where rules found it.")
    state: CandidateState = plain("What became of it.")
    evidence: list[MergeEvidence] = plain("What speaks for and against, field by field.")
    left_id: strawberry.ID = plain("Id of the one Member.")
    right_id: strawberry.ID = plain("Id of the other Member.")

    @asked(Member | None)
    @staticmethod
    async def left(candidate: Parent[review.MergeCandidate], info: Ask) -> records.Member | None:
        """The one member, as her systems know her now."""
        info.context.spend(1)
        return await info.context.reader.member_named(candidate.left)

    @asked(Member | None)
    @staticmethod
    async def right(candidate: Parent[review.MergeCandidate], info: Ask) -> records.Member | None:
        """The other member."""
        info.context.spend(1)
        return await info.context.reader.member_named(candidate.right)


@view(review.CandidatePage)
class MergeCandidates:
    """Some pairs of the review queue."""

    pairs: list[MergeCandidate] = plain("The pairs, the likeliest first.")
    count: int = plain("How many there are in all.")
    end_cursor: str | None = plain("Pass it as `after` to go on.")
    has_next_page: bool = plain("Whether there are more.")


@view(review.CandidateDecided)
class CandidateDecided:
    """A verdict that was given."""

    candidate_id: strawberry.ID = plain("Id of the pair.")
    state: CandidateState = plain("What became of it.")
    merge_id: strawberry.ID | None = plain("Id of the merge that it made, to undo it by.")
    resulting_member_id: strawberry.ID | None = plain("Id of the person that stands.")


@view(review.CandidateDeclined)
class CandidateDeclined(UserError):
    """No verdict was given: there is no such pair, or it was judged already."""


CandidateResult = Annotated[
    Union[CandidateDecided, CandidateDeclined, MergeDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("CandidateResult", description="What became of a verdict."),
]


@strawberry.input(description="A verdict on a pair of the review queue.")
class DecideMergeCandidateInput:
    """Which pair, and what of it."""

    candidate: strawberry.ID = strawberry.field(description="Id of the pair.")
    verdict: Verdict = strawberry.field(description="What is to become of it.")
    override: list[str] = strawberry.field(
        default_factory=list, description="Codes of blocks that the caller takes upon herself."
    )
    reason: str = strawberry.field(description="Why; it is kept with the record.")
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class ReviewQueries:
    """What can be asked of the review queue."""

    @asked(MergeCandidates | None)
    @staticmethod
    async def merge_candidates(
        info: Ask,
        first: Annotated[int, strawberry.argument(description="How many: 1 to 100.")] = (
            DEFAULT_PAGE
        ),
        after: Annotated[
            str | None, strawberry.argument(description="Cursor that the page begins behind.")
        ] = UNSET,
        min_score: Annotated[
            float | None, strawberry.argument(description="Only pairs that a model gave this much.")
        ] = UNSET,
        state: Annotated[
            CandidateState, strawberry.argument(description="What became of them.")
        ] = CandidateState.OPEN,
    ) -> review.CandidatePage:
        """The review queue 合并候选, the likeliest pairs first."""
        wanted = bounded_first(first)
        info.context.spend(wanted)
        place = optional_text("after", after)
        return await info.context.platform.identity.candidates(
            state, given(min_score), wanted, place
        )


@strawberry.type
class ReviewMutations:
    """Judging pairs."""

    @asked(CandidateResult | None)
    @staticmethod
    async def decide_merge_candidate(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            DecideMergeCandidateInput,
            strawberry.argument(description="Which pair, and what of it."),
        ],
    ) -> Judging:
        """Judge a pair: merge the two, leave them for now, or keep them apart for good."""
        return await info.context.platform.identity.judge(
            parse_id(input.candidate, "MergeCandidate").key,
            input.verdict,
            codes_of(input.override),
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )
