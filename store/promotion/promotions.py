"""Promotions of one brand: written down, put in force, paused and ended, with every step kept."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.operations import IdempotencyKeyReused
from capabilities.promotion.plan_sense import nonsense
from capabilities.promotion.plans import (
    MOVES,
    PlanFault,
    PromotionAction,
    PromotionChange,
    PromotionDeclined,
    PromotionOutcome,
    PromotionPlan,
    Stage,
)
from capabilities.promotion.records import Promotion
from capabilities.promotion.shown import Kept, shown
from store.engine import Run
from store.owned import Owned
from store.promotion.kept_plans import kept_of
from store.promotion.steps import PromotionSteps, Wanted
from store.row_records import records_of
from store.wishes import KeyReused, once

# Steps of one brand come one after the other: their numbers are the versions of what is in force.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('promotions ' || :brand))")
_ONE = text("""
  SELECT p.version, p.stage, p.started, p.changed_at, v.plan, v.author, v.reason
  FROM promotions p
  JOIN promotion_versions v ON v.brand = p.brand AND v.key = p.key AND v.version = p.version
  WHERE p.brand = :brand AND p.key = :key
""")
_HISTORY = text("""
  SELECT sequence, key, action, version, stage, before_version, before_stage, author, reason, at
  FROM promotion_changes WHERE brand = :brand AND key = :key ORDER BY sequence
""")
# What the clock has overtaken: over, or begun and not told yet.
_DUE = text("""
  SELECT key, ends_at IS NOT NULL AND ends_at <= :at AS over FROM promotions
  WHERE brand = :brand AND (
    (stage IN ('SCHEDULED', 'PAUSED') AND ends_at <= :at)
    OR (stage = 'SCHEDULED' AND NOT started AND (starts_at IS NULL OR starts_at <= :at)))
  ORDER BY key LIMIT :most
""")
_AT_ONCE = 200


class _Answer(Struct, frozen=True, kw_only=True):
    """What is kept under an idempotency key."""

    promotion: Promotion | None = None
    declined: PromotionDeclined | None = None

    @property
    def outcome(self) -> Promotion | PromotionDeclined:
        """The one that there is."""
        found = self.promotion or self.declined
        if found is None:
            raise ValueError("an answer of nothing")
        return found


class Promotions:
    """The promotions of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._steps = PromotionSteps(owned)

    async def one(self, key: str) -> Kept | None:
        """A promotion as it stands."""
        rows = await self._owned.store.rows(_ONE, {"brand": self._brand, "key": key})
        return kept_of(rows[0]) if rows else None

    async def history(self, key: str) -> Sequence[PromotionChange]:
        """Every step of one, the first first."""
        rows = await self._owned.store.rows(_HISTORY, {"brand": self._brand, "key": key})
        return records_of(rows, PromotionChange)

    async def create(self, plan: PromotionPlan, wanted: Wanted) -> PromotionOutcome:
        """Write a promotion down as a draft; nothing applies until it is scheduled."""
        return await self._once(
            ("createPromotion", plan), plan.id, wanted, lambda run: self._created(run, plan, wanted)
        )

    async def update(
        self, plan: PromotionPlan, expected: int | None, wanted: Wanted
    ) -> PromotionOutcome:
        """A new version, in force at once where the one before is; `expected` is what is replaced.

        One with the same content is no new version.
        """
        return await self._once(
            ("updatePromotion", plan, expected),
            plan.id,
            wanted,
            lambda run: self._updated(run, plan, expected, wanted),
        )

    async def move(self, key: str, action: PromotionAction, wanted: Wanted) -> PromotionOutcome:
        """Schedule, pause, resume or end; where it stands there already nothing is written."""
        return await self._once(
            (action.value, key), key, wanted, lambda run: self._moved(run, key, action, wanted)
        )

    async def follow_clock(self) -> int:
        """Write down what time alone has begun and ended; how many steps that were."""
        at = self._owned.now()
        named = {"brand": self._brand, "at": at, "most": _AT_ONCE}
        clock = Wanted(author="system:clock", reason="its time has come", key="")

        async def work(run: Run) -> int:
            await run(_TURN, {"brand": self._brand})
            rows = await run(_DUE, named)
            for row in rows:
                known = await self._known(run, row.key)
                if known is not None:
                    action = PromotionAction.EXPIRE if row.over else PromotionAction.START
                    stage = Stage.ENDED if row.over else known.stage
                    await self._steps.write(run, replace(known, stage=stage), action, clock, known)
            return len(rows)

        return await self._owned.store.transaction(work)

    async def _created(
        self, run: Run, plan: PromotionPlan, wanted: Wanted
    ) -> PromotionDeclined | None:
        if faults := faults_of(plan):
            return invalid(faults)
        await run(_TURN, {"brand": self._brand})
        if await self._known(run, plan.id) is not None:
            return PromotionDeclined(code="PROMOTION_EXISTS", path=("input", "promotion", "id"))
        fresh = self._kept(replace(plan, version=1), Stage.DRAFT, wanted)
        await self._steps.write(run, fresh, PromotionAction.CREATE, wanted, None)
        return None

    async def _updated(
        self, run: Run, plan: PromotionPlan, expected: int | None, wanted: Wanted
    ) -> PromotionDeclined | None:
        if faults := faults_of(plan):
            return invalid(faults)
        await run(_TURN, {"brand": self._brand})
        known = await self._known(run, plan.id)
        if known is None:
            return PromotionDeclined(code="PROMOTION_UNKNOWN", path=("input", "promotion", "id"))
        if expected is not None and expected != known.plan.version:
            return PromotionDeclined(code="PROMOTION_CHANGED", path=("input", "expectedVersion"))
        if known.stage is Stage.ENDED:
            return PromotionDeclined(code="PROMOTION_STAGE", path=("input", "promotion", "id"))
        if plan.currency != known.plan.currency and known.stage is not Stage.DRAFT:
            # what was counted would mean something else
            return PromotionDeclined(
                code="PROMOTION_STAGE", path=("input", "promotion", "currency")
            )
        fresh = replace(plan, version=known.plan.version)
        if fresh != known.plan:
            fresh = replace(plan, version=known.plan.version + 1)
            changed = self._kept(fresh, known.stage, wanted)
            await self._steps.write(run, changed, PromotionAction.UPDATE, wanted, known)
        return None

    async def _moved(
        self, run: Run, key: str, action: PromotionAction, wanted: Wanted
    ) -> PromotionDeclined | None:
        await run(_TURN, {"brand": self._brand})
        known = await self._known(run, key)
        if known is None:
            return PromotionDeclined(code="PROMOTION_UNKNOWN", path=("input", "id"))
        sources, target = MOVES[action]
        if known.stage is target:
            return None
        over = known.plan.ends_at is not None and known.plan.ends_at <= self._owned.now()
        if known.stage not in sources or (over and target is not Stage.ENDED):
            return PromotionDeclined(code="PROMOTION_STAGE", path=("input", "id"))
        await self._steps.write(run, replace(known, stage=target), action, wanted, known)
        return None

    async def _once(
        self,
        wish: Any,
        key: str,
        wanted: Wanted,
        work: Callable[[Run], Awaitable[PromotionDeclined | None]],
    ) -> PromotionOutcome:
        who = (self._brand, wanted.author, wanted.key)

        async def kept(run: Run) -> _Answer:
            if (declined := await work(run)) is not None:
                return _Answer(declined=declined)
            known = await self._known(run, key)
            return _Answer(promotion=None if known is None else self.shown(known))

        try:
            answer = await self._owned.store.transaction(
                lambda run: once(run, who, wish, _Answer, lambda: kept(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return answer.outcome

    def shown(self, kept: Kept) -> Promotion:
        """The record at this moment."""
        return shown(kept, self._owned.now())

    async def _known(self, run: Run, key: str) -> Kept | None:
        rows = await run(_ONE, {"brand": self._brand, "key": key})
        return kept_of(rows[0]) if rows else None

    def _kept(self, plan: PromotionPlan, stage: Stage, wanted: Wanted) -> Kept:
        at: datetime = self._owned.now()
        return Kept(
            plan=plan, stage=stage, author=wanted.author, reason=wanted.reason, changed_at=at
        )


def faults_of(plan: PromotionPlan) -> tuple[PlanFault, ...]:
    """Everything that is wrong with a plan."""
    return tuple(
        PlanFault(message=message, path=tuple(map(str, place))) for place, message in nonsense(plan)
    )


def invalid(faults: tuple[PlanFault, ...]) -> PromotionDeclined:
    """The refusal of a plan that is none."""
    return PromotionDeclined(code="PROMOTION_INVALID", path=("input", "promotion"), faults=faults)
