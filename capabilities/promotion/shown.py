"""A promotion of the platform as the merged list shows it, beside those of the systems."""

from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct

from capabilities.member.changing import PLATFORM
from capabilities.money import Money
from capabilities.pricing.definition import AllOf, AtLeast, Condition
from capabilities.promotion.plans import Execution, PromotionPlan, Stage, status_at
from capabilities.promotion.records import Promotion, PromotionTerms
from capabilities.sources import SourceRef

SYSTEM = "santong"


class Kept(Struct, frozen=True, kw_only=True):
    """A promotion as the store keeps it; `used` where it was counted."""

    plan: PromotionPlan
    stage: Stage
    author: str
    reason: str
    changed_at: datetime
    used: int | None = None


def shown(kept: Kept, at: datetime) -> Promotion:
    """The record of a promotion at a moment."""
    plan = kept.plan
    reward: object = plan.reward
    percent: Decimal | None = getattr(reward, "percent", None)
    amount: int | None = getattr(reward, "amount", None) or getattr(reward, "price", None)
    least = _minimum(plan.condition)
    return Promotion(
        channel=PLATFORM,
        key=plan.id,
        name=plan.name,
        kind=plan.kind,
        status=status_at(kept.stage, plan, at),
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        percent=percent,
        amount=None if amount is None else Money(amount, plan.currency),
        minimum=None if least is None else Money(least, plan.currency),
        usage_limit=plan.limits.total,
        used=kept.used,
        terms=terms_of(kept),
        source=SourceRef(connector=PLATFORM, system=SYSTEM, external_id=plan.id),
    )


def terms_of(kept: Kept) -> PromotionTerms:
    """What stands in the plan beside the price."""
    plan, limits, target = kept.plan, kept.plan.limits, kept.plan.target
    return PromotionTerms(
        version=plan.version,
        definition=msgspec.json.encode(plan, order="deterministic").decode(),
        channels=tuple(sorted(plan.channels)),
        stores=tuple(sorted(plan.stores)),
        scenes=tuple(sorted(plan.scenes)),
        priority=plan.priority,
        group=plan.group,
        exclusive=plan.exclusive,
        settled=plan.execution is Execution.SETTLED_TO_LEGACY,
        per_member=limits.per_member,
        per_order=limits.per_order,
        per_store=limits.per_store,
        currency=plan.currency,
        budget=None if limits.spend is None else Money(limits.spend, plan.currency),
        target_amount=_amount(None if target is None else target.amount, plan.currency),
        target_units=None if target is None else target.units,
        author=kept.author,
        reason=kept.reason,
        changed_at=kept.changed_at,
    )


def _amount(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _minimum(condition: Condition | None) -> int | None:
    """What the whole cart must cost, where that is asked for in any case."""
    parts = condition.conditions if isinstance(condition, AllOf) else (condition,)
    wanted = [one.amount for one in parts if isinstance(one, AtLeast) and one.amount is not None]
    return max(wanted, default=None)
