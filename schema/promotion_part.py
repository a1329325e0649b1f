"""What a resolver may ask of promotions that the platform decides."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from capabilities.member.records import Member
from capabilities.promotion.plans import (
    PlanFault,
    PromotionAction,
    PromotionChange,
    PromotionOutcome,
    PromotionPlan,
)
from capabilities.promotion.preview import PromotionPreview
from capabilities.promotion.progress import PromotionProgress
from capabilities.promotion.quoting import QuoteAsk, ShownQuote
from capabilities.promotion.records import Promotion


class PromotionPart(Protocol):
    """Promotions written down, put in force, and how far they are."""

    async def create(
        self, plan: PromotionPlan | PlanFault, reason: str, idempotency_key: str
    ) -> PromotionOutcome:
        """Write one down as a draft; a fault instead of a plan is answered as a refusal."""

    async def update(
        self,
        plan: PromotionPlan | PlanFault,
        expected_version: int | None,
        reason: str,
        idempotency_key: str,
    ) -> PromotionOutcome:
        """A new version of one."""

    async def move(
        self, key: str, action: PromotionAction, reason: str, idempotency_key: str
    ) -> PromotionOutcome:
        """Schedule, pause, resume or end one."""

    async def quote(self, ask: QuoteAsk, buyer: Member | None) -> ShownQuote:
        """What a cart costs a buyer here and now; None for one whom nobody knows."""

    async def quote_again(self, token: str) -> ShownQuote | None:
        """The quote of a token, as it was; None where it is none of ours."""

    async def progress(self, promotion: Promotion) -> PromotionProgress | None:
        """How far one of the platform's is; None of any other."""

    async def preview(
        self, key: str, since: date, until: date, channels: frozenset[str] | None
    ) -> PromotionPreview | None:
        """What one would have cost over past orders; None where there is none."""

    async def history(self, key: str) -> Sequence[PromotionChange]:
        """Every step of one, the newest first."""
