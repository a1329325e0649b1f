"""Campaigns: under which words, caps and sender the touches of one rule go out."""

from datetime import datetime
from enum import Enum
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from capabilities.declined import Declined
from capabilities.errors import BadInput
from capabilities.lifecycle.rules import Count, Days, Name
from capabilities.member.consent import ConsentMedium
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused

Minor = Annotated[int, Meta(ge=0, le=10**15)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Percent = Annotated[int, Meta(ge=0, le=50)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class Way(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to reach a person, with its words and what one touch costs, in minor units."""

    medium: ConsentMedium
    template: Name
    cost: Minor = 0


class Cap(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most so many touches to one person within so many days, of all campaigns together."""

    touches: Count
    days: Days


class CampaignPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a campaign is to do; `ways` in the order in which they are tried.

    Money in minor units of `currency`; `touch_cap` bounds one touch, `cost_cap` all together.
    Nobody is written to from `quiet_from` until `quiet_until`, local time. A purchase within
    `window_days` of a touch is counted as its outcome.
    """

    name: Name
    rule: Name
    sender: Name
    ways: Annotated[tuple[Way, ...], Meta(min_length=1, max_length=5)]
    language: Language = "zh-CN"
    hold_out_percent: Percent = 10
    quiet_from: Clock = "21:00"
    quiet_until: Clock = "09:00"
    caps: Annotated[tuple[Cap, ...], Meta(max_length=5)] = (
        Cap(touches=1, days=7),
        Cap(touches=3, days=30),
    )
    currency: Currency = "CNY"
    touch_cap: Minor | None = None
    cost_cap: Minor | None = None
    window_days: Days = 30

    def check(self) -> None:
        """BadInput for a plan that contradicts itself."""
        media = [one.medium for one in self.ways]
        if len(set(media)) < len(media):
            raise _invalid("a medium stands twice among its ways")
        if ConsentMedium.ANY in media:
            raise _invalid("a way needs a medium of its own")
        if all(self.touch_cap is not None and one.cost > self.touch_cap for one in self.ways):
            raise _invalid("every way costs more than one touch may")


class CampaignState(Enum):
    """Where a campaign is."""

    DRAFT = "DRAFT"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"


class Paused(Enum):
    """Why a campaign is paused."""

    BY_HAND = "BY_HAND"
    COST_CAP = "COST_CAP"
    SENDER_MISSING = "SENDER_MISSING"


class Campaign(Struct, frozen=True, kw_only=True):
    """A campaign as it stands; `spent_minor` with what is on its way."""

    plan: CampaignPlan
    state: CampaignState
    why: Paused | None
    spent_minor: int
    author: str
    created_at: datetime
    started_at: datetime | None
    changed_at: datetime

    @property
    def name(self) -> str:
        """Its name, which is its key."""
        return self.plan.name

    @property
    def rule(self) -> str:
        """Name of the touches that go out under it."""
        return self.plan.rule

    @property
    def sender(self) -> str:
        """Who sends."""
        return self.plan.sender

    @property
    def media(self) -> tuple[ConsentMedium, ...]:
        """By which ways it reaches people, in the order in which they are tried."""
        return tuple(one.medium for one in self.plan.ways)

    @property
    def hold_out_percent(self) -> int:
        """How many of a hundred people are left alone, to compare with."""
        return self.plan.hold_out_percent

    @property
    def window_days(self) -> int:
        """Within how many days a purchase is counted as an outcome."""
        return self.plan.window_days

    @property
    def spent(self) -> Money:
        """What its touches cost so far."""
        return Money(self.spent_minor, self.plan.currency)

    @property
    def cost_cap(self) -> Money | None:
        """What they may cost in all."""
        cap = self.plan.cost_cap
        return None if cap is None else Money(cap, self.plan.currency)


class CampaignDeclined(Declined, frozen=True, kw_only=True):
    """There is no such campaign, or it cannot do that now; `valid` names could be meant."""

    valid: tuple[str, ...] = ()


CampaignOutcome: TypeAlias = Campaign | CampaignDeclined | IdempotencyKeyReused


def _invalid(why: str) -> BadInput:
    return BadInput(f"the campaign does not hold together: {why}", code="CAMPAIGN_INVALID")
