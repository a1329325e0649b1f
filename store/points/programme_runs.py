"""Whole programmes at a time: past orders under a draft, a replay, and drift against a mirror."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.records import PointsAuthority
from capabilities.points.policy import Policy, Programme
from capabilities.points.records import AccountKey
from capabilities.points.trial import Trial, Trying
from store.engine import Run
from store.order.facts import OrderFacts
from store.owned import Owned
from store.points.applying import PolicyLedger
from store.points.ledger import PointsLedger
from store.points.programmes import Programmes

_PAGE = 200
_HOLDERS = text("""
  SELECT DISTINCT holder_number AS number, holder_channel AS channel FROM order_facts
  WHERE brand = :brand AND holder_channel = ANY (CAST(:channels AS text[]))
    AND (holder_number, holder_channel) > (:number, :channel)
  ORDER BY 1, 2 LIMIT :first
""")
_TOLD = text("""
  SELECT number, channel, points_available AS available FROM membership_records
  WHERE brand = :brand AND channel = ANY (CAST(:channels AS text[]))
    AND points_available IS NOT NULL AND gone_at IS NULL
    AND (number, channel) > (:number, :channel)
  ORDER BY 1, 2 LIMIT :first
""")
Tick = Callable[[int], None]


class Drift(Struct, kw_only=True):
    """How far the balances that another system tells are from the mirror of its programme."""

    programme: str
    memberships: int = 0
    equal: int = 0
    told: int = 0
    mirrored: int = 0
    largest: int = 0


class ProgrammeRuns:
    """Runs over every membership of a programme, a page at a time; `tick` hears of each page."""

    def __init__(self, owned: Owned, tick: Tick) -> None:
        self._owned = owned
        self._tick = tick
        self._facts = OrderFacts(owned.store, owned.brand)
        self._applying = PolicyLedger(owned)
        self._ledger = PointsLedger(owned.store, owned.brand, owned.now)
        self._programmes = Programmes(owned.store, owned.brand, owned.now)

    async def dry_run(self, draft: Policy) -> Trial:
        """What a draft would have made of all past orders; nothing is written."""
        standing = await self._programme(draft.programme)
        channels = {*draft.channels, *(_channels(standing) if standing else ())}
        today = self._owned.now().astimezone(ZoneInfo(draft.time_zone)).date()
        trying = Trying(standing, draft, today)
        async for holders in self._pages(sorted(channels)):

            async def count(run: Run, page: Sequence[MembershipKey] = holders) -> None:
                facts = await self._facts.of_holders_in(run, page)
                categories = await self._applying.categories_in(run, facts)
                hand = await self._applying.by_hand_in(run, page, draft.time_zone)
                for holder, told in zip(page, facts, strict=True):
                    trying.add(told, hand.get(holder, []), categories)

            await self._owned.store.transaction(count)
        return trying.result()

    async def replay(self, programme: str) -> int:
        """Post what past orders still move; how many entries, none where all is said already."""
        standing = await self._programme(programme)
        entries = 0
        async for holders in self._pages(sorted(_channels(standing)) if standing else []):

            async def apply(run: Run, page: Sequence[MembershipKey] = holders) -> int:
                return await self._applying.apply_in(run, page)

            entries += await self._owned.store.transaction(apply)
        return entries

    async def drift(self) -> list[Drift]:
        """Each mirrored programme beside what its system tells of its memberships."""
        found = []
        for programme in await self._programmes.all():
            version = programme.on(self._today(programme))
            if version and version.policy.authority is PointsAuthority.LEGACY:
                found.append(await self._drift_of(programme, list(version.policy.channels)))
        return found

    async def _drift_of(self, programme: Programme, channels: Sequence[str]) -> Drift:
        drift, at = Drift(programme=programme.code), self._owned.now()
        last = MembershipKey("", "")
        while True:
            named = {"number": last.number, "channel": last.channel, "first": _PAGE}
            rows = await self._owned.store.rows(
                _TOLD, {"brand": self._owned.brand, "channels": list(channels), **named}
            )
            keys = [AccountKey(row.channel, row.number) for row in rows]
            for row, account in zip(rows, await self._ledger.accounts(keys), strict=True):
                mirrored = account.available(at)
                drift.memberships += 1
                drift.equal += mirrored == row.available
                drift.told += row.available
                drift.mirrored += mirrored
                drift.largest = max(drift.largest, abs(mirrored - row.available))
            self._tick(len(rows))
            if len(rows) < _PAGE:
                return drift
            last = MembershipKey(rows[-1].channel, rows[-1].number)

    async def _pages(self, channels: Sequence[str]) -> AsyncIterator[Sequence[MembershipKey]]:
        last = MembershipKey("", "")
        more = bool(channels)
        while more:
            named = {"number": last.number, "channel": last.channel, "first": _PAGE}
            rows = await self._owned.store.rows(
                _HOLDERS, {"brand": self._owned.brand, "channels": channels, **named}
            )
            page = [MembershipKey(row.channel, row.number) for row in rows]
            if page:
                yield page
                last = page[-1]
            self._tick(len(page))
            more = len(page) == _PAGE

    async def _programme(self, code: str) -> Programme | None:
        return next((one for one in await self._programmes.all() if one.code == code), None)

    def _today(self, programme: Programme) -> date:
        zone = ZoneInfo(programme.versions[-1].policy.time_zone)
        return self._owned.now().astimezone(zone).date()


def _channels(programme: Programme) -> set[str]:
    return {channel for one in programme.versions for channel in one.policy.channels}
