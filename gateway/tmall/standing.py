"""Who somebody is to the brand who asks from Tmall: bound here, known somewhere, or nobody.

What the platform itself knows is asked first. A system is asked where only it can know, inside the
time that is left; where it does not answer, its last known word stands, or the question is refused.
"""

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.errors import BadInput, ChannelError
from capabilities.estate import Capability
from capabilities.member.person import identity_hash, phone_identity
from capabilities.member.phone import normalise_phone
from capabilities.member.records import Identity, Membership
from gateway.federation.asking import Request
from gateway.federation.reader import GraphReader
from gateway.platform.points import PointsReading
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members, StoredPerson


class Standing(Enum):
    """What she is."""

    BOUND = "BOUND"
    UNBOUND = "UNBOUND"
    NOBODY = "NOBODY"


class Shown(Struct, frozen=True, kw_only=True):
    """Her membership, and what it is worth: whole, or it is not shown."""

    membership: Membership
    points: int
    tier: str | None


class Unknown(Exception):
    """It cannot be said now."""


class People:
    """Looks people up for one call."""

    def __init__(
        self,
        reader: GraphReader,
        members: Members,
        kept: KeptMemberships,
        points: PointsReading,
        key: bytes,
    ) -> None:
        self._reader = reader
        self._request: Request = reader.request
        self._members = members
        self._kept = kept
        self._points = points
        self._key = key

    async def standing(
        self, channel: str, identities: Sequence[Identity], mobile: str | None
    ) -> tuple[Standing, Membership | None]:
        """What she is, and her membership of this channel where it is bound; Unknown."""
        bound = await self._bound(channel, identities)
        if bound is not None:
            return Standing.BOUND, bound
        known = await self.known(mobile)
        return (Standing.UNBOUND if known else Standing.NOBODY), None

    async def known(self, mobile: str | None) -> bool:
        """Whether a phone is a member's of any of the brand's channels; Unknown."""
        phone = normalise_phone(mobile or "")
        if phone is None:
            return False
        identity = phone_identity(phone)
        if await self._named(identity) is not None:
            return True
        try:
            found = await self._reader.found(identity)
        except BadInput:  # several people share it: some of them are members
            return True
        except ChannelError as exc:
            raise Unknown from exc
        if found is None and self._reader.notices:
            raise Unknown
        return found is not None

    async def shown(self, bound: Membership) -> Shown:
        """What a bound membership is worth, by who decides its points; Unknown."""
        decides = await self._deciding(bound)
        points = await self._points.points(decides)
        tier = await self._points.tier(decides)
        if self._reader.notices:  # a part of it is missing, so none of it is told
            raise Unknown
        return Shown(
            membership=bound,
            points=0 if points is None or points.available is None else points.available,
            tier=None if tier is None else tier.code,
        )

    async def _bound(self, channel: str, identities: Sequence[Identity]) -> Membership | None:
        """Her own membership of the channel that shows one of these ids."""
        for identity in identities:
            person = await self._named(identity)
            own = () if person is None else person.links
            keys = [key for key in own if key.channel == channel]
            for one in await self._kept.of(keys) if keys else ():
                if one is not None and identity in one.contact.identities:
                    return None if self._request.hides(one) else one
        return None

    async def _deciding(self, bound: Membership) -> Membership:
        """The membership that carries points: that of the channel's system, where it has one."""
        if self._request.estate.route(Capability.MEMBER, bound.channel) is None:
            return bound
        (person,) = await self._members.by_membership([bound.key])
        links = () if person is None else person.links
        theirs = [key for key in links if key.channel == bound.channel and key != bound.key]
        for key in theirs:
            found = await self._as_its_system_says(key)
            if found is not None:
                return found
        return bound

    async def _as_its_system_says(self, key: MembershipKey) -> Membership | None:
        try:
            return await self._reader.membership_named(key.channel, key.number)
        except ChannelError as exc:
            (kept,) = await self._kept.of([key])
            if kept is None:
                raise Unknown from exc
            self._request.notices.clear()
            return kept

    async def _named(self, identity: Identity) -> StoredPerson | None:
        digest = identity_hash(self._key, self._request.estate.brand, identity)
        (person,) = await self._members.by_identity([digest])
        return person
