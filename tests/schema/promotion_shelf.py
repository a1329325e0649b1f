"""A promotion of the platform's own, and the steps of its life."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from capabilities.member.changing import PLATFORM
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.pricing.quote import Why
from capabilities.promotion.plans import (
    PlanFault,
    PromotionAction,
    PromotionChange,
    PromotionDeclined,
    Stage,
)
from capabilities.promotion.preview import PreviewReason, PreviewShare, PromotionPreview
from capabilities.promotion.progress import PromotionProgress
from capabilities.promotion.quoting import (
    Reduction,
    ShownApplied,
    ShownLine,
    ShownQuote,
    ShownRejected,
)
from capabilities.promotion.records import Promotion
from capabilities.sources import SourceRef

AT = datetime(2026, 11, 11, 4, tzinfo=UTC)
SOURCE = SourceRef(connector=PLATFORM, system="santong", external_id="eleven")
OWN = Promotion(channel="shop", key="eleven", name="双十一", source=SOURCE)
FAULT = PlanFault(message="above 0 and at most 100", path=("reward", "percent"))
STEP = PromotionChange(
    sequence=7,
    key="eleven",
    action=PromotionAction.PAUSE,
    version=2,
    stage=Stage.PAUSED,
    before_version=2,
    before_stage=Stage.SCHEDULED,
    author="ops-1",
    reason="too dear",
    at=AT,
)

YUAN = Money(100, "CNY")
PROGRESS = PromotionProgress(
    used=3,
    spend=YUAN,
    revenue=YUAN,
    units=9,
    used_share=Decimal("0.0300"),
    budget_share=Decimal("1.0000"),
    amount_share=Decimal("1.0000"),
    units_share=Decimal("0.0900"),
)
QUOTE = ShownQuote(
    at=AT,
    policy_version=7,
    book="0" * 64,
    gross=YUAN,
    discount=YUAN,
    shipping=YUAN,
    total=YUAN,
    lines=(
        ShownLine(
            ref="1",
            sku="BW-100123",
            gross=YUAN,
            net=YUAN,
            reductions=(Reduction(key="eleven", amount=YUAN),),
        ),
    ),
    applied=(
        ShownApplied(
            key="eleven",
            version=2,
            name="双十一",
            amount=YUAN,
            times=1,
            settled=True,
            gift_sku="CARD",
            gift_quantity=1,
            coupon="ten",
            points_times=Decimal(2),
        ),
    ),
    rejected=(
        ShownRejected(
            key="later", name="双十二", why=Why.EXCLUSIVE, missing=Decimal("9.90"), by="eleven"
        ),
    ),
    unmatched=("2",),
    token="a token",
)


_SHARE = PreviewShare(
    day=date(2026, 11, 20), channel="shop", orders=2, applied=1, turnover=YUAN, discount=YUAN
)
PREVIEW = PromotionPreview(
    promotion="eleven",
    version=1,
    since=date(2026, 11, 20),
    until=date(2026, 11, 26),
    orders=2,
    applied=1,
    unpriced=1,
    turnover=YUAN,
    discount=YUAN,
    days=(_SHARE,),
    channels=(_SHARE,),
    reasons=(PreviewReason(Why.TIER, 1),),
    complete=False,
    upto=datetime(2026, 11, 26, 4, tzinfo=UTC),
)


class PromotionShelf:
    """Implements `schema.promotion_part.PromotionPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def create(self, plan: Any, *words: str) -> Any:
        return self._changed("create", plan, *words)

    async def update(self, plan: Any, expected: Any, *words: str) -> Any:
        return self._changed("update", plan, expected, *words)

    async def move(self, key: str, action: Any, *words: str) -> Any:
        return self._changed("move", key, action, *words)

    async def quote(self, ask: Any, buyer: Any) -> Any:
        self.asked.append(("quote", ask, None if buyer is None else buyer.one_id))
        return QUOTE

    async def quote_again(self, token: str) -> Any:
        self.asked.append(("quote_again", token))
        return QUOTE

    async def progress(self, promotion: Any) -> Any:
        self.asked.append(("progress", promotion.key))
        return PROGRESS

    async def preview(self, key: str, since: Any, until: Any, channels: Any) -> Any:
        self.asked.append(("preview", key, since, until, channels))
        return PREVIEW

    async def history(self, key: str) -> Any:
        self.asked.append(("history", key))
        return (STEP,)

    def _changed(self, what: str, *wish: Any) -> Any:
        self.asked.append((what, *wish))
        if isinstance(wish[0], PlanFault):
            path = ("input", "promotion")
            return PromotionDeclined(code="PROMOTION_INVALID", path=path, faults=(wish[0],))
        if wish[-1] == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return OWN
