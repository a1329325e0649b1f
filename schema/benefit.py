"""Uses of benefits: counted at the desk, and taken back."""

from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.member.records import Membership
from capabilities.points import benefits
from capabilities.points.benefits import BenefitChange
from capabilities.points.records import OrderRef
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.points import Benefit
from schema.restrict import bounded_text, given
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_REASON = "Why, for the audit trail; at most 200 characters, nothing personal."
_WHOSE = "Id of the Membership."


@view(benefits.BenefitMoved)
class BenefitMoved:
    """A use of a benefit was counted, or taken back."""

    use: strawberry.ID = plain("Its id; who has it may take the use back.")
    benefit: Benefit | None = plain("The benefit as it stands now; null where it is held no more.")


@view(benefits.BenefitDeclined)
class BenefitDeclined(UserError):
    """Nothing was counted."""

    valid: list[str] = plain("Codes of the benefits that the membership has.")


BenefitResult = Annotated[
    Union[BenefitMoved, BenefitDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("BenefitResult", description="What became of a use of a benefit."),
]


@strawberry.input(description="The order that a benefit is used with, or the cart that will be.")
class BenefitOrderInput:
    """Channel and number, kept as they are named."""

    channel: str = strawberry.field(description="Code of the channel.")
    number: str = strawberry.field(description="Number of the order, or of the cart that will be.")


@strawberry.input(description="A benefit that is used.")
class UseBenefitInput:
    """Whose, which, what for."""

    membership: strawberry.ID = strawberry.field(description=_WHOSE)
    benefit: str = strawberry.field(description="Code of the Benefit.")
    order: BenefitOrderInput | None = strawberry.field(
        default=UNSET, description="The order that it is used with."
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A use of a benefit that is to count no more.")
class TakeBackBenefitInput:
    """Whose, which, why."""

    membership: strawberry.ID = strawberry.field(description=_WHOSE)
    use: strawberry.ID = strawberry.field(description="Id of the use.")
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


@strawberry.type
class BenefitMutations:
    """What can be done with benefits of the platform's programmes."""

    @asked(BenefitResult | None)
    @staticmethod
    async def use_benefit(
        info: Ask,
        input: Annotated[UseBenefitInput, _input("Whose, which.")],  # noqa: A002 - the contract's name
    ) -> BenefitChange:
        """Count a use of a benefit 权益; never more than the programme gives in a period."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        benefit = bounded_text("benefit", input.benefit)
        reason = bounded_text("reason", input.reason)
        order = _order(given(input.order))
        held = await _found(info, input.membership)
        return await info.context.platform.benefits.use(held, benefit, order, reason, key)

    @asked(BenefitResult | None)
    @staticmethod
    async def take_back_benefit(
        info: Ask,
        input: Annotated[TakeBackBenefitInput, _input("Whose, which use.")],  # noqa: A002 - as above
    ) -> BenefitChange:
        """Count a use no more, such as of an order that was cancelled."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        use, reason = bounded_text("use", input.use), bounded_text("reason", input.reason)
        held = await _found(info, input.membership)
        return await info.context.platform.benefits.take_back(held, use, reason, key)


def _order(order: BenefitOrderInput | None) -> OrderRef | None:
    if order is None:
        return None
    channel, number = (
        bounded_text("channel", order.channel),
        bounded_text("number", order.number),
    )
    return OrderRef(channel, number)


async def _found(info: Ask, membership: strawberry.ID) -> Membership | None:
    """The membership; None where the caller may see none of this id."""
    key = parse_id(membership, "Membership")
    person = await info.context.reader.member_by_membership(key.scope, key.key)
    held = person.memberships if person is not None else ()
    return next((one for one in held if (one.channel, one.number) == (key.scope, key.key)), None)
