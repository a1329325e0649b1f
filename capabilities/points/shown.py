"""Tier, points and benefits of a membership as they are shown, whoever decides them."""

from datetime import date, datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.member import records
from capabilities.member.records import Membership, PointsAuthority
from capabilities.operations import IdempotencyKeyReused
from capabilities.points.policy import Programme
from capabilities.points.records import Account, Entry, InsufficientPoints, PointsDeclined
from capabilities.points.standing import Standing, TierProgress


class LedgerOrder(Enum):
    """How a ledger is sorted: by the order in which entries were recorded."""

    NEWEST_FIRST = "NEWEST_FIRST"
    OLDEST_FIRST = "OLDEST_FIRST"


class PointsCurrency(Enum):
    """What a programme counts: points to spend, and points that a tier is reached by."""

    SPENDABLE = "SPENDABLE"
    QUALIFYING = "QUALIFYING"


class ExpiringPoints(Struct, frozen=True, gc=False):
    """So many points that can be spent until a moment."""

    amount: int
    expires_at: datetime


class MembershipPoints(Struct, frozen=True, kw_only=True):
    """Points of one membership; `available` is below zero while some are owed."""

    membership: MembershipKey
    programme: str | None = None
    available: int | None
    pending: int | None = None
    locked: int | None = None
    owed: int | None = None
    authority: PointsAuthority = PointsAuthority.LEGACY
    expiring: tuple[ExpiringPoints, ...] = ()


class MembershipTier(Struct, frozen=True, kw_only=True):
    """A tier inside one programme; `rank` counts from 0 for the lowest."""

    code: str
    name: str | None = None
    rank: int | None = None
    valid_to: date | None = None
    authority: PointsAuthority = PointsAuthority.LEGACY
    progress: TierProgress | None = None


class MembershipBenefit(Struct, frozen=True, kw_only=True):
    """What a membership gives its holder; `valid_to` is its last day.

    `used` are the uses that count from the day `since` on, `left` those that it still gives.
    """

    code: str
    name: str
    uses: int | None = None
    used: int = 0
    left: int | None = None
    since: date | None = None
    valid_to: date | None = None


class PointsMoved(Struct, frozen=True, kw_only=True):
    """The entries of one wish, and the points as they stand after it."""

    entries: tuple[Entry, ...]
    points: MembershipPoints


PointsChange: TypeAlias = PointsMoved | InsufficientPoints | PointsDeclined | IdempotencyKeyReused


def legacy_points(membership: Membership) -> MembershipPoints | None:
    """What another system says, as it says it."""
    told: records.Points | None = membership.points
    if told is None:
        return None
    return MembershipPoints(
        membership=membership.key,
        programme=membership.programme,
        available=told.available,
        pending=told.pending,
        authority=told.authority,
    )


def legacy_tier(membership: Membership) -> MembershipTier | None:
    """What another system says, as it says it."""
    told: records.Tier | None = membership.tier
    if told is None:
        return None
    return MembershipTier(code=told.code, name=told.name, valid_to=told.valid_to)


def own_points(account: Account, programme: str, at: datetime) -> MembershipPoints:
    """What the ledger says at a moment."""
    ends: dict[datetime, int] = {}
    for lot in account.lots:
        if lot.remaining and lot.expires_at and not lot.pending(at) and not lot.expired(at):
            ends[lot.expires_at] = ends.get(lot.expires_at, 0) + lot.remaining
    return MembershipPoints(
        membership=MembershipKey(account.key.channel, account.key.number),
        programme=programme,
        available=account.available(at),
        pending=account.pending(at),
        locked=account.locked,
        owed=account.owed,
        authority=PointsAuthority.PLATFORM,
        expiring=tuple(ExpiringPoints(amount, end) for end, amount in sorted(ends.items())),
    )


def own_tier(programme: Programme, standing: Standing, day: date) -> MembershipTier | None:
    """What days and qualifying points say on a day; None where the programme has no tiers."""
    code, tiers = standing.tier_on(day), programme.tiers_on(day)
    if code is None or tiers is None:
        return None
    rank = tiers.rank(code)
    return MembershipTier(
        code=code,
        name=tiers.levels[rank].name,
        rank=rank,
        valid_to=standing.valid_to,
        authority=PointsAuthority.PLATFORM,
        progress=standing.progress(day),
    )
