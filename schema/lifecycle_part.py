"""What a resolver may ask of the lifecycle."""

from datetime import date, datetime
from typing import Protocol

from capabilities.lifecycle.campaigns import Campaign, CampaignOutcome, CampaignPlan
from capabilities.lifecycle.outcomes import (
    LifecycleReport,
    LifecycleStanding,
    PlannedTouch,
    RecordedOutcome,
    TouchOutcome,
    WakeUp,
)
from capabilities.page import ConnectionArgs, MergedPage


class LifecyclePart(Protocol):
    """Stages of people, touches due to them, campaigns, and what came of them."""

    async def standing(self, one_id: str) -> LifecycleStanding | None:
        """Where a person stands; None where she was not judged yet."""

    async def due(
        self, rule: str, as_of: date | None, args: ConnectionArgs
    ) -> MergedPage[PlannedTouch]:
        """A page of the touches of a rule that are due on a day, today where none is given."""

    async def wake_up(self, args: ConnectionArgs) -> MergedPage[WakeUp]:
        """A page of churned people."""

    async def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, the newest first."""

    async def report(
        self, since: datetime | None, until: datetime | None, campaign: str | None
    ) -> LifecycleReport:
        """Stages, and campaigns against their hold-out."""

    async def create(self, plan: CampaignPlan, idempotency_key: str) -> CampaignOutcome:
        """Write a campaign down."""

    async def start(self, name: str, idempotency_key: str) -> CampaignOutcome:
        """Let a campaign send."""

    async def pause(self, name: str, idempotency_key: str) -> CampaignOutcome:
        """Let a campaign send no more."""

    async def record(self, outcome: TouchOutcome, idempotency_key: str) -> RecordedOutcome:
        """Keep what came of a touch."""
