"""The desk of conflicts: a person says which side is right, and both sides have it."""

from typing import TypeAlias

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.member.conflicts import ConflictDecided, ConflictDeclined, ConflictState
from store.adoption.leaders import Leaders
from store.engine import Run
from store.member.conflicts import Conflicts
from store.member.led_writes import LedWrites, Wanted
from store.member.members import holder_of
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys

Deciding: TypeAlias = ConflictDecided | ConflictDeclined


class ConflictDesk:
    """Decides conflicts of one brand."""

    def __init__(self, owned: Owned, keys: DataKeys) -> None:
        self._owned = owned
        self._conflicts = Conflicts(owned, keys)
        self._led = LedWrites(owned, keys, intake_of(owned))
        self._leaders = Leaders(owned.brand)

    async def decide(
        self, run: Run, conflict: str, keep: Side, author: str, reason: str
    ) -> Deciding:
        """Write what one side has to the other; audited."""
        found = await self._conflicts.open_in(run, conflict)
        if found is None:
            return ConflictDeclined(code="CONFLICT_UNKNOWN", path=("input", "conflict"))
        channel, number = found.key
        one_id = await holder_of(run, self._owned.brand, channel, number)
        if one_id is None:  # erased since
            return ConflictDeclined(code="CONFLICT_UNKNOWN", path=("input", "conflict"))
        standing = await self._leaders.in_force(run, Capability.MEMBER, channel)
        wanted = Wanted(
            connector=found.connector,
            key=found.key,
            one_id=one_id,
            person=found.ours if keep is Side.PLATFORM else found.theirs,
            author=author,
        )
        await self._led.update_in(run, standing, wanted)
        state = ConflictState.PLATFORM_KEPT if keep is Side.PLATFORM else ConflictState.LEGACY_TAKEN
        await self._conflicts.decided_in(run, conflict, state, author, reason)
        return ConflictDecided(brand=self._owned.brand, key=conflict, state=state)
