"""Lifecycle 生命周期: where a member stands, and what led there."""

from datetime import date, datetime

import strawberry
from strawberry import Parent

from capabilities.lifecycle import outcomes, stages
from capabilities.lifecycle.stages import Stage
from capabilities.member import records
from schema.context import Ask
from schema.view import asked, plain, view


@view(stages.Inputs)
class LifecycleInputs:
    """What a stage was decided by, as of the day that it began: orders of all channels."""

    orders: int = plain("Net-paid orders until then.")
    in_active_window: int = plain("How many of them in the window of ACTIVE.")
    in_loyal_window: int = plain("How many of them in the window of LOYAL.")
    top_tier: bool = plain("Whether she held a top tier.")
    first_order_id: strawberry.ID | None = plain("Id of the first net-paid order.")
    first_on: date | None = plain("Its business date.")
    last_order_id: strawberry.ID | None = plain("Id of the last one.")
    last_on: date | None = plain("Its business date.")
    reactivated_on: date | None = plain("When she last came back from long silence.")


@view(stages.Transition)
class LifecycleTransition:
    """The beginning of a stage."""

    stage: Stage = plain("The stage.")
    since: date | None = plain("Its first day; null where nobody knows.")
    inputs: LifecycleInputs = plain("What it was decided by.")


@view(outcomes.LifecycleStanding)
class Lifecycle:
    """Where a member stands, by the rules of her programme."""

    stage: Stage = plain("The stage that she is in.")
    since: date | None = plain("Its first day; null where nobody knows.")
    inputs: LifecycleInputs = plain("What it was decided by.")
    rule_version: int = plain("Version of the rules; 0 are those Santong brings.")
    programme: str | None = plain("Programme whose rules hold for her; null for the general ones.")
    computed_at: datetime = plain("When she was judged last.")
    history: list[LifecycleTransition] = plain("Her stages, the oldest first.")


@strawberry.type
class LifecycleFields:
    """What the lifecycle says of a member."""

    @asked(Lifecycle | None)
    @staticmethod
    async def lifecycle(
        member: Parent[records.Member], info: Ask
    ) -> outcomes.LifecycleStanding | None:
        """Where she stands 生命周期; null where she was not judged yet."""
        return await info.context.platform.lifecycle.standing(member.one_id)
