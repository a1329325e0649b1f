"""A person in the clear, and one entry of the trail."""

from datetime import UTC, datetime
from typing import Any

from capabilities.audit import Recorded
from capabilities.member.records import IdentityKind, Member
from capabilities.member.unmasked import (
    UnmaskedIdentity,
    UnmaskedMember,
    UnmaskedMembership,
)
from capabilities.order.records import Order
from capabilities.page import CountPrecision, Edge, MergedPage, PageInfo, TotalCount
from capabilities.sources import SourceReport, SourceStatus

CLEAR = UnmaskedMember(
    name="林小满",
    phone="13912345678",
    email="lin@example.com",
    memberships=(
        UnmaskedMembership(
            id="x",
            number="1",
            name="林小满",
            phone="13912345678",
            email="lin@example.com",
            card_number="LIN-2026",
            identities=(UnmaskedIdentity(IdentityKind.WECHAT_OPENID, "wx1", "o-1"),),
        ),
    ),
)
ENTRY = Recorded(
    number=1,
    at=datetime(2026, 10, 1, 4, tzinfo=UTC),
    action="member.unmasked",
    actor="ada",
    role="SERVICE",
    about="m1",
    reason="ticket 7",
    facts="{}",
    hash=b"\x01",
)
PLATFORM = SourceReport(name="platform", status=SourceStatus.OK, latency_ms=1, age_ms=0, count=1)


class AccessShelf:
    """Answers with the one of each."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def look_at_recipient(self, order: Order, reason: str | None) -> None:
        """Everybody may."""

    async def unmasked(self, member: Member, reason: str | None) -> UnmaskedMember:
        self.asked.append((member.one_id, reason))
        return CLEAR

    async def trail(self, *_: Any) -> MergedPage[Recorded]:
        return MergedPage(
            edges=(Edge(node=ENTRY, place="a1"),),
            page_info=PageInfo(has_next_page=True, has_previous_page=False, start="a1", end="a1"),
            sources=(PLATFORM,),
            total_count=TotalCount(1, CountPrecision.EXACT),
        )
