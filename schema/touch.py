"""Touchpoints that staff and their tools tell of."""

from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.member import touches
from capabilities.member.touches import SANTONG, Touching, Touchpoint
from schema.context import Ask
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(touches.TouchRecorded)
class TouchRecorded:
    """A touchpoint is kept."""

    reference: str = plain("Its name at its source.")


@view(touches.TouchDeclined)
class TouchDeclined(UserError):
    """Nothing was kept: the membership is nobody's whom the caller may see."""


TouchResult = Annotated[
    Union[TouchRecorded, TouchDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("TouchResult", description="What became of a touchpoint."),
]


@strawberry.input(description="A contact between the retailer and a person.")
class RecordTouchInput:
    """What happened, with whom, when."""

    source: str = strawberry.field(description="Who tells of it.")
    reference: str = strawberry.field(
        description="Its name there; the same again corrects what was told."
    )
    channel: str = strawberry.field(description="Code of the membership's channel.")
    number: str = strawberry.field(description="The member's number in it.")
    kind: str = strawberry.field(description="What it was, in the retailer's word.")
    at: datetime = strawberry.field(description="When.")
    medium: str | None = strawberry.field(default=UNSET, description="By which way.")
    campaign: str | None = strawberry.field(default=UNSET, description="Name of the campaign.")
    outcome: str | None = strawberry.field(default=UNSET, description="What came of it.")
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class TouchMutations:
    """What can be told of contacts with people."""

    @asked(TouchResult | None)
    @staticmethod
    async def record_touch(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RecordTouchInput, strawberry.argument(description="What happened.")
        ],
    ) -> Touching:
        """Tell of a contact 触点 with a member, in any channel."""
        told = Touchpoint(
            source=bounded_text("source", input.source),
            reference=bounded_text("reference", input.reference),
            channel=bounded_text("channel", input.channel),
            number=bounded_text("number", input.number),
            kind=bounded_text("kind", input.kind),
            at=input.at,
            medium=optional_text("medium", input.medium),
            campaign=optional_text("campaign", input.campaign),
            outcome=optional_text("outcome", input.outcome),
        )
        key = bounded_text("idempotencyKey", input.idempotency_key)
        if told.source == SANTONG:
            raise BadInput(f"`source` {SANTONG!r} is for what is sent from here.")
        reader = info.context.reader
        seen = await reader.member_by_membership(told.channel, told.number) is not None
        part = info.context.platform.profile
        return await part.record_touch(told if seen else None, key)
