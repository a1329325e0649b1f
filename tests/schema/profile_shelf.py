"""One record of everything that a profile holds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from capabilities.member.touches import (
    Touch,
    TouchDeclined,
    TouchDirection,
    Touching,
    Touchpoint,
    TouchRecorded,
)
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.profile.attributes import Attribute
from capabilities.profile.purchases import (
    CategoryAffinity,
    ChannelStatistics,
    Input,
    MemberAffinity,
    MemberStatistics,
    Recommendation,
    RecommendationReason,
)
from capabilities.profile.rules import DeclaredAttribute, KeyRule, ProfileRules, Survivorship
from capabilities.profile.tags import Tag, TagDeclined, Tagged, Tagging

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
BIRTHDAY = Attribute(
    key="birthday",
    value="1990-05-17",
    source="woo",
    observed_at=NOON,
    confidence=0.9,
    survivorship=Survivorship.HIGHEST_CONFIDENCE,
    personal=True,
    rules_version=2,
)
STATISTICS = MemberStatistics(
    channels=(
        ChannelStatistics(
            channel_code="store", currency="CNY", orders=3, net=1000, first_at=NOON, last_at=NOON
        ),
    ),
    computed_at=NOON,
    model_version="statistics-1",
    inputs=(Input("orderFacts", "4"),),
)
AFFINITY = MemberAffinity(
    categories=(
        CategoryAffinity(
            category=("食品", "茶"), weight=1.5, share=0.6, orders=2, last_at=NOON, score=0.7
        ),
    ),
    computed_at=NOON,
    model_version="affinity-1",
    inputs=(Input("halfLifeDays", "90"),),
)
TAG = Tag(tag="vip", author="guide-1", tagged_at=NOON, expires_at=NOON)
TOUCH = Touch(
    source="santong",
    reference="t1",
    direction=TouchDirection.SENT,
    kind="SECOND_PURCHASE",
    at=NOON,
    channel_code="store",
    medium="SMS",
    template="second",
    campaign="autumn",
    planned_at=NOON,
    sent_at=NOON,
    cost=Money(5, "CNY"),
    not_sent_reason="none",
    outcome="DELIVERED",
    score=5,
)
REASON = RecommendationReason(category=("食品", "茶"), share=0.6, orders=2, last_at=NOON)


class ProfileShelf:
    """Implements `schema.profile_part.ProfilePart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def _say(self, answer: Any, *question: Any) -> Any:
        self.asked.append(question)
        return answer

    async def declared(self) -> Sequence[DeclaredAttribute]:
        rules = ProfileRules(keys={"pets": KeyRule(values=("CAT", "DOG"))})
        return self._say(rules.declared(), "declared")

    async def attributes(self, one_id: str) -> Sequence[Attribute]:
        return self._say((BIRTHDAY,), "attributes", one_id)

    async def statistics(self, one_id: str) -> MemberStatistics | None:
        return self._say(STATISTICS, "statistics", one_id)

    async def affinity(self, one_id: str) -> MemberAffinity | None:
        return self._say(AFFINITY, "affinity", one_id)

    async def tags(self, one_id: str) -> Sequence[Tag]:
        return self._say((TAG,), "tags", one_id)

    async def touches(self, one_id: str, first: int) -> Sequence[Touch]:
        return self._say((TOUCH,), "touches", one_id, first)

    async def new_products(self, one_id: str, first: int) -> Sequence[Recommendation]:
        answer = (Recommendation(sku="BW-100123", reason=REASON),)
        return self._say(answer, "new_products", one_id, first)

    async def tag(self, one_id: str | None, tag: str, *wish: Any) -> Tagging:
        self.asked.append(("tag", one_id, tag, *wish))
        return self._changed(one_id, tag)

    async def untag(self, one_id: str | None, tag: str, *wish: Any) -> Tagging:
        self.asked.append(("untag", one_id, tag, *wish))
        return self._changed(one_id, tag)

    async def record_touch(self, told: Touchpoint | None, key: str) -> Touching:
        self.asked.append(("touch", told, key))
        if told is None:
            return TouchDeclined(code="MEMBER_UNKNOWN", path=("input", "number"))
        if told.reference == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return TouchRecorded(reference=told.reference)

    def _changed(self, one_id: str | None, tag: str) -> Tagging:
        if tag == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        if one_id is None:
            return TagDeclined(code="MEMBER_UNKNOWN", path=("input", "member"))
        return Tagged(brand="baiwei", one_id=one_id, tags=(TAG,))
