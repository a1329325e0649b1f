"""What is known of a person changes: here what is ours, by its system what is not."""

from collections.abc import Sequence

from msgspec.structs import replace

from capabilities.estate import Capability
from capabilities.member.changing import (
    PLATFORM,
    ChangeState,
    MemberChangeDeclined,
    MembershipChange,
    ProfileUpdated,
    changed_contact,
)
from capabilities.member.pending import is_pending
from capabilities.member.records import Member, Membership
from capabilities.member.writing import PersonFields, WriteKind
from capabilities.profile.telling import GivenAttribute
from gateway.federation.asking import Request
from gateway.federation.own_source import takes
from gateway.platform.attributes_told import AttributesTold
from gateway.platform.systems_told import SystemsTold
from store.engine import Run
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys


class ProfileChanges:
    """Changes a person in all her memberships, in the caller's transaction."""

    def __init__(self, owned: Owned, request: Request, told: SystemsTold, keys: DataKeys) -> None:
        self._owned = owned
        self._request = request
        self._told = told
        self._intake = intake_of(owned)
        self._attributes = AttributesTold(owned, keys)

    async def updated_in(
        self,
        run: Run,
        member: Member,
        person: PersonFields,
        attributes: Sequence[GivenAttribute],
    ) -> ProfileUpdated | MemberChangeDeclined:
        """Attributes go to the membership that holds them, everything else to each of them."""
        changes: list[MembershipChange] = []
        if attributes:
            holder = await self._attributes.tell_in(run, member, attributes)
            if isinstance(holder, MemberChangeDeclined):
                return holder
            changes = [_change(holder.channel, holder.number, ChangeState.DONE)]
        if person.told:
            changes = [await self._changed(run, member, one, person) for one in member.memberships]
        return ProfileUpdated(brand=self._owned.brand, one_id=member.one_id, changes=tuple(changes))

    async def _changed(
        self, run: Run, member: Member, one: Membership, person: PersonFields
    ) -> MembershipChange:
        connection = self._request.estate.route(Capability.MEMBER, one.channel)
        state = ChangeState.UNSUPPORTED
        if is_pending(one):
            pass  # its system is about to be told of her as she was registered
        elif connection is None and one.source.connector == PLATFORM:
            changed = replace(one, contact=changed_contact(one.contact, person))
            await self._intake.take(run, [changed], at=self._owned.now())
            state = ChangeState.DONE
        elif connection is not None:
            teller = connection.name if takes(connection, WriteKind.UPDATE) else None
            state = await self._told.of_change(run, teller, one, member.one_id, person)
        return _change(one.channel, one.number, state)


def _change(channel: str, number: str, state: ChangeState) -> MembershipChange:
    return MembershipChange(channel=channel, number=number, state=state)
