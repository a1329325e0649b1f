"""Promotions that the platform decides, as one caller meets them."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from capabilities.caller import Caller
from capabilities.errors import Forbidden
from capabilities.member.records import Member
from capabilities.order.quoted import Quoted
from capabilities.promotion.plans import (
    PlanFault,
    PromotionAction,
    PromotionChange,
    PromotionOutcome,
    PromotionPlan,
)
from capabilities.promotion.preview import PromotionPreview
from capabilities.promotion.progress import Progressed, PromotionProgress, progress_of
from capabilities.promotion.quoting import QuoteAsk, ShownQuote
from capabilities.promotion.records import Promotion
from gateway.federation.asking import Request
from gateway.platform.known_goods import KnownGoods
from gateway.platform.quoting import Quoting
from gateway.promotion.previewing import Bounds, PastPreview, Span
from gateway.redact import redacted_text
from store.owned import Owned
from store.promotion.promotions import Promotions, invalid
from store.promotion.steps import Wanted
from store.promotion.uses import PromotionUses

# A request is answered in seconds: it says how far it came, and the command line goes to the end.
_BOUNDS = Bounds(orders=20_000, seconds=2.0)


class PromotionDesk:
    """Implements `schema.promotion_part.PromotionPart`."""

    def __init__(
        self,
        owned: Owned,
        caller: Caller,
        quoting: Quoting,
        request: Request,
        goods: KnownGoods,
    ) -> None:
        self._owned = owned
        self._goods = goods
        self._caller = caller
        self._request = request
        self._promotions = Promotions(owned)
        self._uses = PromotionUses(owned)
        self._quoting = quoting

    async def create(
        self, plan: PromotionPlan | PlanFault, reason: str, idempotency_key: str
    ) -> PromotionOutcome:
        """Write one down in the caller's name."""
        self._unbound()
        if isinstance(plan, PlanFault):
            return invalid((plan,))
        return await self._promotions.create(plan, self._wanted(reason, idempotency_key))

    async def update(
        self,
        plan: PromotionPlan | PlanFault,
        expected_version: int | None,
        reason: str,
        idempotency_key: str,
    ) -> PromotionOutcome:
        """A new version in the caller's name."""
        self._unbound()
        if isinstance(plan, PlanFault):
            return invalid((plan,))
        wanted = self._wanted(reason, idempotency_key)
        return await self._promotions.update(plan, expected_version, wanted)

    async def move(
        self, key: str, action: PromotionAction, reason: str, idempotency_key: str
    ) -> PromotionOutcome:
        """Let one go on in its life."""
        self._unbound()
        return await self._promotions.move(key, action, self._wanted(reason, idempotency_key))

    async def preview(
        self, key: str, since: date, until: date, channels: frozenset[str] | None
    ) -> PromotionPreview | None:
        """What one would have cost over past orders, as far as a request goes."""
        self._unbound()
        span = Span(since, until)
        span.check()
        kept = await self._promotions.one(key)
        if kept is None:
            return None
        past = PastPreview(self._owned, self._goods, self._zone_of)
        return await past.run(kept.plan, span, past.wanted(kept.plan, span, channels), _BOUNDS)

    def _zone_of(self, channel: str) -> ZoneInfo:
        found = self._request.estate.channel(channel)
        return self._owned.zone if found is None else ZoneInfo(found.time_zone)

    async def history(self, key: str) -> Sequence[PromotionChange]:
        """Every step of one, the newest first."""
        self._unbound()
        return list(await self._promotions.history(key))[::-1]

    async def quote(self, ask: QuoteAsk, buyer: Member | None) -> ShownQuote:
        """What a cart costs here and now."""
        return await self._quoting.quote(ask, buyer)

    async def quote_again(self, token: str) -> ShownQuote | None:
        """The quote of a token, as it was."""
        return await self._quoting.again(token)

    async def quoted(self, token: str) -> Quoted | None:
        """A quote as an order takes it; None where there is none that an order may go by."""
        return await self._quoting.quoted(token)

    async def progress(self, promotion: Promotion) -> PromotionProgress | None:
        """How far one of the platform's is; None of any other."""
        if promotion.terms is None:
            return None
        done: Progressed = await self._request.load_with(
            "promotion progress", self._uses.progress, promotion.key
        )
        return progress_of(promotion, promotion.terms, done)

    def _wanted(self, reason: str, idempotency_key: str) -> Wanted:
        return Wanted(
            author=self._caller.subject,
            role=self._caller.role.value,
            reason=redacted_text(reason),
            key=idempotency_key,
        )

    def _unbound(self) -> None:
        """Forbidden for a caller of some stores or channels: a promotion may hold in all."""
        seen = self._caller.visibility
        if seen.stores is not None or seen.channels is not None:
            raise Forbidden("Promotions of the platform are decided for the whole brand.")
