"""Writes of memberships by who leads: the one side at once, the other through the outbox.

Where a system leads it is told first, and the platform follows in the transaction that ends the
command; without adoption what it has comes back with the sync alone. Where the platform leads, its
record and the command are one transaction.
"""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from capabilities.adoption.standing import Standing
from capabilities.adoption.states import Side
from capabilities.member.changing import ChangeState, changed_contact
from capabilities.member.claims import Key
from capabilities.member.commands import Claimed, Ordered
from capabilities.member.echoes import OwnWrite, told_by
from capabilities.member.names import completed
from capabilities.member.records import Membership
from capabilities.member.writing import PersonFields, WriteKind
from store.adoption.leaders import counted
from store.commands import new_reference, order
from store.engine import Run
from store.member.agreements import Agreements
from store.member.conflicts import person_of
from store.member.kept_memberships import KeptMemberships
from store.member.people_lock import lock_people
from store.member.taking import Intake
from store.owned import Owned
from store.privacy.data_keys import DataKeys

RECONCILER = "system:adoption"


class Wanted(Struct, frozen=True, kw_only=True):
    """A change of one membership of a system; `connector` is who tells it, if anybody does."""

    connector: str | None
    key: Key
    one_id: str
    person: PersonFields
    author: str
    repair: bool = False


class LedWrites:
    """Writes memberships of one brand."""

    def __init__(self, owned: Owned, keys: DataKeys, intake: Intake) -> None:
        self._owned = owned
        self._keys = keys
        self._intake = intake
        self._kept = KeptMemberships(owned.store, owned.brand, keys)
        self._agreements = Agreements(owned.brand, owned.key)

    async def update_in(self, run: Run, standing: Standing, wanted: Wanted) -> ChangeState:
        """Change what is known of her; DONE where the platform has it, QUEUED where it waits.

        What the platform has no record of is led by its system, whatever the standing.
        """
        follower = standing.follows(wanted.one_id)
        leads = standing.writes(wanted.one_id) is Side.PLATFORM
        if wanted.connector is None and (follower is not None or not leads):
            return ChangeState.UNSUPPORTED
        if not counted(standing):
            return await self._ordered(run, wanted, new_reference())
        await lock_people(run, self._owned.brand)
        before = (await self._kept.kept_in(run, [wanted.key])).get(wanted.key)
        if before is None:
            return await self._ordered(run, wanted, new_reference())
        leader = Side.PLATFORM if leads else Side.LEGACY
        if follower is not None or not leads:
            await self._outgoing(run, wanted, before, leader)
        if not leads:
            return ChangeState.QUEUED
        await self._apply(run, before, wanted.person, self._owned.now())
        return ChangeState.DONE

    async def confirmed_in(self, run: Run, one: Claimed, at: datetime) -> None:
        """A system has a change: where it led, the platform follows now.

        What somebody changed here since stands.
        """
        known = await self._agreements.leader_of(run, one.command)
        if known is None or known[1] is not Side.LEGACY:
            return
        key = known[0]
        await lock_people(run, self._owned.brand)
        before = (await self._kept.kept_in(run, [key])).get(key)
        if before is None:
            return
        agreement = (await self._agreements.of(run, [key])).get(key)
        writes = () if agreement is None else agreement.writes
        later = [w for w in writes if w.leader is Side.PLATFORM and w.open]
        newer = {name for w in later for name in w.marks}
        await self._apply(run, before, _without(one.write.person, newer), at)

    async def repair_in(
        self, run: Run, connector: str, ours: Membership, one_id: str, fields: Collection[str]
    ) -> None:
        """Tell a system what the platform has, where it has something else."""
        wanted = Wanted(
            connector=connector,
            key=(ours.channel, ours.number),
            one_id=one_id,
            person=person_of(ours.contact, fields),
            author=RECONCILER,
            repair=True,
        )
        await self._outgoing(run, wanted, ours, Side.PLATFORM)

    async def _outgoing(self, run: Run, wanted: Wanted, before: Membership, leader: Side) -> None:
        command = new_reference()
        await self._ordered(run, wanted, command)
        marks = self._agreements.marks(told_by(wanted.person))
        write = OwnWrite(command=command, leader=leader, marks=marks, repair=wanted.repair)
        await self._agreements.wrote(run, wanted.key, write, before.contact, self._owned.now())

    async def _apply(
        self, run: Run, before: Membership, person: PersonFields, at: datetime
    ) -> None:
        if person.told:
            whole = completed(person, before.contact.name)
            after = replace(before, contact=changed_contact(before.contact, whole))
            await self._intake.change(run, after, at=at)

    async def _ordered(self, run: Run, wanted: Wanted, command: str) -> ChangeState:
        channel, number = wanted.key
        ordered = Ordered(
            connector=wanted.connector or "",
            channel=channel,
            kind=WriteKind.UPDATE,
            one_id=wanted.one_id,
            number=number,
            person=wanted.person,
            author=wanted.author,
        )
        brand, now = self._owned.brand, self._owned.now()
        await order(run, self._keys, brand, ordered, now, command)
        return ChangeState.QUEUED


def _without(person: PersonFields, fields: Collection[str]) -> PersonFields:
    """A change but for some fields; a name has two parts."""
    parts = {"family_name", "given_name"} if "name" in fields else set()
    return person.without({*fields, *parts})
