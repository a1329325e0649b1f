"""Attributes that a caller tells of a person: kept under one of her memberships, with an event."""

from collections.abc import Sequence

from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.member.changing import PLATFORM, MemberChangeDeclined
from capabilities.member.pending import is_pending
from capabilities.member.records import Member, Membership
from capabilities.profile.telling import STAFF, GivenAttribute, observations, read_given
from store.engine import Run
from store.events import tell
from store.member.members import holder_of
from store.member.people_lock import lock_people
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.profile.attributes import Attributes
from store.profile.rules import ProfileRulesVersions

_GONE = MemberChangeDeclined(code="MEMBER_UNKNOWN", path=("input", "member"))
_PENDING = MemberChangeDeclined(code="MEMBER_PENDING", path=("input", "attributes"))


class AttributesTold:
    """Keeps what is told of attributes, in the transaction of the change."""

    def __init__(self, owned: Owned, keys: DataKeys) -> None:
        self._owned = owned
        self._rules = ProfileRulesVersions(owned.store, owned.brand)
        self._attributes = Attributes(owned.store, owned.brand, keys, owned.key)
        self._intake = intake_of(owned)

    async def tell_in(
        self, run: Run, member: Member, given: Sequence[GivenAttribute]
    ) -> MembershipKey | MemberChangeDeclined:
        """The membership that holds them from now on, or why none does.

        They take the place of what was told here of the same attributes in any of her memberships.
        """
        found = read_given(given, (await self._rules.current_in(run)).rules)
        if isinstance(found, MemberChangeDeclined):
            return found
        held = [one for one in member.memberships if not is_pending(one)]
        if not held:
            return _PENDING
        holder = max(held, key=_holds)
        one_id = await self._one_id(run, holder)
        if one_id is None:
            return _GONE
        told = observations(found, holder.key, self._owned.now())
        tellers = [(one.key, STAFF) for one in held]
        await self._attributes.replace_in(run, tellers, [one.key for one in found], told)
        await tell(run, self._owned.brand, Topic.MEMBER_CHANGED, [Subject(key=one_id)])
        return holder.key

    async def _one_id(self, run: Run, one: Membership) -> str | None:
        """Whose the membership is, which is taken in first where it is not known; None if erased.

        Erasures wait until the transaction ends: nothing is written behind one that is at work.
        """
        brand = self._owned.brand
        await lock_people(run, brand)
        found = await holder_of(run, brand, one.channel, one.number)
        if found is None:
            await self._intake.take(run, [one], at=self._owned.now())
            found = await holder_of(run, brand, one.channel, one.number)
        return found


def _holds(one: Membership) -> tuple[bool, tuple[object, ...]]:
    """Our own membership before any other, else the oldest: so it is the same one the next time."""
    return one.source.connector == PLATFORM, one.sort_key.rank
