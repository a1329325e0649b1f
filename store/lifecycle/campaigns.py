"""Campaigns of one brand: drafted, started and paused once each, whoever asks how often."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text

from capabilities.audit import Entry
from capabilities.lifecycle.campaigns import (
    Campaign,
    CampaignDeclined,
    CampaignOutcome,
    CampaignPlan,
    CampaignState,
    Paused,
)
from capabilities.operations import IdempotencyKeyReused
from store.access.audit import audited
from store.engine import Run
from store.lifecycle.rules import LifecycleRules
from store.lifecycle.touch_templates import TouchTemplates
from store.owned import Owned
from store.wishes import KeyReused, once

_COLUMNS = "definition, state, why, spent, author, created_at, started_at, changed_at"
_ALL = text(f"""
  SELECT {_COLUMNS} FROM campaigns WHERE brand = :brand
    AND (CAST(:state AS text) IS NULL OR state = :state)
  ORDER BY created_at DESC, name LIMIT :most
""")  # noqa: S608 - our own words
_ONE = text(f"""
  SELECT {_COLUMNS} FROM campaigns WHERE brand = :brand AND name = :name FOR UPDATE
""")  # noqa: S608 - as above
_ADD = text(f"""
  INSERT INTO campaigns (brand, name, rule, definition, state, spent, author, created_at,
                         changed_at)
  VALUES (:brand, :name, :rule, CAST(:definition AS jsonb), 'DRAFT', 0, :author, :at, :at)
  ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
""")  # noqa: S608 - as above
_MOVE = text(f"""
  UPDATE campaigns SET state = :state, why = :why, changed_at = :at,
    started_at = CASE WHEN :state = 'RUNNING' THEN coalesce(started_at, :at) ELSE started_at END
  WHERE brand = :brand AND name = :name RETURNING {_COLUMNS}
""")  # noqa: S608 - as above
_NAMES = text("SELECT name FROM campaigns WHERE brand = :brand ORDER BY name LIMIT 20")
# Two that start at once: the second one waits here and finds the first.
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('campaigns ' || :brand))")
_RIVAL = text("""
  SELECT name FROM campaigns
  WHERE brand = :brand AND rule = :rule AND state = 'RUNNING' AND name <> :name
""")

# What the audit trail calls what was wished.
_TOLD = {
    "createCampaign": "campaign.created",
    "startCampaign": "campaign.started",
    "pauseCampaign": "campaign.paused",
}


class Campaigns:
    """The campaigns of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._rules = LifecycleRules(owned.store, owned.brand)
        self._templates = TouchTemplates(owned.store, owned.brand)

    async def all(self, state: CampaignState | None = None, most: int = 100) -> Sequence[Campaign]:
        """The campaigns, the newest first."""
        named = {"brand": self._brand, "state": state and state.value, "most": most}
        return [_campaign(row) for row in await self._owned.store.rows(_ALL, named)]

    async def draft(self, plan: CampaignPlan, *, author: str, key: str) -> CampaignOutcome:
        """Write a campaign down; it sends nothing until it is started."""
        plan.check()
        return await self._once(
            (author, key), ["createCampaign", plan], lambda run: self._drafted(run, plan, author)
        )

    async def start(self, name: str, *, author: str, key: str) -> CampaignOutcome:
        """Let a campaign send; declined where its words are not there, or another one has them."""
        return await self._once(
            (author, key), ["startCampaign", name], lambda run: self._started(run, name)
        )

    async def pause(self, name: str, *, author: str, key: str) -> CampaignOutcome:
        """Let a campaign send no more; what is on its way arrives."""

        async def paused(run: Run) -> Campaign | CampaignDeclined:
            known = await self._known(run, name)
            if isinstance(known, CampaignDeclined) or known.state is not CampaignState.RUNNING:
                return known
            return await pause_in(run, self._brand, name, Paused.BY_HAND, self._owned.now())

        return await self._once((author, key), ["pauseCampaign", name], paused)

    async def _once(
        self,
        who: tuple[str, str],
        wish: Any,
        work: Callable[[Run], Awaitable[Campaign | CampaignDeclined]],
    ) -> CampaignOutcome:
        answer: Any = _Answer
        named = (self._brand, *who)

        async def kept(run: Run) -> "_Answer":
            done = await work(run)
            if isinstance(done, CampaignDeclined):
                return _Answer(declined=done)
            facts = {"campaign": done.plan.name}
            await audited(run, self._brand, Entry(action=_TOLD[wish[0]], actor=who[0], facts=facts))
            return _Answer(campaign=done)

        try:
            given: _Answer = await self._owned.store.transaction(
                lambda run: once(run, named, wish, answer, lambda: kept(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return given.outcome

    async def _drafted(
        self, run: Run, plan: CampaignPlan, author: str
    ) -> Campaign | CampaignDeclined:
        names = (await self._rules.current_in(run)).rules.touch_names()
        if plan.rule not in names:
            path = ("input", "plan", "rule")
            return CampaignDeclined(code="RULE_UNKNOWN", path=path, valid=tuple(sorted(names)))
        words = msgspec.json.encode(plan).decode()
        named = {"brand": self._brand, "name": plan.name, "rule": plan.rule}
        facts = {"definition": words, "author": author, "at": self._owned.now()}
        rows = await run(_ADD, {**named, **facts})
        if not rows:
            return CampaignDeclined(code="CAMPAIGN_EXISTS", path=("input", "plan", "name"))
        return _campaign(rows[0])

    async def _started(self, run: Run, name: str) -> Campaign | CampaignDeclined:
        await run(_TURN, {"brand": self._brand})
        known = await self._known(run, name)
        if isinstance(known, CampaignDeclined) or known.state is CampaignState.RUNNING:
            return known
        named = {"brand": self._brand, "name": name}
        rivals = await run(_RIVAL, {**named, "rule": known.rule})
        if rivals:
            valid = (rivals[0].name,)
            return CampaignDeclined(code="CAMPAIGN_RIVAL", path=("input", "name"), valid=valid)
        missing = await self._templates.missing_in(run, known.plan)
        if missing:
            return CampaignDeclined(code="TEMPLATE_MISSING", path=("input", "name"), valid=missing)
        moved = {"state": CampaignState.RUNNING.value, "why": None, "at": self._owned.now()}
        return _campaign((await run(_MOVE, {**named, **moved}))[0])

    async def _known(self, run: Run, name: str) -> Campaign | CampaignDeclined:
        rows = await run(_ONE, {"brand": self._brand, "name": name})
        if rows:
            return _campaign(rows[0])
        names = tuple(row.name for row in await run(_NAMES, {"brand": self._brand}))
        return CampaignDeclined(code="CAMPAIGN_UNKNOWN", path=("input", "name"), valid=names)


async def pause_in(run: Run, brand: str, name: str, why: Paused, at: datetime) -> Campaign:
    """Pause a campaign in the caller's transaction, and say why."""
    moved = {"state": CampaignState.PAUSED.value, "why": why.value, "at": at}
    return _campaign((await run(_MOVE, {"brand": brand, "name": name, **moved}))[0])


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept under an idempotency key."""

    campaign: Campaign | None = None
    declined: CampaignDeclined | None = None

    @property
    def outcome(self) -> Campaign | CampaignDeclined:
        """The one that there is."""
        found = self.campaign or self.declined
        if found is None:
            raise ValueError("an answer of nothing")
        return found


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        plan=msgspec.convert(row.definition, CampaignPlan),
        state=CampaignState(row.state),
        why=None if row.why is None else Paused(row.why),
        spent_minor=row.spent,
        author=row.author,
        created_at=row.created_at,
        started_at=row.started_at,
        changed_at=row.changed_at,
    )
