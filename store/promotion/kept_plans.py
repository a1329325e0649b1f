"""Plans of promotions as rows keep them."""

from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Row

from capabilities.promotion.plans import PromotionPlan, Stage
from capabilities.promotion.shown import Kept


def kept_of(row: Row[Any]) -> Kept:
    """A row of a promotion with its version in force."""
    return Kept(
        plan=plan_of(row.plan, row.version),
        stage=Stage(row.stage),
        author=row.author,
        reason=row.reason,
        changed_at=row.changed_at,
    )


def plan_of(plan: Any, version: int) -> PromotionPlan:
    """A plan as it is kept."""
    return replace(msgspec.convert(plan, PromotionPlan), version=version)
