"""Conflicts 冲突: what both sides changed in the same field, until a person decides."""

from datetime import datetime
from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.member import conflicts
from capabilities.member.conflicts import ConflictDeciding, ConflictState
from capabilities.page import ConnectionArgs, MergedPage
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.page import connection_of, paged
from schema.restrict import bounded_text, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(conflicts.ConflictedField)
class ConflictedField:
    """What both sides have in one field; enough to recognise, too little to use."""

    field: str = plain("The field: `phone`, `email` or `name`.")
    platform: str | None = plain("The platform's value, masked; null for none.")
    legacy: str | None = plain("The system's value, masked; null for none, and once decided.")


@view(conflicts.MemberConflict)
class AdoptionConflict:
    """A membership of which both sides changed the same field."""

    id: strawberry.ID = plain("Global id of the conflict.")
    channel: str = plain("Code of the channel.", name="channelCode")
    capability: Capability = plain("The capability: members' writes alone have two sides.")
    number: str = plain("The member's number in its channel.")
    connector: str = plain("Who speaks to the system.")
    shown_fields: list[ConflictedField] = plain("Field by field, what both have.", name="fields")
    revision: str = plain("Another one as soon as either side has another value.")
    state: ConflictState = plain("How it stands.")
    found_at: datetime = plain("When it was found.")
    decided_at: datetime | None = plain("When somebody decided; null while it is open.")
    decided_by: str | None = plain("Who decided.")
    reason: str | None = plain("Why, in the words of who decided.")


AdoptionConflictConnection = connection_of(AdoptionConflict)


@view(conflicts.ConflictDecided)
class ConflictDecided:
    """It was decided: what one side has is written to both."""

    conflict_id: strawberry.ID = plain("Global id of the conflict.")
    state: ConflictState = plain("For which side.")


@view(conflicts.ConflictDeclined)
class ConflictDeclined(UserError):
    """Nothing was decided: there is no such open conflict, or other values stand there by now."""


ConflictResult = Annotated[
    Union[ConflictDecided, ConflictDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("ConflictResult", description="What became of a decision."),
]


@strawberry.input(description="Which side of a conflict is right.")
class DecideConflictInput:
    """Which conflict, whose values both shall have, and why."""

    conflict: strawberry.ID = strawberry.field(description="Id of the conflict.")
    revision: str = strawberry.field(
        description="Its revision that was looked at: of another one nothing is decided."
    )
    keep: Side = strawberry.field(description="The side whose values both shall have.")
    reason: str = strawberry.field(description="Why; it is kept in the audit trail.")
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


@strawberry.type
class ConflictQueries:
    """What can be asked of conflicts."""

    @paged(AdoptionConflictConnection)
    @staticmethod
    async def adoption_conflicts(
        info: Ask,
        page: ConnectionArgs,
        channel: Annotated[str | None, _input("Only those of one channel.")] = UNSET,
        capability: Annotated[Capability, _input("The capability.")] = Capability.MEMBER,
        state: Annotated[ConflictState, _input("How they stand.")] = ConflictState.OPEN,
    ) -> MergedPage[conflicts.MemberConflict]:
        """What both sides changed in the same field and a person decides, the oldest first."""
        of = optional_text("channel", channel)
        return await info.context.platform.conflicts.page(of, capability, state, page)


@strawberry.type
class ConflictMutations:
    """Deciding conflicts."""

    @asked(ConflictResult | None)
    @staticmethod
    async def decide_conflict(
        info: Ask,
        input: Annotated[DecideConflictInput, _input("Which, for whom, and why.")],  # noqa: A002 - the contract's name
    ) -> ConflictDeciding:
        """Write what one side has to both sides."""
        return await info.context.platform.conflicts.decide(
            parse_id(input.conflict, "AdoptionConflict").key,
            bounded_text("revision", input.revision),
            input.keep,
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )
