"""The lifecycle as one caller meets it: people of a wave at once, figures for who is unbound."""

from datetime import UTC, date, datetime
from typing import Any

from capabilities.audit import Entry
from capabilities.caller import Caller
from capabilities.errors import StoreUnavailable
from capabilities.lifecycle.campaigns import Campaign, CampaignOutcome, CampaignPlan
from capabilities.lifecycle.outcomes import (
    LifecycleReport,
    LifecycleStanding,
    OutcomeRecorded,
    PlannedTouch,
    RecordedOutcome,
    TouchOutcome,
    TouchOutcomeDeclined,
    WakeUp,
)
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs, MergedPage
from capabilities.sources import SourceReport, SourceStatus
from capabilities.time import local_date
from gateway.federation.asking import Request
from gateway.federation.paging import paging_of
from gateway.platform.kept_pages import bad_cursor, kept_page, place_in
from gateway.platform.whole_brand import of_every_store, of_whole_brand
from store.access.audit import audited
from store.engine import Run
from store.lifecycle.campaigns import Campaigns
from store.lifecycle.reading import LifecycleReading
from store.lifecycle.reports import LifecycleReports
from store.lifecycle.touch_outcomes import TouchOutcomes
from store.owned import Owned
from store.wishes import KeyReused, once

_PLATFORM = "platform"
_DUE, _WAKE = "due:", "wake:"
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Lifecycles:
    """Implements `schema.lifecycle_part.LifecyclePart`."""

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        self._reading = LifecycleReading(owned.store, owned.brand)
        self._reports = LifecycleReports(owned)
        self._campaigns = Campaigns(owned)
        self._outcomes = TouchOutcomes(owned)

    async def standing(self, one_id: str) -> LifecycleStanding | None:
        """Where a person stands; nothing, and a notice, while the store is away.

        Forbidden for a caller of some channels: stages are judged by the orders of all.
        """
        of_whole_brand(self._caller.visibility, "Stages are judged over all channels.")
        try:
            found: LifecycleStanding | None = await self._request.load_with(
                "lifecycle", self._reading.standings, one_id
            )
        except StoreUnavailable as exc:
            self._request.notices[_PLATFORM] = SourceReport(
                name=_PLATFORM,
                status=SourceStatus.ERROR,
                code=exc.code,
                message="the lifecycle of people is missing",
                retryable=True,
            )
            return None
        return found

    async def due(
        self, rule: str, as_of: date | None, args: ConnectionArgs
    ) -> MergedPage[PlannedTouch]:
        """A page by day and id."""
        self._unbound()
        day = as_of or local_date(self._owned.now(), self._owned.zone)
        asked = paging_of(args)
        place = None if asked.place is None else _due_place(asked.place)
        rows = await self._reading.due(rule, day, place, asked.size + 1, backward=asked.backward)
        total = await self._reading.count_due(rule, day)
        return kept_page(asked, rows, lambda one: f"{_DUE}{one.due_on}:{one.touch_id}", total)

    async def wake_up(self, args: ConnectionArgs) -> MergedPage[WakeUp]:
        """A page by one_id."""
        self._unbound()
        asked = paging_of(args)
        place = None if asked.place is None else place_in(asked.place, _WAKE)
        rows = await self._reports.wake_up(place, asked.size + 1, backward=asked.backward)
        total = await self._reports.count_churned()
        return kept_page(asked, rows, lambda one: f"{_WAKE}{one.one_id}", total)

    async def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign."""
        self._unbound()
        return tuple(await self._campaigns.all())

    async def report(
        self, since: datetime | None, until: datetime | None, campaign: str | None
    ) -> LifecycleReport:
        """The figures, of all time where no time is given."""
        self._unbound()
        end = until or self._owned.now()
        return await self._reports.report(since or _BEGINNING, end, campaign)

    async def create(self, plan: CampaignPlan, idempotency_key: str) -> CampaignOutcome:
        """Write a campaign down in the caller's name."""
        self._unbound()
        author = self._caller.subject
        return await self._campaigns.draft(plan, author=author, key=idempotency_key)

    async def start(self, name: str, idempotency_key: str) -> CampaignOutcome:
        """Let a campaign send."""
        self._unbound()
        author = self._caller.subject
        return await self._campaigns.start(name, author=author, key=idempotency_key)

    async def pause(self, name: str, idempotency_key: str) -> CampaignOutcome:
        """Let a campaign send no more."""
        self._unbound()
        author = self._caller.subject
        return await self._campaigns.pause(name, author=author, key=idempotency_key)

    async def record(self, outcome: TouchOutcome, idempotency_key: str) -> RecordedOutcome:
        """Keep what came of a touch."""
        of_whole_brand(self._caller.visibility, "Touches that are sent here are of no channel.")
        subject = self._caller.subject
        who, wish = (self._owned.brand, subject, idempotency_key), ("recordTouchOutcome", outcome)
        answer: Any = OutcomeRecorded | TouchOutcomeDeclined

        async def kept(run: Run) -> OutcomeRecorded | TouchOutcomeDeclined:
            done = await self._outcomes.record_in(run, outcome, source=subject)
            if isinstance(done, OutcomeRecorded):
                entry = Entry(
                    action="touch.outcome",
                    actor=subject,
                    role=self._caller.role.value,
                    facts={"touch": outcome.touch_id, "outcome": outcome.kind.value},
                )
                await audited(run, self._owned.brand, entry)
            return done

        try:
            done: OutcomeRecorded | TouchOutcomeDeclined = await self._owned.store.transaction(
                lambda run: once(run, who, wish, answer, lambda: kept(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done

    def _unbound(self) -> None:
        """Forbidden for a caller of some stores or channels: people here are of all of them."""
        why = "Lists, figures and campaigns of the lifecycle are those of the whole brand."
        of_every_store(self._caller.visibility, why)


def _due_place(cursor: str) -> tuple[date, str]:
    day, _, touch_id = place_in(cursor, _DUE).partition(":")
    try:
        return date.fromisoformat(day), touch_id
    except ValueError as exc:
        raise bad_cursor() from exc
