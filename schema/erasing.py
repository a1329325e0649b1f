"""Erasures: a person is made gone, and what every place that knew her did about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Union

import strawberry

from capabilities.member import erasure
from capabilities.member.erasure import ErasureState
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.page import DEFAULT_PAGE
from schema.profile import FirstOf, bounded_first
from schema.restrict import bounded_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(erasure.ErasurePlace)
class ErasurePlace:
    """One place that knew an erased person."""

    place: str = plain("A part of the platform, or a system by connector, channel and number.")
    state: ErasureState = plain("How far it is.")
    changed_at: datetime = plain("Since when.")


@view(erasure.Erasure)
class Erasure:
    """One erasure: by whom, why, and how every place stands. It names nobody any more."""

    id: strawberry.ID = plain("Id of the erasure.")
    one_id: strawberry.ID = plain("The id that the person had; it is never given out again.")
    author: str = plain("Subject of who did it.")
    reason: str = plain("Why, in the author's words.")
    erased_at: datetime = plain("When.")
    places: list[ErasurePlace] = plain("Every place that knew her.")


@view(erasure.EraseDeclined)
class EraseDeclined(UserError):
    """Nobody was erased: there is no such person, or not any more."""


EraseMemberResult = Annotated[
    Union[Erasure, EraseDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("EraseMemberResult", description="What became of an erasure."),
]


@strawberry.input(description="A person to be erased.")
class EraseMemberInput:
    """Who, and why."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    reason: str = strawberry.field(
        description="Why, such as a ticket's number; nothing personal. At most 200 characters."
    )
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class ErasureQueries:
    """What can be asked about erasures."""

    @asked(list[Erasure])
    @staticmethod
    async def erasures(info: Ask, first: FirstOf = DEFAULT_PAGE) -> Sequence[erasure.Erasure]:
        """The newest erasures 删除, with what each system did."""
        count = bounded_first(first)
        info.context.spend(count)
        return await info.context.platform.privacy.erasures(count)


@strawberry.type
class ErasureMutations:
    """What can be done to make a person gone."""

    @asked(EraseMemberResult | None)
    @staticmethod
    async def erase_member(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            EraseMemberInput, strawberry.argument(description="Who, and why.")
        ],
    ) -> erasure.ErasureOutcome:
        """Erase a person 删除会员: unreadable at once, and kept from coming back."""
        return await info.context.platform.privacy.erase(
            parse_id(input.member, "Member").key,
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )
