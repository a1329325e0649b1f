"""The desk of conflicts: a person says which side is right, and both sides have it."""

from collections.abc import Collection
from typing import TypeAlias

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.member.conflicts import (
    ConflictDecided,
    ConflictDeclined,
    ConflictState,
    Ruling,
)
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
        self, run: Run, conflict: str, ruling: Ruling, channels: Collection[str] | None = None
    ) -> Deciding:
        """Write what one side has to the other; audited. `channels` are those of who decides.

        Nothing is decided where other values stand there than those that she has seen.
        """
        found = await self._conflicts.open_in(run, conflict)
        if found is None or (channels is not None and found.key[0] not in channels):
            return ConflictDeclined(code="CONFLICT_UNKNOWN", path=("input", "conflict"))
        channel, number = found.key
        one_id = await holder_of(run, self._owned.brand, channel, number)
        if one_id is None:  # erased since
            return ConflictDeclined(code="CONFLICT_UNKNOWN", path=("input", "conflict"))
        if ruling.seen not in (None, found.revision):
            return ConflictDeclined(code="CONFLICT_CHANGED", path=("input", "revision"))
        standing = await self._leaders.in_force(run, Capability.MEMBER, channel)
        kept = ruling.keep is Side.PLATFORM
        wanted = Wanted(
            connector=found.connector,
            key=found.key,
            one_id=one_id,
            person=found.ours if kept else found.theirs,
            author=ruling.author,
        )
        await self._led.update_in(run, standing, wanted)
        state = ConflictState.PLATFORM_KEPT if kept else ConflictState.LEGACY_TAKEN
        await self._conflicts.decided_in(run, conflict, state, ruling, one_id)
        return ConflictDecided(brand=self._owned.brand, key=conflict, state=state)
