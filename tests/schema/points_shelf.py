"""One record of everything that points are shown as."""

from datetime import UTC, date, datetime
from typing import Any

from capabilities.caller import MembershipKey
from capabilities.member.records import PointsAuthority
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import CountPrecision, Edge, MergedPage, PageInfo, TotalCount
from capabilities.points.records import (
    AccountKey,
    Burn,
    Direction,
    Entry,
    EntryType,
    InsufficientPoints,
    OrderRef,
    PointsDeclined,
    PolicyRef,
)
from capabilities.points.shown import (
    ExpiringPoints,
    MembershipBenefit,
    MembershipPoints,
    MembershipTier,
    PointsMoved,
)
from capabilities.points.standing import TierProgress
from capabilities.sources import SourceReport, SourceStatus

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
KEY = MembershipKey("store", "8001")
ENTRY = Entry(
    account=AccountKey.of(KEY),
    sequence=3,
    type=EntryType.REVERSE,
    direction=Direction.DEBIT,
    amount=40,
    burns=(Burn(1, 30),),
    owed=10,
    undoes=2,
    pending_until=NOON,
    expires_at=NOON,
    order=OrderRef("store", "O-1"),
    reason="a refund",
    source="orders",
    policy=PolicyRef("club", 2),
    author="programme club",
    idempotency_key="k",
    occurred_at=NOON,
    recorded_at=NOON,
)
POINTS = MembershipPoints(
    membership=KEY,
    programme="club",
    available=120,
    pending=5,
    locked=7,
    owed=1,
    authority=PointsAuthority.PLATFORM,
    expiring=(ExpiringPoints(20, NOON),),
)
TIER = MembershipTier(
    code="G",
    name="金卡",
    rank=2,
    valid_to=date(2027, 1, 1),
    authority=PointsAuthority.PLATFORM,
    progress=TierProgress(next_code="P", needed=1000, reached=400, keep=300, kept=100),
)
BENEFIT = MembershipBenefit(
    code="lounge",
    name="休息室",
    uses=2,
    used=1,
    left=1,
    since=date(2026, 1, 1),
    valid_to=date(2027, 1, 1),
)
LEDGER = MergedPage(
    edges=(Edge(node=ENTRY, place="c"),),
    page_info=PageInfo(has_next_page=False, has_previous_page=False, start="c", end="c"),
    sources=(SourceReport(name="platform", status=SourceStatus.OK, age_ms=0, count=1),),
    total_count=TotalCount(1, CountPrecision.EXACT),
)


class PointsShelf:
    """Implements `schema.points_part.PointsPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def _say(self, answer: Any, *question: Any) -> Any:
        self.asked.append(question)
        return answer

    async def points(self, membership: Any) -> Any:
        return self._say(POINTS, "points", membership.key)

    async def tier(self, membership: Any) -> Any:
        return self._say(TIER, "tier", membership.key)

    async def benefits(self, membership: Any) -> Any:
        return self._say((BENEFIT,), "benefits", membership.key)

    async def ledger(self, points: Any, currency: Any, args: Any) -> Any:
        return self._say(LEDGER, "ledger", points.membership, currency, args)

    async def earn(self, *wish: Any) -> Any:
        return self._changed("earn", *wish)

    async def redeem(self, *wish: Any) -> Any:
        return self._changed("redeem", *wish)

    async def adjust(self, *wish: Any) -> Any:
        return self._changed("adjust", *wish)

    async def exchange(self, *wish: Any) -> Any:
        return self._changed("exchange", *wish)

    async def lock(self, *wish: Any) -> Any:
        return self._changed("lock", *wish)

    async def unlock(self, *wish: Any) -> Any:
        return self._changed("unlock", *wish)

    def _changed(self, what: str, membership: Any, *rest: Any) -> Any:
        self.asked.append((what, None if membership is None else membership.key, *rest))
        if membership is None:
            return PointsDeclined(code="MEMBERSHIP_UNKNOWN", path=("input", "membership"))
        if rest[0] == 13:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        if rest[0] == 999:
            path = ("input",)
            return InsufficientPoints(code="INSUFFICIENT_POINTS", path=path, available=120)
        return PointsMoved(entries=(ENTRY,), points=POINTS)
