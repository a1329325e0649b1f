"""What a resolver may ask of what is kept from most: persons in the clear, and the audit trail."""

from typing import Protocol

from capabilities.audit import AuditFilter, Recorded
from capabilities.member.records import Member
from capabilities.member.unmasked import UnmaskedMember
from capabilities.order.records import Order
from capabilities.page import ConnectionArgs, MergedPage


class AccessPart(Protocol):
    """Who saw whom in the clear stands in the trail before she is seen."""

    async def look_at_recipient(self, order: Order, reason: str | None) -> None:
        """Put into the trail that somebody sees whom an order is for."""

    async def unmasked(self, member: Member, reason: str | None) -> UnmaskedMember:
        """A person in the clear; BadInput where staff give no reason."""

    async def trail(self, filters: AuditFilter, args: ConnectionArgs) -> MergedPage[Recorded]:
        """A page of the audit trail, the newest first."""
