"""One record of everything that uses of benefits are answered with."""

# ruff: noqa: ARG002 - the shape is the protocol's

from capabilities.member.records import Membership
from capabilities.operations import IdempotencyKeyReused
from capabilities.points.benefits import BenefitChange, BenefitDeclined, BenefitMoved
from capabilities.points.records import OrderRef
from tests.schema.points_shelf import BENEFIT


class BenefitShelf:
    """Implements `schema.benefit_part.BenefitPart`."""

    async def use(
        self,
        membership: Membership | None,
        benefit: str,
        order: OrderRef | None,
        reason: str,
        idempotency_key: str,
    ) -> BenefitChange:
        return self._answer(benefit)

    async def take_back(
        self, membership: Membership | None, use: str, reason: str, idempotency_key: str
    ) -> BenefitChange:
        return self._answer(use)

    def _answer(self, name: str) -> BenefitChange:
        if name == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        if name == "none":
            path = ("input", "benefit")
            return BenefitDeclined(code="BENEFIT_NOT_HELD", path=path, valid=("lounge",))
        return BenefitMoved(use="u1", benefit=BENEFIT)
