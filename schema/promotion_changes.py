"""Promotions 促销 of the platform: written down, put in force, paused and ended."""

from datetime import datetime
from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET, Parent

from capabilities.ids import global_id
from capabilities.member.changing import PLATFORM
from capabilities.promotion import plans
from capabilities.promotion.plans import PromotionAction, PromotionOutcome, Stage
from schema.context import Ask
from schema.operation import IdempotencyKeyReused
from schema.promotion import Promotion
from schema.promotion_input import PromotionInput, plan_of
from schema.restrict import bounded_text, given
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_REASON = "Why, for its history."


@view(plans.PlanFault)
class PromotionFault:
    """One thing that is wrong with a promotion."""

    message: str = plain("What is wrong, and what would be right.")
    path: list[str] = plain("Way to it within the promotion.")


@view(plans.PromotionDeclined)
class PromotionDeclined(UserError):
    """A promotion cannot be so, or cannot do that now; nothing was done."""

    faults: list[PromotionFault] = plain("What is wrong with a promotion that is none.")


PromotionResult = Annotated[
    Union[Promotion, PromotionDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("PromotionResult", description="What became of a change of a promotion."),
]


@strawberry.input(description="A promotion to be written down.")
class CreatePromotionInput:
    """What, and why."""

    promotion: PromotionInput = strawberry.field(description="The promotion.")
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A new version of a promotion, whole.")
class UpdatePromotionInput:
    """What, instead of which version, and why."""

    promotion: PromotionInput = strawberry.field(description="The promotion as it is to be.")
    expected_version: int | None = strawberry.field(
        default=UNSET, description="Decline where another version stands by now."
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A promotion that is to go on in its life.")
class PromotionChangeInput:
    """Which one, and why."""

    id: str = strawberry.field(description="Its id in the platform: its `key`.")
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@view(plans.PromotionChange)
class PromotionChange:
    """One step in the life of a promotion."""

    sequence: int = plain("Its number among all steps: the version of what was in force then.")
    action: PromotionAction = plain("What was done.")
    version: int = plain("The version that stood then.")
    stage: Stage = plain("What was decided then.")
    before_version: int | None = plain("The version before.")
    before_stage: Stage | None = plain("What was decided before.")
    author: str = plain("Subject of who did it; `system:clock` where time did.")
    reason: str = plain("Why.")
    at: datetime = plain("When.")

    @asked(strawberry.ID)
    @staticmethod
    def promotion_id(change: Parent[plans.PromotionChange]) -> str:
        """Global id of the promotion."""
        return global_id("Promotion", PLATFORM, change.key)


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


@strawberry.type
class PromotionMutations:
    """What can be done with promotions of the platform."""

    @asked(PromotionResult | None)
    @staticmethod
    async def create_promotion(
        info: Ask,
        input: Annotated[CreatePromotionInput, _input("What it is to be.")],  # noqa: A002 - the contract's name
    ) -> PromotionOutcome:
        """Write a promotion 促销 down as a draft; nothing applies until it is scheduled."""
        plan = plan_of(input.promotion)
        return await info.context.platform.promotions.create(plan, *_words(input))

    @asked(PromotionResult | None)
    @staticmethod
    async def update_promotion(
        info: Ask,
        input: Annotated[UpdatePromotionInput, _input("What it is to be.")],  # noqa: A002 - as above
    ) -> PromotionOutcome:
        """Make a new version of a promotion, in force at once where the one before is."""
        plan, expected = plan_of(input.promotion), given(input.expected_version)
        return await info.context.platform.promotions.update(plan, expected, *_words(input))

    @asked(PromotionResult | None)
    @staticmethod
    async def schedule_promotion(
        info: Ask,
        input: Annotated[PromotionChangeInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> PromotionOutcome:
        """Put a draft in force, within its window."""
        return await _moved(info, input, PromotionAction.SCHEDULE)

    @asked(PromotionResult | None)
    @staticmethod
    async def pause_promotion(
        info: Ask,
        input: Annotated[PromotionChangeInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> PromotionOutcome:
        """Let a promotion apply no more until it is resumed."""
        return await _moved(info, input, PromotionAction.PAUSE)

    @asked(PromotionResult | None)
    @staticmethod
    async def resume_promotion(
        info: Ask,
        input: Annotated[PromotionChangeInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> PromotionOutcome:
        """Let a paused promotion apply again."""
        return await _moved(info, input, PromotionAction.RESUME)

    @asked(PromotionResult | None)
    @staticmethod
    async def end_promotion(
        info: Ask,
        input: Annotated[PromotionChangeInput, _input("Which one.")],  # noqa: A002 - as above
    ) -> PromotionOutcome:
        """End a promotion for good."""
        return await _moved(info, input, PromotionAction.END)


async def _moved(
    info: Ask, wanted: PromotionChangeInput, action: PromotionAction
) -> PromotionOutcome:
    named = bounded_text("id", wanted.id)
    return await info.context.platform.promotions.move(named, action, *_words(wanted))


def _words(
    wanted: CreatePromotionInput | UpdatePromotionInput | PromotionChangeInput,
) -> tuple[str, str]:
    reason = bounded_text("reason", wanted.reason)
    return reason, bounded_text("idempotencyKey", wanted.idempotency_key)


@strawberry.type
class PromotionQueries:
    """What can be asked of promotions of the platform."""

    @asked(list[PromotionChange])
    @staticmethod
    async def promotion_history(
        info: Ask,
        id: Annotated[str, _input("Its id in the platform: its `key`.")],  # noqa: A002 - as above
    ) -> Any:
        """Every step in the life of a promotion of the platform, the newest first."""
        found = await info.context.platform.promotions.history(bounded_text("id", id))
        info.context.spend(len(found))
        return found
