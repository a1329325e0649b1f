"""The desk between planned touches and their sender: every guard, in its order, in one transaction.

Of two workers one reserves a touch; what it reserved is SENDING before a byte leaves. A worker that
dies then leaves it so, and it becomes UNKNOWN, never PLANNED by itself.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Row

from capabilities.lifecycle.campaigns import Campaign, CampaignPlan, CampaignState, Paused, Way
from capabilities.lifecycle.guards import Stop, free_at, held_out, quiet_end
from capabilities.lifecycle.planning import TouchState
from capabilities.member.consent import ConsentMedium, ConsentPurpose
from capabilities.time import local_date
from store.engine import Run
from store.lifecycle import touch_rows
from store.lifecycle.addresses import Addresses
from store.lifecycle.campaigns import pause_in
from store.lifecycle.standings import Lifecycle
from store.owned import Owned
from store.privacy.consents import Consents


class Due(Struct, frozen=True):
    """A touch that may go out, by its place in the walk."""

    due_on: date
    touch_id: str
    one_id: str


class Reserved(Struct, frozen=True, kw_only=True):
    """A touch that is to be sent now, by one way; `at` tells this reservation from a later one."""

    touch_id: str
    one_id: str
    way: Way
    days: int
    store_code: str | None
    last_day: str
    at: datetime


class SendingDesk:
    """What of one brand's touches goes out, and what holds the rest up."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        self._brand = owned.brand
        self._lifecycle = Lifecycle(owned)
        self._consents = Consents(owned.store, owned.brand)
        self._addresses = Addresses(owned)

    async def due(self, campaign: Campaign, after: "Due | None", most: int) -> Sequence["Due"]:
        """Touches of a campaign that may go out now, the oldest first, behind a place."""
        place = {"day": date.min, "after": ""}
        if after is not None:
            place = {"day": after.due_on, "after": after.touch_id}
        named = {"rule": campaign.rule, "today": self._lifecycle.today(), "most": most}
        rows = await self._owned.store.rows(
            touch_rows.DUE, {"brand": self._brand, "now": self._owned.now(), **named, **place}
        )
        return [Due(row.due_on, row.touch_id, row.one_id) for row in rows]

    async def reserve(self, campaign: Campaign, due: Due) -> Reserved | None:
        """Pass a touch through every guard; None where one stopped it, with the reason written."""
        return await self._owned.store.transaction(
            lambda run: self._reserved(run, campaign, due.touch_id, due.one_id)
        )

    async def not_due(self, reserved: Sequence[Reserved]) -> dict[str, str]:
        """Of these the ones that must not go out after all, with why; asked as late as can be.

        People are judged anew by all that is known now: a second purchase, a refund, an erasure
        and a withdrawn consent count also when no consumer has heard of them yet.
        """
        if not reserved:
            return {}
        people = sorted({one.one_id for one in reserved})
        named = {"brand": self._brand, "touch_ids": [one.touch_id for one in reserved]}

        async def asked(run: Run) -> dict[str, str]:
            await self._lifecycle.judge_in(run, people)
            return {row.touch_id: row.recall for row in await run(touch_rows.RECALLED, named)}

        recalled = await self._owned.store.transaction(asked)
        for one in reserved:
            if not await self._may(one.one_id, one.way.medium):
                recalled.setdefault(one.touch_id, Stop.CONSENT.value)
        return recalled

    async def held(self, reserved: Sequence[Reserved]) -> frozenset[str]:
        """Those that are still this worker's; they are for as long again. Asked before sending."""
        if not reserved:
            return frozenset()
        named = {"brand": self._brand, "at": self._owned.now()}
        asked = {
            "touch_ids": [one.touch_id for one in reserved],
            "reserved": [one.at for one in reserved],
        }
        rows = await self._owned.store.rows(touch_rows.HELD, {**named, **asked})
        return frozenset(row.touch_id for row in rows)

    async def _reserved(
        self, run: Run, campaign: Campaign, touch_id: str, one_id: str
    ) -> Reserved | None:
        if not await run(touch_rows.PERSON, {"brand": self._brand, "one_id": one_id}):
            return None
        await self._lifecycle.judge_in(run, [one_id])
        rows = await run(touch_rows.TOUCH, {"brand": self._brand, "touch_id": touch_id})
        if not rows or rows[0].one_id != one_id or not self._is_due(rows[0]):
            return None
        case = _Case(self._brand, run, campaign, rows[0], self._owned.now())
        ways = [way for way in campaign.plan.ways if await self._may(one_id, way.medium)]
        if await self._held_up(case, campaign, rows[0], ways):
            return None
        return await case.reserve(ways, await self._addresses.ways_in(run, one_id))

    async def _held_up(
        self, case: "_Case", campaign: Campaign, touch: Row[Any], ways: Sequence[Way]
    ) -> bool:
        """The guards that ask of the person and the hour, in their order."""
        zone = self._owned.zone
        if not ways:
            await case.stop(Stop.CONSENT)
        elif (until := quiet_end(campaign.plan, case.now, zone)) is not None:
            await case.wait(Stop.QUIET_HOURS, until)
        elif (until := await case.crowded()) is not None:
            if local_date(until, zone) > touch.lapses_on:
                await case.stop(Stop.FREQUENCY_CAP)
            else:
                await case.wait(Stop.FREQUENCY_CAP, until)
        elif held_out(campaign.name, touch.one_id, campaign.hold_out_percent):
            await case.stop(Stop.HOLD_OUT, TouchState.HELD_OUT)
        else:
            return False
        return True

    def _is_due(self, touch: Row[Any]) -> bool:
        now, today = self._owned.now(), self._lifecycle.today()
        waits = touch.not_before is not None and touch.not_before > now
        planned = touch.state == TouchState.PLANNED.value
        return planned and not waits and touch.due_on <= today <= touch.lapses_on

    async def _may(self, one_id: str, medium: ConsentMedium) -> bool:
        asked = (ConsentPurpose.MARKETING, medium, self._owned.now())
        (allowed,) = await self._consents.allowed([one_id], *asked)
        return allowed


class _Case:
    """One touch before the guards, in its transaction."""

    def __init__(
        self, brand: str, run: Run, campaign: Campaign, touch: Row[Any], now: datetime
    ) -> None:
        self._run = run
        self._plan: CampaignPlan = campaign.plan
        self._touch = touch
        self._brand = brand
        self.now = now
        self._named = {
            "brand": brand,
            "touch_id": touch.touch_id,
            "campaign": campaign.name,
            "at": now,
        }

    async def stop(self, why: Stop, state: TouchState = TouchState.STOPPED) -> None:
        """The touch ends here."""
        drawn = self.now if why not in (Stop.CONSENT, Stop.FREQUENCY_CAP) else None
        ended = {"state": state.value, "reason": why.value, "drawn": drawn}
        await self._run(touch_rows.ENDED, {**self._named, **ended})
        await self._told(why)

    async def wait(self, why: Stop, until: datetime) -> None:
        """The touch is tried again later."""
        await self._run(touch_rows.LATER, {**self._named, "until": until})
        await self._told(why)

    async def crowded(self) -> datetime | None:
        """When the frequency caps have room; None where they have now."""
        longest = max((cap.days for cap in self._plan.caps), default=0)
        since = self.now - timedelta(days=longest)
        asked = {"one_id": self._touch.one_id, "since": since}
        rows = await self._run(touch_rows.LATELY, {**self._named, **asked})
        return free_at(self._plan.caps, [row.sent_at for row in rows], self.now)

    async def reserve(
        self, ways: Sequence[Way], reachable: frozenset[ConsentMedium]
    ) -> Reserved | None:
        """The last guards: what it costs, and whether she can be reached at all."""
        cap = self._plan.touch_cap
        cheap = [way for way in ways if cap is None or way.cost <= cap]
        way = next((one for one in cheap if one.medium in reachable), None)
        if not cheap:
            await self.stop(Stop.COST_CAP_TOUCH)
        elif not await self._affordable((way or cheap[0]).cost):
            pass
        elif way is None:
            await self.stop(Stop.UNREACHABLE)
        else:
            return await self._going(way)
        return None

    async def _affordable(self, cost: int) -> bool:
        """Whether the campaign still runs and has so much left; one that has not pauses."""
        (budget,) = await self._run(touch_rows.BUDGET, self._named)
        if budget.state != CampaignState.RUNNING.value:
            return False
        cap = self._plan.cost_cap
        if cap is None or budget.spent + cost <= cap:
            return True
        await pause_in(self._run, self._brand, self._plan.name, Paused.COST_CAP, self.now)
        await self._told(Stop.COST_CAP)
        return False

    async def _going(self, way: Way) -> Reserved:
        going = {
            "medium": way.medium.value,
            "language": self._plan.language,
            "template": way.template,
            "cost": way.cost,
            "currency": self._plan.currency,
        }
        await self._run(touch_rows.SENDING, {**self._named, **going})
        await self._run(touch_rows.SPEND, {**self._named, "cost": way.cost})
        bought = self._touch.business_date
        return Reserved(
            touch_id=self._touch.touch_id,
            one_id=self._touch.one_id,
            way=way,
            days=0 if bought is None else (self._touch.due_on - bought).days,
            store_code=self._touch.store,
            last_day=self._touch.lapses_on.isoformat(),
            at=self.now,
        )

    async def _told(self, why: Stop) -> None:
        await self._run(touch_rows.STOP, {**self._named, "reason": why.value})
