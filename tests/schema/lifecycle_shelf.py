"""One member's lifecycle, a touch due to her, and a campaign with its figures."""

from datetime import UTC, date, datetime
from typing import Any

from capabilities.lifecycle.campaigns import (
    Campaign,
    CampaignDeclined,
    CampaignOutcome,
    CampaignPlan,
    CampaignState,
    Paused,
    Way,
)
from capabilities.lifecycle.due import TouchKey
from capabilities.lifecycle.outcomes import (
    CampaignFigures,
    LifecycleReport,
    LifecycleStanding,
    OutcomeRecorded,
    PlannedTouch,
    RecordedOutcome,
    StageCount,
    TouchOutcome,
    TouchOutcomeDeclined,
    WakeUp,
)
from capabilities.lifecycle.planning import TouchState
from capabilities.lifecycle.rules import Occasion
from capabilities.lifecycle.stages import Inputs, Stage, Transition
from capabilities.member.consent import ConsentMedium
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    MergedPage,
    PageInfo,
    TotalCount,
)
from capabilities.sources import SourceReport, SourceStatus

AT = datetime(2026, 10, 1, 4, tzinfo=UTC)
ONE_ID = "abcdefghijklmnopqrstuvwx"
INPUTS = Inputs(
    orders=1,
    first=("shop", "1"),
    first_on=date(2026, 8, 1),
    last=("shop", "1"),
    last_on=date(2026, 8, 1),
    reactivated_on=date(2026, 8, 1),
)
STANDING = LifecycleStanding(
    one_id=ONE_ID,
    rule_version=3,
    programme="club",
    computed_at=AT,
    history=(
        Transition(stage=Stage.FIRST_PURCHASE, since=date(2026, 8, 1), inputs=INPUTS),
        Transition(stage=Stage.AT_RISK, since=date(2026, 9, 15), inputs=INPUTS),
    ),
)
TOUCH = PlannedTouch(
    brand="baiwei",
    touch_id="touch-1",
    one_id=ONE_ID,
    key=TouchKey("second-purchase", "shop", "1", 1),
    state=TouchState.PLANNED,
    reason=None,
    due_on=date(2026, 9, 15),
    lapses_on=date(2026, 9, 29),
    campaign="spring",
    medium=None,
    sent_at=None,
)
WAKE = WakeUp(
    brand="baiwei",
    one_id=ONE_ID,
    churned_on=date(2026, 9, 1),
    last_on=date(2026, 3, 1),
    store_channel="shop",
    store_code="M0001",
)
CAMPAIGN = Campaign(
    plan=CampaignPlan(
        name="spring",
        rule="second-purchase",
        sender="sms",
        ways=(Way(medium=ConsentMedium.SMS, template="second", cost=5),),
        cost_cap=500_000,
    ),
    state=CampaignState.PAUSED,
    why=Paused.BY_HAND,
    spent_minor=450,
    author="ops-1",
    created_at=AT,
    started_at=AT,
    changed_at=AT,
)
FIGURES = CampaignFigures(
    campaign="spring",
    rule="second-purchase",
    occasion=Occasion.SECOND_PURCHASE,
    window_days=30,
    currency="CNY",
    treated=90,
    treated_bought=27,
    held_out=10,
    held_out_bought=2,
    sent=90,
    cost_minor=450,
    surveys=1,
    score_sum=89,
)


def _one(row: Any) -> MergedPage[Any]:
    return MergedPage(
        edges=(Edge(node=row, place="here"),),
        page_info=PageInfo(has_next_page=False, has_previous_page=False, start="here", end="here"),
        sources=(SourceReport(name="platform", status=SourceStatus.OK, age_ms=0, count=1),),
        total_count=TotalCount(1, CountPrecision.EXACT),
    )


class LifecycleShelf:
    """Implements `schema.lifecycle_part.LifecyclePart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def standing(self, one_id: str) -> LifecycleStanding | None:
        self.asked.append(("standing", one_id))
        return STANDING

    async def due(
        self, rule: str, as_of: date | None, args: ConnectionArgs
    ) -> MergedPage[PlannedTouch]:
        self.asked.append(("due", rule, as_of, args))
        return _one(TOUCH)

    async def wake_up(self, args: ConnectionArgs) -> MergedPage[WakeUp]:
        self.asked.append(("wake_up", args))
        return _one(WAKE)

    async def campaigns(self) -> tuple[Campaign, ...]:
        return (CAMPAIGN,)

    async def report(
        self, since: datetime | None, until: datetime | None, campaign: str | None
    ) -> LifecycleReport:
        self.asked.append(("report", since, until, campaign))
        stages = (StageCount(stage=Stage.AT_RISK, people=1),)
        return LifecycleReport(since=AT, until=AT, stages=stages, campaigns=(FIGURES,))

    async def create(self, plan: CampaignPlan, key: str) -> CampaignOutcome:
        self.asked.append(("create", plan, key))
        return self._outcome(plan.name)

    async def start(self, name: str, key: str) -> CampaignOutcome:
        self.asked.append(("start", name, key))
        return self._outcome(name)

    async def pause(self, name: str, key: str) -> CampaignOutcome:
        self.asked.append(("pause", name, key))
        return self._outcome(name)

    async def record(self, outcome: TouchOutcome, key: str) -> RecordedOutcome:
        self.asked.append(("record", outcome, key))
        if outcome.touch_id == "none":
            return TouchOutcomeDeclined(code="TOUCH_UNKNOWN", path=("input", "touchId"))
        return OutcomeRecorded(touch_id=outcome.touch_id, kind=outcome.kind, again=False)

    def _outcome(self, name: str) -> CampaignOutcome:
        if name == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        if name == "none":
            path = ("input", "name")
            return CampaignDeclined(code="CAMPAIGN_UNKNOWN", path=path, valid=("spring",))
        return CAMPAIGN
