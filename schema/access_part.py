"""What a resolver may ask of what is kept from most: persons in the clear, and the audit trail."""

from typing import Protocol

from capabilities.audit import AuditFilter, Recorded
from capabilities.member.records import Member
from capabilities.member.unmasked import UnmaskedMember
from capabilities.page import ConnectionArgs, MergedPage


class AccessPart(Protocol):
    """Who saw whom in the clear stands in the trail before she is seen."""

    async def unmasked(self, member: Member, reason: str | None) -> UnmaskedMember:
        """A person in the clear; BadInput where staff give no reason."""

    async def trail(self, filters: AuditFilter, args: ConnectionArgs) -> MergedPage[Recorded]:
        """A page of the audit trail, the newest first."""
