"""Lists and figures of the lifecycle for operations."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import UNSET

from capabilities.lifecycle import campaigns, outcomes
from capabilities.lifecycle.planning import TouchState
from capabilities.lifecycle.rules import Occasion
from capabilities.lifecycle.stages import Stage
from capabilities.page import ConnectionArgs, MergedPage
from schema.campaign import Campaign
from schema.context import Ask
from schema.money import Money
from schema.page import connection_of, paged
from schema.restrict import bounded_text, given, optional_text
from schema.view import asked, plain, view


@view(outcomes.PlannedTouch)
class DueTouch:
    """A touch 触达 that is due: once for its rule, its anchor order and its turn."""

    touch_id: strawberry.ID = plain("What its sender knows it by.")
    member_id: strawberry.ID = plain("Id of the Member.")
    rule: str = plain("Name of its rule.")
    anchor_order_id: strawberry.ID = plain("Id of the Order that it hangs on.")
    cycle: int = plain("Which of several touches of one rule it is, from 1.")
    state: TouchState = plain("How it stands.")
    due_on: date = plain("Local day from which on it is sent.")
    lapses_on: date = plain("Last local day on which it is sent.")
    campaign: str | None = plain("Campaign that it was reserved by last.")


@view(outcomes.WakeUp)
class WakeUpMember:
    """A churned member, and the store to invite her to."""

    member_id: strawberry.ID = plain("Id of the Member.")
    churned_on: date | None = plain("Since when she is churned.")
    last_on: date | None = plain("Business date of her last net-paid order.")
    store_id: strawberry.ID | None = plain("Id of her home store, else of where she last bought.")


@view(outcomes.StageCount)
class StageCount:
    """How many members stand in a stage."""

    stage: Stage = plain("The stage.")
    people: int = plain("How many.")


@view(outcomes.CampaignFigures)
class CampaignFigures:
    """A campaign against its hold-out: everybody who came to the draw, whatever came then."""

    campaign: str = plain("Name of the campaign.")
    rule: str = plain("Name of its touches.")
    occasion: Occasion | None = plain("What they are for; null where no rule says so any more.")
    window_days: int = plain("Within how many days a purchase is counted.")
    treated: int = plain("Members who were not held out.")
    treated_bought: int = plain("Those of them who bought.")
    treated_rate: Decimal | None = plain("Their share.")
    held_out: int = plain("Members who were left alone to compare with.")
    held_out_bought: int = plain("Those of them who bought.")
    held_out_rate: Decimal | None = plain("Their share.")
    uplift: Decimal | None = plain("By how much the treated bought more often.")
    uplift_low: Decimal | None = plain("Lower end of its interval of 95 %.")
    uplift_high: Decimal | None = plain("Upper end of it.")
    extra_purchases: Decimal | None = plain("How many bought because of it.")
    cost: Money = plain("What its touches cost.")
    cost_per_extra: Money | None = plain("What one extra purchase cost; null for none.")
    sent: int = plain("Touches that were sent, or lie in a drop.")
    unknown: int = plain("Touches of which nobody knows whether they arrived.")
    delivered: int = plain("Touches that were delivered, as far as was told.")
    opened: int = plain("Touches that were opened.")
    answered: int = plain("Touches that were answered.")
    surveys: int = plain("Surveys that were answered.")
    score: Decimal | None = plain("Their mean score, 0 to 100.")


@view(outcomes.LifecycleReport)
class LifecycleReport:
    """Stages as they are, and campaigns by the time of their draw."""

    since: datetime = plain("From when on members were drawn.")
    until: datetime = plain("Before when.")
    stages: list[StageCount] = plain("Members by stage.")
    campaigns: list[CampaignFigures] = plain("Campaigns against their hold-out.")


DueTouchConnection = connection_of(DueTouch)
WakeUpMemberConnection = connection_of(WakeUpMember)


@strawberry.type
class LifecycleQueries:
    """Questions about the lifecycle of all members."""

    @paged(DueTouchConnection)
    @staticmethod
    async def lifecycle_due(
        info: Ask,
        page: ConnectionArgs,
        rule: Annotated[str, strawberry.argument(description="Name of the touches' rule.")],
        as_of: Annotated[
            date | None, strawberry.argument(description="Local day; today where absent.")
        ] = UNSET,
    ) -> MergedPage[outcomes.PlannedTouch]:
        """Touches 触达 that are due on a day, the oldest first."""
        wanted = bounded_text("rule", rule)
        return await info.context.platform.lifecycle.due(wanted, given(as_of), page)

    @paged(WakeUpMemberConnection)
    @staticmethod
    async def wake_up_members(info: Ask, page: ConnectionArgs) -> MergedPage[outcomes.WakeUp]:
        """Churned members 流失会员, each with a store to invite her to."""
        return await info.context.platform.lifecycle.wake_up(page)

    @asked(list[Campaign])
    @staticmethod
    async def campaigns(info: Ask) -> Sequence[campaigns.Campaign]:
        """Campaigns 活动 of touches, the newest first."""
        found = await info.context.platform.lifecycle.campaigns()
        info.context.spend(len(found))
        return found

    @asked(LifecycleReport | None)
    @staticmethod
    async def lifecycle_report(
        info: Ask,
        since: Annotated[
            datetime | None, strawberry.argument(description="Draws from then on; all if absent.")
        ] = UNSET,
        until: Annotated[
            datetime | None, strawberry.argument(description="Draws before then; now if absent.")
        ] = UNSET,
        campaign: Annotated[
            str | None, strawberry.argument(description="One campaign alone.")
        ] = UNSET,
    ) -> outcomes.LifecycleReport:
        """Second purchases and win-backs against the hold-out, and what an extra one costs."""
        name = optional_text("campaign", campaign)
        return await info.context.platform.lifecycle.report(given(since), given(until), name)
