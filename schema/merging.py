"""Merging people and undoing it: what would happen, what stands against it, what became of it."""

from collections.abc import Sequence
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities import caller
from capabilities.member import merging
from capabilities.member.merging import Merging, Unmerging
from schema.context import Ask
from schema.keys import MembershipKeyInput
from schema.node import bounded, parse_id
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, given
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_REASON = "Why; it is kept with the record."


@view(caller.MembershipKey)
class MembershipReference:
    """A membership by its business key."""

    channel: str = plain("Code of the channel.", name="channelCode")
    number: str = plain("The member's number in it.")


@view(merging.MergePart)
class MergePart:
    """One of the people of a merge."""

    member_id: strawberry.ID = plain("Id of the Member.")
    memberships: list[MembershipReference] = plain("What is hers.")
    version: int = plain("Version of what is hers; pass it to be sure that nothing has changed.")


@view(merging.MergeBlock)
class MergeBlock:
    """One thing that stands against a merge."""

    code: str = plain(
        "What it is: `CONFLICT:` and the kind of identity in which they differ, `DECIDED` where "
        "somebody keeps them apart, `CROWD` where one person would have too many memberships."
    )


@view(merging.MergePreview)
class MergePreview:
    """What a merge would do."""

    resulting_member_id: strawberry.ID = plain("Id of the person that would stand.")
    parts: list[MergePart] = plain("The people who would become one; memberships only move.")
    coming_along: list[MergePart] = plain(
        "People who would become her too though nobody named them: they match several of the "
        "people, and only what would be overridden keeps them apart."
    )
    blocks: list[MergeBlock] = plain("What would have to be overridden.")


@view(merging.UnmergePreview)
class UnmergePreview:
    """What undoing a merge would leave."""

    parts: list[MergePart] = plain("The people that would stand.")


@view(merging.MembersMerged)
class MembersMerged:
    """A merge that was done."""

    merge_id: strawberry.ID = plain("Id of the merge, to undo it by.")
    resulting_member_id: strawberry.ID = plain("Id of the person that stands.")
    merged_member_ids: list[strawberry.ID] = plain("Ids that lead to her from now on.")


@view(merging.MembersUnmerged)
class MembersUnmerged:
    """An unmerge that was done."""

    parts: list[MergePart] = plain("The people that stand now.")


@view(merging.MergeDeclined)
class MergeDeclined(UserError):
    """Nobody was merged or unmerged."""

    blocks: list[MergeBlock] = plain("What would have to be overridden.")


MergeResult = Annotated[
    Union[MembersMerged, MergeDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("MergeResult", description="What became of a merge."),
]
UnmergeResult = Annotated[
    Union[MembersUnmerged, MergeDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("UnmergeResult", description="What became of an unmerge."),
]


@strawberry.input(description="A person as the caller has seen her.")
class SeenMemberInput:
    """A person and her version."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    version: int = strawberry.field(description="`version` as it was read.")


@strawberry.input(description="People to be made one.")
class MergeMembersInput:
    """Whom to merge, and why."""

    members: list[strawberry.ID] = strawberry.field(
        description="Ids of at least two Members; their order decides nothing."
    )
    override: list[str] = strawberry.field(
        default_factory=list, description="Codes of blocks that the caller takes upon herself."
    )
    seen: list[SeenMemberInput] = strawberry.field(
        default_factory=list, description="Versions that must still stand."
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(
    description="A merge to be undone, or memberships that rules gave to the wrong person."
)
class UnmergeMembersInput:
    """What to undo, and why: a merge, or memberships."""

    merge: strawberry.ID | None = strawberry.field(default=UNSET, description="Id of the merge.")
    memberships: list[MembershipKeyInput] | None = strawberry.field(
        default=UNSET, description="Memberships of one person that are another's."
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class MergeQueries:
    """What can be asked of merges before they are made or undone."""

    @asked(MergePreview | None)
    @staticmethod
    async def merge_preview(
        info: Ask,
        members: Annotated[
            list[strawberry.ID], strawberry.argument(description="Ids of at least two Members.")
        ],
    ) -> merging.MergePreview:
        """What merging members would do: who stands, what moves, what stands against it."""
        return await info.context.platform.identity.merge_preview(one_ids_of(members))

    @asked(UnmergePreview | None)
    @staticmethod
    async def unmerge_preview(
        info: Ask,
        merge: Annotated[strawberry.ID, strawberry.argument(description="Id of the merge.")],
    ) -> merging.UnmergePreview:
        """Whom undoing a merge would leave."""
        record = parse_id(merge, "Merge").key
        return await info.context.platform.identity.unmerge_preview(record)


@strawberry.type
class MergeMutations:
    """Merging and unmerging people."""

    @asked(MergeResult | None)
    @staticmethod
    async def merge_members(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            MergeMembersInput, strawberry.argument(description="Whom to merge, and why.")
        ],
    ) -> Merging:
        """Make one member of several 合并会员: memberships move and stay as they are."""
        seen = {parse_id(one.member, "Member").key: one.version for one in input.seen}
        return await info.context.platform.identity.merge(
            one_ids_of(input.members),
            codes_of(input.override),
            seen,
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )

    @asked(UnmergeResult | None)
    @staticmethod
    async def unmerge_members(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            UnmergeMembersInput, strawberry.argument(description="What to undo, and why.")
        ],
    ) -> Unmerging:
        """Undo a merge 拆分会员, or take memberships from whom rules gave them."""
        part = info.context.platform.identity
        reason = bounded_text("reason", input.reason)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        merge = given(input.merge)
        if merge is not None:
            return await part.unmerge(parse_id(merge, "Merge").key, reason, key)
        listed = given(input.memberships) or []
        bounded(len(listed), "memberships")
        keys = [
            caller.MembershipKey(
                bounded_text("channel", one.channel), bounded_text("number", one.number)
            )
            for one in listed
        ]
        return await part.split(keys, reason, key)


def one_ids_of(members: Sequence[strawberry.ID]) -> list[str]:
    """OneIDs of global ids."""
    bounded(len(members), "members")
    return [parse_id(one, "Member").key for one in members]


def codes_of(codes: Sequence[str]) -> list[str]:
    """Codes of blocks as the caller wrote them."""
    bounded(len(codes), "codes")
    return [bounded_text("override", one) for one in codes]
