"""What quotes go by: the plans in force after any step, as often as somebody asks.

A policy is the number of a step. What was in force then can be put together again for ever, because
steps and versions are only ever added.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.promotion.plans import PromotionPlan
from store.engine import Store
from store.promotion.kept_plans import plan_of

_LATEST = text("""
  SELECT coalesce(max(sequence), 0) AS policy FROM promotion_changes WHERE brand = :brand
""")
# One that was over before the step cannot matter to anybody who asks after it.
_PLANS = text("""
  WITH last AS (
    SELECT DISTINCT ON (key) key, version, stage FROM promotion_changes
    WHERE brand = :brand AND sequence <= :policy ORDER BY key, sequence DESC
  ), moment AS (
    SELECT at FROM promotion_changes WHERE brand = :brand AND sequence = :policy
  )
  SELECT v.plan, v.version FROM last
  JOIN promotion_versions v ON v.brand = :brand AND v.key = last.key AND v.version = last.version
  WHERE last.stage = 'SCHEDULED'
    AND (v.plan->>'ends_at' IS NULL
         OR CAST(v.plan->>'ends_at' AS timestamptz) > (SELECT at FROM moment))
  ORDER BY last.key
""")


class InForce:
    """The policies of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def latest(self) -> int:
        """The number of the last step; 0 before the first."""
        (row,) = await self._store.rows(_LATEST, {"brand": self._brand})
        return int(row.policy)

    async def plans(self, policy: int) -> Sequence[PromotionPlan]:
        """The plans that a policy holds, by id."""
        named = {"brand": self._brand, "policy": policy}
        rows: Sequence[Row[Any]] = await self._store.rows(_PLANS, named)
        return [plan_of(row.plan, row.version) for row in rows]
