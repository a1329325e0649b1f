"""What a resolver may ask of conflicts of writes that two sides lead."""

from typing import Protocol

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.member.conflicts import ConflictDeciding, ConflictState, MemberConflict
from capabilities.page import ConnectionArgs, MergedPage


class ConflictPart(Protocol):
    """What one side has where the other has something else; values come masked."""

    async def page(
        self,
        channel: str | None,
        capability: Capability,
        state: ConflictState,
        args: ConnectionArgs,
    ) -> MergedPage[MemberConflict]:
        """A page, the oldest first; of one channel, or of all that the caller may see."""

    async def decide(
        self, conflict: str, revision: str, keep: Side, reason: str, key: str
    ) -> ConflictDeciding:
        """Write one side's values to both."""
