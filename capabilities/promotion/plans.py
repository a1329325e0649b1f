"""A promotion of the platform's own: what people write down, and how far its life has gone.

The plan is a quote's definition and what belongs to it beside the price; the record is also the
format of the files that `santong promotion` reads. Amounts are minor units of `currency`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from capabilities.declined import Declined
from capabilities.operations import IdempotencyKeyReused
from capabilities.pricing.definition import Definition
from capabilities.promotion.records import Promotion, PromotionStatus

_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")


class Execution(Enum):
    """Who takes a promotion off; what the systems execute themselves is read through them."""

    MIDDLE = "MIDDLE"
    SETTLED_TO_LEGACY = "SETTLED_TO_LEGACY"


class Target(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a campaign is to bring: turnover in minor units, pieces sold, or both."""

    amount: int | None = None
    units: int | None = None


class PromotionPlan(
    Definition, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A definition with its currency, who executes it, and what it is to bring."""

    currency: str = "CNY"
    execution: Execution = Execution.MIDDLE
    target: Target | None = None


def plan_from(fields: Mapping[str, Any]) -> PromotionPlan:
    """A plan of what people wrote; msgspec.ValidationError where it is none.

    A time of day may be written without its seconds.
    """
    hours = fields.get("hours")
    if isinstance(hours, list):
        fields = {**fields, "hours": [_with_seconds(one) for one in hours]}
    return msgspec.convert(fields, PromotionPlan)


def _with_seconds(hours: Any) -> Any:
    if not isinstance(hours, dict):
        return hours
    return {
        name: f"{value}:00" if isinstance(value, str) and _CLOCK.fullmatch(value) else value
        for name, value in hours.items()
    }


class Stage(Enum):
    """What people decided about a promotion; what time makes of it is its status."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class PromotionAction(Enum):
    """What is done to a promotion."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    SCHEDULE = "SCHEDULE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    END = "END"
    START = "START"
    EXPIRE = "EXPIRE"


# From which stages an action leads where. The clock alone starts and expires.
MOVES: dict[PromotionAction, tuple[frozenset[Stage], Stage]] = {
    PromotionAction.SCHEDULE: (frozenset({Stage.DRAFT}), Stage.SCHEDULED),
    PromotionAction.PAUSE: (frozenset({Stage.SCHEDULED}), Stage.PAUSED),
    PromotionAction.RESUME: (frozenset({Stage.PAUSED}), Stage.SCHEDULED),
    PromotionAction.END: (frozenset({Stage.DRAFT, Stage.SCHEDULED, Stage.PAUSED}), Stage.ENDED),
    PromotionAction.EXPIRE: (frozenset({Stage.SCHEDULED, Stage.PAUSED}), Stage.ENDED),
}


def status_at(stage: Stage, plan: Definition, at: datetime) -> PromotionStatus:
    """Where a promotion is at a moment: the stage, and of one that is scheduled its window."""
    over = plan.ends_at is not None and at >= plan.ends_at
    if stage is Stage.ENDED or (over and stage is not Stage.DRAFT):
        return PromotionStatus.ENDED
    if stage is Stage.SCHEDULED and (plan.starts_at is None or at >= plan.starts_at):
        return PromotionStatus.ACTIVE
    return PromotionStatus(stage.value)


class PlanFault(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a plan; `path` leads to it."""

    message: str
    path: tuple[str, ...] = ()


class PromotionDeclined(Declined, frozen=True, kw_only=True):
    """A promotion was not changed; `faults` says what is wrong with a plan that is none."""

    faults: tuple[PlanFault, ...] = ()


PromotionOutcome: TypeAlias = Promotion | PromotionDeclined | IdempotencyKeyReused


class PromotionChange(Struct, frozen=True, kw_only=True):
    """One step in the life of a promotion; rows are only ever added.

    `sequence` counts the steps of all promotions of a brand: it is the version of what is in force.
    """

    sequence: int
    key: str
    action: PromotionAction
    version: int
    stage: Stage
    before_version: int | None
    before_stage: Stage | None
    author: str
    reason: str
    at: datetime
