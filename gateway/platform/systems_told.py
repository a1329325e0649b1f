"""What systems are told of people in a caller's name: registrations, and changes of memberships."""

from typing import Any

from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability
from capabilities.member.changing import ChangeState
from capabilities.member.commands import Ordered
from capabilities.member.pending import pending_membership
from capabilities.member.person import derive_one_id, lead_identity
from capabilities.member.records import Membership
from capabilities.member.writing import PersonFields, WriteKind
from store.adoption.leaders import Leaders
from store.commands import new_reference, order
from store.engine import Run
from store.member.led_writes import LedWrites, Wanted
from store.member.pending import PendingRegistrations
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys


class SystemsTold:
    """Orders commands, in the transactions that decide them."""

    def __init__(self, owned: Owned, keys: DataKeys, author: str) -> None:
        self._owned = owned
        self._keys = keys
        self._author = author
        self._led = LedWrites(owned, keys, intake_of(owned))
        self._leaders = Leaders(owned.brand)
        self._pending = PendingRegistrations(owned.store, owned.brand, keys)

    async def retired(self, run: Run, channel: str) -> bool:
        """Whether a channel's system is told of nobody any more, so that numbers are ours."""
        standing = await self._leaders.in_force(run, Capability.MEMBER, channel)
        return standing.lead is AdoptionState.LEGACY_RETIRED

    async def of_somebody(
        self, run: Run, connector: str, channel: str, person: PersonFields, generation: int
    ) -> bool:
        """Have a system told of somebody; False where it is about to be told of her already.

        Until it has her she is known by the reference of the command.
        """
        owned, command, now = self._owned, new_reference(), self._owned.now()
        lead = lead_identity(pending_membership(channel, command, now, person))
        one_id = derive_one_id(owned.key, owned.brand, lead, generation)
        ((*waiting,),) = await self._pending.of_people([one_id])
        if any(one.channel == channel for one in waiting):
            return False
        wish = {"channel": channel, "kind": WriteKind.REGISTER, "one_id": one_id, "person": person}
        await self._order(run, {**wish, "connector": connector}, command)
        return True

    async def of_change(
        self, run: Run, connector: str | None, one: Membership, one_id: str, person: PersonFields
    ) -> ChangeState:
        """Change a membership of a system where its writes are led; None tells no system."""
        standing = await self._leaders.in_force(run, Capability.MEMBER, one.channel)
        wanted = Wanted(
            connector=connector,
            key=(one.channel, one.number),
            one_id=one_id,
            person=person,
            author=self._author,
        )
        return await self._led.update_in(run, standing, wanted)

    async def _order(self, run: Run, wish: dict[str, Any], command: str) -> None:
        ordered = Ordered(**wish, author=self._author)
        await order(run, self._keys, self._owned.brand, ordered, self._owned.now(), command)
