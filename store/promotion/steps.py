"""Steps of promotions as they are written: a version, how it stands, the step, and who is told."""

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.audit import Entry
from capabilities.events import Subject, Topic
from capabilities.promotion.plans import PromotionAction, Stage
from capabilities.promotion.shown import Kept
from capabilities.time import micros
from store.access.audit import audited
from store.engine import Run
from store.events import tell
from store.owned import Owned
from store.versions import PROMOTIONS, raise_version

_PUT = text("""
  INSERT INTO promotions (brand, key, version, stage, starts, starts_at, ends_at, started,
                          changed_at)
  VALUES (:brand, :key, :version, :stage, :starts, :starts_at, :ends_at, :started, :at)
  ON CONFLICT (brand, key) DO UPDATE
  SET version = excluded.version, stage = excluded.stage, starts = excluded.starts,
      starts_at = excluded.starts_at, ends_at = excluded.ends_at, started = excluded.started,
      changed_at = excluded.changed_at
""")
_ADD_VERSION = text("""
  INSERT INTO promotion_versions (brand, key, version, plan, author, reason, at)
  VALUES (:brand, :key, :version, CAST(:plan AS jsonb), :author, :reason, :at)
""")
_ADD_CHANGE = text("""
  INSERT INTO promotion_changes (brand, sequence, key, action, version, stage, before_version,
                                 before_stage, author, reason, at)
  SELECT :brand, coalesce(max(sequence), 0) + 1, :key, :action, :version, :stage, :before_version,
         :before_stage, :author, :reason, :at
  FROM promotion_changes WHERE brand = :brand
""")


class Wanted(Struct, frozen=True, kw_only=True):
    """Who wants a step, why, and under which idempotency key."""

    author: str
    reason: str
    key: str
    role: str | None = None


class PromotionSteps:
    """Writes the steps of one brand's promotions."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand

    async def write(
        self,
        run: Run,
        fresh: Kept,
        action: PromotionAction,
        wanted: Wanted,
        before: Kept | None,
    ) -> None:
        """Write a step: the version if it is new, how it stands, the step; and tell of it."""
        plan, at = fresh.plan, self._owned.now()
        told = {"author": wanted.author, "reason": wanted.reason, "at": at}
        named = {"brand": self._brand, "key": plan.id, "version": plan.version}
        if before is None or before.plan.version != plan.version:
            words = msgspec.json.encode(plan).decode()
            await run(_ADD_VERSION, {**named, **told, "plan": words})
        begun = plan.starts_at is None or plan.starts_at <= at
        row = {
            "stage": fresh.stage.value,
            "starts": 0 if plan.starts_at is None else micros(plan.starts_at),
            "starts_at": plan.starts_at,
            "ends_at": plan.ends_at,
            "started": begun and fresh.stage is not Stage.DRAFT,
            "at": at,
        }
        await run(_PUT, {**named, **row})
        past = {
            "action": action.value,
            "stage": fresh.stage.value,
            "before_version": None if before is None else before.plan.version,
            "before_stage": None if before is None else before.stage.value,
        }
        await run(_ADD_CHANGE, {**named, **told, **past})
        await self._audit(run, action, wanted, plan.id, plan.version)
        await raise_version(run, self._brand, PROMOTIONS)
        await tell(run, self._brand, Topic.PROMOTION_CHANGED, [Subject(key=plan.id)])

    async def _audit(
        self, run: Run, action: PromotionAction, wanted: Wanted, key: str, version: int
    ) -> None:
        entry = Entry(
            action=f"promotion.{action.value.lower()}",
            actor=wanted.author,
            role=wanted.role,
            reason=wanted.reason,
            facts={"promotion": key, "version": version},
        )
        await audited(run, self._brand, entry)
