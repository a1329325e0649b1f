"""What a resolver may ask of points, tiers and benefits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from capabilities.member.records import Membership
from capabilities.page import ConnectionArgs, MergedPage
from capabilities.points.records import Entry
from capabilities.points.shown import (
    MembershipBenefit,
    MembershipPoints,
    MembershipTier,
    PointsChange,
    PointsCurrency,
)


class PointsPart(Protocol):
    """Points of memberships that were found for the caller; all of a wave in one statement.

    A membership whose programme another system decides answers what that system says.
    """

    async def points(self, membership: Membership) -> MembershipPoints | None:
        """Its points now."""

    async def tier(self, membership: Membership) -> MembershipTier | None:
        """Its tier today."""

    async def benefits(self, membership: Membership) -> Sequence[MembershipBenefit]:
        """What it gives today."""

    async def ledger(
        self, points: MembershipPoints, currency: PointsCurrency, args: ConnectionArgs
    ) -> MergedPage[Entry]:
        """A page of its entries; no row and no count where another system keeps them."""

    async def earn(
        self, membership: Membership | None, amount: int, reason: str, idempotency_key: str
    ) -> PointsChange:
        """Give points."""

    async def redeem(
        self,
        membership: Membership | None,
        amount: int,
        lock: int | None,
        reason: str,
        idempotency_key: str,
    ) -> PointsChange:
        """Spend points, or some that were put aside."""

    async def adjust(
        self,
        membership: Membership | None,
        amount: int,
        currency: PointsCurrency,
        reason: str,
        idempotency_key: str,
    ) -> PointsChange:
        """Correct a balance by hand, up or down."""

    async def exchange(
        self,
        source: Membership | None,
        target: Membership | None,
        amount: int,
        idempotency_key: str,
    ) -> PointsChange:
        """Give points of one membership for points of another of the same person."""

    async def lock(
        self,
        membership: Membership | None,
        amount: int,
        until: datetime,
        reason: str,
        idempotency_key: str,
    ) -> PointsChange:
        """Put points aside until a moment."""

    async def unlock(
        self, membership: Membership | None, lock: int, idempotency_key: str
    ) -> PointsChange:
        """Give back what was put aside."""
