"""Points, tiers and benefits as one caller meets them: all of a wave in one statement."""

from collections.abc import Awaitable, Sequence
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.errors import StoreUnavailable
from capabilities.member.records import Membership, PointsAuthority
from capabilities.page import ConnectionArgs, MergedPage
from capabilities.points.benefits import BenefitUse, own_benefits
from capabilities.points.policy import PolicyVersion, Programme, programme_of
from capabilities.points.records import QUALIFYING, SPENDABLE, Account, AccountKey, Entry
from capabilities.points.shown import (
    MembershipBenefit,
    MembershipPoints,
    MembershipTier,
    PointsCurrency,
    legacy_points,
    legacy_tier,
    own_points,
    own_tier,
)
from capabilities.points.standing import Standing, standing_of
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.asking import Request
from gateway.platform.points_page import ledger_page, no_ledger
from gateway.platform.programmes import KnownProgrammes
from store.owned import Owned
from store.points.applying import PolicyLedger
from store.points.benefit_uses import BenefitUses
from store.points.ledger import PointsLedger

_T = TypeVar("_T")
_PLATFORM = "platform"
CURRENCIES = {PointsCurrency.SPENDABLE: SPENDABLE, PointsCurrency.QUALIFYING: QUALIFYING}


class Ours(Struct, frozen=True, kw_only=True):
    """A programme that the platform decides, its version in force, and today there."""

    programme: Programme
    version: PolicyVersion
    today: date


class PointsReading:
    """The reads of `schema.points_part.PointsPart`."""

    def __init__(self, owned: Owned, request: Request, known: KnownProgrammes) -> None:
        self.owned = owned
        self.accounts = PointsLedger(owned.store, owned.brand, owned.now)
        self._request = request
        self._known = known
        self._policies = PolicyLedger(owned)
        self.uses = BenefitUses(owned.store, owned.brand)

    async def points(self, membership: Membership) -> MembershipPoints | None:
        """What the ledger says, or what another system says."""
        ours = await self._safe(self.ours(membership.channel), None)
        if ours is None:
            return legacy_points(membership)
        key = AccountKey.of(membership.key)
        account: Account | None = await self._safe(
            self._request.load_with("points", self.accounts.accounts, key), None
        )
        if account is None:
            return None
        return own_points(account, ours.programme.code, self.owned.now())

    async def tier(self, membership: Membership) -> MembershipTier | None:
        """What days and qualifying points say, or what another system says."""
        ours = await self._safe(self.ours(membership.channel), None)
        return legacy_tier(membership) if ours is None else await self._own_tier(membership, ours)

    async def _own_tier(self, membership: Membership, ours: Ours) -> MembershipTier | None:
        standing = await self._standing(membership, ours)
        return None if standing is None else own_tier(ours.programme, standing, ours.today)

    async def _standing(self, membership: Membership, ours: Ours) -> Standing | None:
        zone = ours.version.policy.time_zone

        async def asked(keys: Sequence[MembershipKey]) -> Sequence[Sequence[tuple[date, int]]]:
            return await self._policies.qualifying_days(keys, zone)

        days: Sequence[tuple[date, int]] | None = await self._safe(
            self._request.load_with(("qualifying", zone), asked, membership.key), None
        )
        return None if days is None else standing_of(ours.programme, days)

    async def benefits(self, membership: Membership) -> Sequence[MembershipBenefit]:
        """What the programme gives today; of a programme of another system nothing is known."""
        ours = await self._safe(self.ours(membership.channel), None)
        if ours is None or not ours.version.policy.benefits:
            return ()
        standing = await self._standing(membership, ours)
        uses: Sequence[BenefitUse] | None = await self._safe(
            self._request.load_with("benefit uses", self.uses.of, membership.key), None
        )
        if standing is None or uses is None:
            return ()
        return own_benefits(ours.programme, standing, ours.today, uses)

    async def standing(self, key: MembershipKey, ours: Ours) -> Standing:
        """The tier of one membership as days pass, outside of a wave."""
        zone = ours.version.policy.time_zone
        (days,) = await self._policies.qualifying_days([key], zone)
        return standing_of(ours.programme, days)

    async def ledger(
        self, points: MembershipPoints, currency: PointsCurrency, args: ConnectionArgs
    ) -> MergedPage[Entry]:
        """A page of entries, by sequence."""
        if points.authority is PointsAuthority.LEGACY:
            return no_ledger()
        key = AccountKey.of(points.membership, CURRENCIES[currency])
        return await ledger_page(self.accounts, key, args)

    async def ours(self, channel: str) -> Ours | None:
        """The programme of a channel's memberships, where the platform decides it today."""
        programmes, now = await self._known.current(), self.owned.now()
        for programme in programmes:
            today = local_day(programme, now)
            found = programme_of([programme], channel, today)
            if found is not None:
                version = found[1]
                if version.policy.authority is PointsAuthority.PLATFORM:
                    return Ours(programme=programme, version=version, today=today)
        return None

    async def _safe(self, asked: Awaitable[_T], missing: _T) -> _T:
        """What is kept; nothing, and a notice, while the store is away."""
        try:
            return await asked
        except StoreUnavailable as exc:
            self._request.notices[_PLATFORM] = SourceReport(
                name=_PLATFORM,
                status=SourceStatus.ERROR,
                code=exc.code,
                message="points and tiers that the platform decides are missing",
                retryable=True,
            )
            return missing


def local_day(programme: Programme, now: datetime) -> date:
    """Today where a programme is."""
    return now.astimezone(ZoneInfo(programme.versions[-1].policy.time_zone)).date()
