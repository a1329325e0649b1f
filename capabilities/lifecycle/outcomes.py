"""What came of touches: outcomes as they are told, and the figures against the hold-out."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.lifecycle.due import TouchKey
from capabilities.lifecycle.planning import TouchState
from capabilities.lifecycle.rules import Occasion
from capabilities.lifecycle.stages import Inputs, Stage, Transition
from capabilities.member.consent import ConsentMedium
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused

_PLACES = Decimal("0.0001")
# The normal distribution's width of 95 %.
_WIDTH = Decimal("1.96")


class OutcomeKind(Enum):
    """What somebody tells of a touch; that its person bought is counted from her orders."""

    DELIVERED = "DELIVERED"
    OPENED = "OPENED"
    ANSWERED = "ANSWERED"
    SURVEY = "SURVEY"
    BOUNCED = "BOUNCED"


class TouchOutcome(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outcome; `reference` is its teller's own number, `score` of a survey 0 to 100."""

    touch_id: Annotated[str, Meta(min_length=1, max_length=60)]
    kind: OutcomeKind
    at: datetime
    reference: Annotated[str, Meta(max_length=200)] = ""
    score: Annotated[int, Meta(ge=0, le=100)] | None = None


class OutcomeRecorded(Struct, frozen=True, kw_only=True, tag=True):
    """An outcome that is kept; `again` where it was before."""

    touch_id: str
    kind: OutcomeKind
    again: bool


class TouchOutcomeDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """There is no such touch."""


RecordedOutcome: TypeAlias = OutcomeRecorded | TouchOutcomeDeclined | IdempotencyKeyReused


class LifecycleStanding(Struct, frozen=True, kw_only=True):
    """Where a person stands, with all that led there, the oldest first."""

    one_id: str
    rule_version: int
    programme: str | None
    computed_at: datetime
    history: tuple[Transition, ...]

    @property
    def now(self) -> Transition:
        """The stage that she is in."""
        return self.history[-1]

    @property
    def stage(self) -> Stage:
        """Its name."""
        return self.now.stage

    @property
    def since(self) -> date | None:
        """Its first day."""
        return self.now.since

    @property
    def inputs(self) -> Inputs:
        """What it was decided by."""
        return self.now.inputs


class PlannedTouch(Struct, frozen=True, kw_only=True):
    """A touch as operations see it."""

    brand: str
    touch_id: str
    one_id: str
    key: TouchKey
    state: TouchState
    reason: str | None
    due_on: date
    lapses_on: date
    campaign: str | None
    medium: ConsentMedium | None
    sent_at: datetime | None

    @property
    def rule(self) -> str:
        """Name of its rule."""
        return self.key.rule

    @property
    def member_id(self) -> str:
        """Global id of its person."""
        return global_id("Member", self.brand, self.one_id)

    @property
    def anchor_order_id(self) -> str:
        """Global id of the order that it hangs on."""
        return global_id("Order", self.key.channel, self.key.number)

    @property
    def cycle(self) -> int:
        """Which of several touches of one rule it is, from 1."""
        return self.key.cycle


class WakeUp(Struct, frozen=True, kw_only=True):
    """A churned person, and where to invite her: her home store, else where she last bought."""

    brand: str
    one_id: str
    churned_on: date | None
    last_on: date | None
    store_channel: str | None
    store_code: str | None

    @property
    def member_id(self) -> str:
        """Global id of the person."""
        return global_id("Member", self.brand, self.one_id)

    @property
    def store_id(self) -> str | None:
        """Global id of the store; None where no store is known."""
        if self.store_channel is None or self.store_code is None:
            return None
        return global_id("Store", self.store_channel, self.store_code)


class StageCount(Struct, frozen=True, kw_only=True):
    """How many people stand in a stage."""

    stage: Stage
    people: int


class CampaignFigures(Struct, frozen=True, kw_only=True):
    """A campaign against its hold-out: everybody who came to the draw, whatever became of her then.

    A purchase counts within the campaign's window from the draw on.
    """

    campaign: str
    rule: str
    occasion: Occasion | None
    window_days: int
    currency: str
    treated: int = 0
    treated_bought: int = 0
    held_out: int = 0
    held_out_bought: int = 0
    sent: int = 0
    unknown: int = 0
    cost_minor: int = 0
    delivered: int = 0
    opened: int = 0
    answered: int = 0
    surveys: int = 0
    score_sum: int = 0

    @property
    def cost(self) -> Money:
        """What its touches cost."""
        return Money(self.cost_minor, self.currency)

    @property
    def treated_rate(self) -> Decimal | None:
        """The share of the treated who bought."""
        return _share(self.treated_bought, self.treated)

    @property
    def held_out_rate(self) -> Decimal | None:
        """The share of the hold-out who bought."""
        return _share(self.held_out_bought, self.held_out)

    @property
    def uplift(self) -> Decimal | None:
        """By how much the treated bought more often."""
        treated, held = self._exact
        return None if treated is None or held is None else _rounded(treated - held)

    @property
    def uplift_low(self) -> Decimal | None:
        """Lower end of the interval of 95 % around the uplift."""
        return self._interval[0]

    @property
    def uplift_high(self) -> Decimal | None:
        """Upper end of the interval."""
        return self._interval[1]

    @property
    def extra_purchases(self) -> Decimal | None:
        """How many bought because of it, as far as the hold-out tells."""
        treated, held = self._exact
        if treated is None or held is None:
            return None
        return ((treated - held) * self.treated).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def cost_per_extra(self) -> Money | None:
        """What one extra purchase cost; None where there was none."""
        treated, held = self._exact
        if treated is None or held is None or treated <= held:
            return None
        each = Decimal(self.cost_minor) / ((treated - held) * self.treated)
        return Money(int(each.to_integral_value(ROUND_HALF_UP)), self.currency)

    @property
    def score(self) -> Decimal | None:
        """Mean score of the surveys."""
        return None if not self.surveys else _rounded(Decimal(self.score_sum) / self.surveys)

    @property
    def _exact(self) -> tuple[Decimal | None, Decimal | None]:
        treated = Decimal(self.treated_bought) / self.treated if self.treated else None
        return treated, Decimal(self.held_out_bought) / self.held_out if self.held_out else None

    @property
    def _interval(self) -> tuple[Decimal | None, Decimal | None]:
        """The normal approximation for the difference of two shares."""
        treated, held = self._exact
        if treated is None or held is None:
            return None, None
        spread = treated * (1 - treated) / self.treated + held * (1 - held) / self.held_out
        width = _WIDTH * spread.sqrt()
        return _rounded(treated - held - width), _rounded(treated - held + width)


class LifecycleReport(Struct, frozen=True, kw_only=True):
    """The lifecycle as operations see it: stages now, and campaigns whose draw was in a time."""

    since: datetime
    until: datetime
    stages: tuple[StageCount, ...]
    campaigns: tuple[CampaignFigures, ...]


def _share(part: int, whole: int) -> Decimal | None:
    return _rounded(Decimal(part) / whole) if whole else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PLACES, ROUND_HALF_UP)
