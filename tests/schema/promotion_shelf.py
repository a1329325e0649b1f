"""A promotion of the platform's own, and the steps of its life."""

from datetime import UTC, datetime
from typing import Any

from capabilities.member.changing import PLATFORM
from capabilities.operations import IdempotencyKeyReused
from capabilities.promotion.plans import (
    PlanFault,
    PromotionAction,
    PromotionChange,
    PromotionDeclined,
    Stage,
)
from capabilities.promotion.records import Promotion
from capabilities.sources import SourceRef

AT = datetime(2026, 11, 11, 4, tzinfo=UTC)
SOURCE = SourceRef(connector=PLATFORM, system="santong", external_id="eleven")
OWN = Promotion(channel="shop", key="eleven", name="双十一", source=SOURCE)
FAULT = PlanFault(message="above 0 and at most 100", path=("reward", "percent"))
STEP = PromotionChange(
    sequence=7,
    key="eleven",
    action=PromotionAction.PAUSE,
    version=2,
    stage=Stage.PAUSED,
    before_version=2,
    before_stage=Stage.SCHEDULED,
    author="ops-1",
    reason="too dear",
    at=AT,
)


class PromotionShelf:
    """Implements `schema.promotion_part.PromotionPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def create(self, plan: Any, *words: str) -> Any:
        return self._changed("create", plan, *words)

    async def update(self, plan: Any, expected: Any, *words: str) -> Any:
        return self._changed("update", plan, expected, *words)

    async def move(self, key: str, action: Any, *words: str) -> Any:
        return self._changed("move", key, action, *words)

    async def history(self, key: str) -> Any:
        self.asked.append(("history", key))
        return (STEP,)

    def _changed(self, what: str, *wish: Any) -> Any:
        self.asked.append((what, *wish))
        if isinstance(wish[0], PlanFault):
            path = ("input", "promotion")
            return PromotionDeclined(code="PROMOTION_INVALID", path=path, faults=(wish[0],))
        if wish[-1] == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return OWN
