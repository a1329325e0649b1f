"""What a resolver may have done with benefits."""

from typing import Protocol

from capabilities.member.records import Membership
from capabilities.points.benefits import BenefitChange
from capabilities.points.records import OrderRef


class BenefitPart(Protocol):
    """Uses of benefits of programmes that the platform decides, counted once per wish."""

    async def use(
        self,
        membership: Membership | None,
        benefit: str,
        order: OrderRef | None,
        reason: str,
        idempotency_key: str,
    ) -> BenefitChange:
        """Count a use of a benefit that is held today and has one left."""

    async def take_back(
        self, membership: Membership | None, use: str, reason: str, idempotency_key: str
    ) -> BenefitChange:
        """Count a use no more."""
