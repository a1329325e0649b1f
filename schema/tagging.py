"""Putting words on people, and taking them away."""

from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities.profile import tags
from capabilities.profile.tags import LONGEST_TAG, Tagging
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.profile import MemberTag
from schema.restrict import bounded_text, given
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(tags.Tagged)
class MemberTagged:
    """A person's tags as they stand now."""

    member_id: strawberry.ID = plain("Id of the Member.")
    tags: list[MemberTag] = plain("Her tags, by name.")


@view(tags.TagDeclined)
class TagDeclined(UserError):
    """Nobody was tagged: there is no such person, or the tag would have ended already."""


TagResult = Annotated[
    Union[MemberTagged, TagDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("TagResult", description="What became of a change of tags."),
]

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_TAG = f"The word; at most {LONGEST_TAG} characters."


@strawberry.input(description="A word to be put on a person.")
class TagMemberInput:
    """Whom to tag, and how."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    tag: str = strawberry.field(description=_TAG)
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="When it ends by itself; never where absent."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A word to be taken from a person.")
class UntagMemberInput:
    """Whose tag, and which."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    tag: str = strawberry.field(description=_TAG)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class TagMutations:
    """What can be done with the tags of people."""

    @asked(TagResult | None)
    @staticmethod
    async def tag_member(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            TagMemberInput, strawberry.argument(description="Whom to tag, and how.")
        ],
    ) -> Tagging:
        """Put a tag 标签 on a person, or give it another end."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        tag = bounded_text("tag", input.tag)
        one_id = await _found(info, input.member)
        return await info.context.platform.profile.tag(one_id, tag, given(input.expires_at), key)

    @asked(TagResult | None)
    @staticmethod
    async def untag_member(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            UntagMemberInput, strawberry.argument(description="Whose tag, and which.")
        ],
    ) -> Tagging:
        """Take a tag from a person; one that she does not have is no error."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        tag = bounded_text("tag", input.tag)
        return await info.context.platform.profile.untag(await _found(info, input.member), tag, key)


async def _found(info: Ask, member: strawberry.ID) -> str | None:
    """The person's id now; None where the caller may see no such person."""
    found = await info.context.reader.member_by_one_id(parse_id(member, "Member").key)
    return None if found is None else found.one_id
