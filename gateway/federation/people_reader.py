"""People by their keys, as one caller may look them up."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from capabilities.caller import MembershipKey, Role
from capabilities.errors import ChannelError
from capabilities.lookups import Sought, holder, person
from capabilities.member.records import Identity, Member, Membership
from capabilities.page import Freshness
from capabilities.sources import failed
from gateway.federation.asking import Request
from gateway.federation.identity_asked import canonical
from gateway.federation.look_ups import CallersLookUps
from gateway.federation.persons import Persons
from gateway.federation.scopes import Scopes


class PeopleReader:
    """Looks people up for one request: staff on their budget, a consumer herself and nobody else.

    Whatever key a consumer names, she is loaded and compared with it: it takes as long, and asks
    the same of the same systems, whether anybody has the key or not.
    """

    def __init__(
        self, request: Request, persons: Persons, scopes: Scopes, look_ups: CallersLookUps
    ) -> None:
        self.request = request
        self.look_ups = look_ups
        self._estate = request.estate
        self._visibility = request.visibility
        self._persons = persons
        self._scopes = scopes

    async def me(self, freshness: Freshness = Freshness.CACHED) -> Member | None:
        """The consumer who asks."""
        return await self._scopes.me(live=is_live(freshness))

    async def member_by_identity(
        self, identity: Identity, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """A person by phone, e-mail, card number or foreign id."""
        wanted = canonical(identity)

        async def look() -> Member | None:
            found = await self._persons.by_identity(wanted, live=is_live(freshness))
            if found is not None and self._scopes.shown(found) is None:
                await self._persons.nobody(wanted, live=is_live(freshness))
            return found

        return await self._sought(holder(wanted), look, lambda _: False, freshness)

    async def member_by_membership(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """A person by one of her memberships."""
        key = MembershipKey(channel, number)

        async def look() -> Member | None:
            return await self._persons.by_membership(channel, number, live=is_live(freshness))

        def hers(me: Member) -> bool:
            return any(one.key == key for one in me.memberships)

        sought = Sought("membership", f"{channel}\x1f{number}")
        return await self._sought(sought, look, hers, freshness)

    async def member_by_one_id(
        self, one_id: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """A person by an id that this graph gave out."""

        async def look() -> Member | None:
            return await self._persons.by_one_id(one_id, live=is_live(freshness))

        def hers(me: Member) -> bool:
            return one_id == me.one_id or one_id in me.aliases

        return await self._sought(person(one_id), look, hers, freshness)

    async def member_named(
        self, one_id: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """A person whom an object of the graph names; nobody asked for her by a key."""
        return self._scopes.shown(await self._persons.by_one_id(one_id, live=is_live(freshness)))

    async def found(self, identity: Identity) -> Member | None:
        """A person by what she shows, for a platform that proved itself: on nobody's budget."""
        return await self._persons.by_identity(canonical(identity))

    async def membership_named(self, channel: str, number: str) -> Membership | None:
        """One membership as its system has it, for whom its key was proven to be hers."""
        return await self._persons.membership(channel, number)

    async def people(
        self, one_ids: Sequence[str], freshness: Freshness = Freshness.CACHED
    ) -> Sequence[Member | None]:
        """People by their ids; a source that fails costs nobody her place."""
        return await asyncio.gather(*(self._listed(one_id, freshness) for one_id in one_ids))

    async def _listed(self, one_id: str, freshness: Freshness) -> Member | None:
        bare = Member(brand=self._estate.brand, one_id=one_id, memberships=())
        try:
            found = await self.member_named(one_id, freshness)
        except ChannelError as exc:
            return replace(bare, sources=(failed(exc.source or "platform", exc, 0),))
        bound = self._visibility.stores is not None or self._visibility.channels is not None
        return bare if found is None and not bound else found

    async def _sought(
        self,
        sought: Sought,
        look: Callable[[], Awaitable[Member | None]],
        hers: Callable[[Member], bool],
        freshness: Freshness,
    ) -> Member | None:
        if self._visibility.role is Role.CONSUMER:
            me = await self.me(freshness)
            return me if me is not None and hers(me) else None

        async def shown() -> Member | None:
            return self._scopes.shown(await look())

        return await self.look_ups.of(sought, shown)


def is_live(freshness: Freshness) -> bool:
    """Whether the caller wants no kept answer."""
    return freshness is Freshness.LIVE
