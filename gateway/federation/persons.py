"""People: memberships of all channels joined into one member, deterministically."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from capabilities.caller import MembershipKey, Role
from capabilities.errors import BadInput, ChannelError, StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.changing import PLATFORM
from capabilities.member.pending import is_pending, is_reference, unreplaced
from capabilities.member.person import (
    derive_one_id,
    group_by_person,
    lead_identity,
    phone_identity,
    shared_phones,
)
from capabilities.member.phone import BLOCKED
from capabilities.member.ports import MembershipSource
from capabilities.member.records import Identity, IdentityKind, Member, Membership
from capabilities.sources import SourceReport, SourceStatus, failed
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.identity_asked import canonical, in_scope
from gateway.federation.identity_search import Found, IdentitySearch
from gateway.federation.loaded import Loaded, report_of
from gateway.federation.own_report import with_own
from gateway.federation.scopes import shows
from gateway.federation.stored_people import StoredPeople
from store.member.members import StoredPerson

# A phone on more memberships than this names nobody, whatever the store knows of them.
_MOST_TO_TELL_APART = 50


class Persons:
    """Finds people for one request; every question to a system is asked once for all of them."""

    def __init__(self, request: Request, stored: StoredPeople, key: bytes) -> None:
        self._request = request
        self._estate = request.estate
        self._stored = stored
        self._key = key
        self._search = IdentitySearch(request)
        # How old single memberships were that were looked up here, by their key.
        self._looked: dict[MembershipKey, Loaded] = {}

    async def by_identity(self, identity: Identity, *, live: bool = False) -> Member | None:
        """The person of a phone, card number or foreign id; None when nobody has it."""
        wanted = canonical(identity)
        found = await self._search.find(wanted, live=live)
        memberships = [one for one in found.memberships if in_scope(one, wanted)]
        if memberships:
            if await self._several(memberships, wanted):
                if not self._concern(memberships, found):
                    self._nobody(wanted, found)
                    return None
                raise BadInput(
                    "this names several people; look up by card number or membership instead",
                    code="IDENTITY_SHARED",
                )
            return await self.of(memberships[0], found.reports, live=live)
        person = await self._stored.by_identity(wanted)
        if person is not None:
            return await self._standing(person, live=live)
        waiting = await self._stored.on_their_way(self._derived_id(wanted))
        if waiting:
            return await self.of(waiting[0], found.reports, live=live)
        self._nobody(wanted, found)
        return None

    async def nobody(self, identity: Identity, *, live: bool = False) -> None:
        """Raises what an identity of nobody raises: who must not be seen is told of by no error."""
        wanted = canonical(identity)
        self._nobody(wanted, await self._search.find(wanted, live=live))

    def _nobody(self, wanted: Identity, found: Found) -> None:
        if found.nobody_can:
            raise BadInput(
                f"no system here can find a person by {wanted.kind.value}; {self._search.kinds()}",
                code="IDENTITY_UNSUPPORTED",
            )
        if found.error is not None:
            raise found.error

    def _concern(self, memberships: Sequence[Membership], found: Found) -> bool:
        """Whether one of several people is one whom the caller may see."""
        every = Member(
            brand=self._estate.brand,
            one_id="",
            memberships=tuple(memberships),
            sources=found.reports,
        )
        return shows(self._request.visibility, every)

    async def _several(self, memberships: Sequence[Membership], wanted: Identity) -> bool:
        """Whether an identity names several people: as the store knows them, else as live reads."""
        shared = shared_phones(memberships)
        groups = group_by_person(memberships, shared)
        stored = await self._stored.of(one.key for one in memberships[:_MOST_TO_TELL_APART]) or {}
        if not stored:
            return wanted.value in shared or len(groups) > 1
        people: set[str | Identity] = set()
        for lead, group in groups.items():
            known = {stored[one.key].one_id for one in group if one.key in stored}
            people |= known or {lead}
        return len(people) > 1 or len(memberships) > _MOST_TO_TELL_APART

    async def by_membership(
        self, channel: str, number: str, *, live: bool = False
    ) -> Member | None:
        """The person of one membership; None when there is no such membership."""
        membership = await self.membership(channel, number, live=live)
        return None if membership is None else await self.of(membership, live=live)

    async def by_one_id(self, one_id: str, *, live: bool = False) -> Member | None:
        """The person of an id that this graph once gave out; old ids resolve for ever."""
        person = await self._stored.by_one_id(one_id)
        if person is not None:
            return await self._standing(person, live=live)
        waiting = await self._stored.on_their_way(one_id)
        return await self.of(waiting[0], live=live) if waiting else None

    async def _standing(self, person: StoredPerson, *, live: bool) -> Member | None:
        """A stored person as her systems know her now; None when none of them does any more."""
        found = await asyncio.gather(
            *(self.membership(key.channel, key.number, live=live) for key in person.links)
        )
        first = next((membership for membership in found if membership is not None), None)
        return None if first is None else await self.of(first, live=live)

    async def membership(
        self, channel: str, number: str, *, live: bool = False
    ) -> Membership | None:
        """One membership by its business key."""
        connection = self._estate.route(Capability.MEMBER, channel)
        if connection is None:
            return await self._stored.membership(MembershipKey(channel, number))
        if is_reference(number):
            known = await self._stored.registered(MembershipKey(channel, number))
            if isinstance(known, Membership):
                return None if self._request.hides(known) else known
            number = number if known is None else known.number
        membership = await self.membership_at(connection, number, live=live)
        return membership if membership is not None and membership.channel == channel else None

    async def membership_at(
        self, connection: Connection, number: str, *, live: bool = False
    ) -> Membership | None:
        """One membership by its number in a system."""
        port = self._request.port(connection, MembershipSource)
        if port is None:
            return None
        ask = port.memberships
        loaded = await self._request.load(connection, "memberships", ask, number, live=live)
        self._request.note(connection, loaded)
        membership: Membership | None = loaded.value
        if membership is None or self._request.hides(membership):
            return None
        self._looked[membership.key] = loaded
        return membership

    async def of(
        self,
        membership: Membership,
        reports: tuple[SourceReport, ...] = (),
        *,
        live: bool = False,
    ) -> Member:
        """The person that a membership belongs to, with all her memberships.

        Systems say who has her phone; the store, where it knows her, says whose they are.
        """
        phone = membership.phone
        found = Found((), reports or (self._told(membership),), None)
        if phone is not None and phone not in BLOCKED:
            found = await self._search.find(phone_identity(phone), live=live)
        every = {one.key: one for one in (*found.memberships, membership)}
        shared = shared_phones(every.values())
        lead = lead_identity(membership, shared)
        for one in await self._stored.beside(self._derived_id(lead)):
            if not self._request.hides(one):
                every.setdefault(one.key, one)
        group = unreplaced(group_by_person(tuple(every.values()), shared)[lead])
        whole = all(one.complete or one.status is SourceStatus.SKIPPED for one in found.reports)
        # What is remembered stays for good, so nothing old is.
        sure = whole and all(one.status is not SourceStatus.STALE for one in found.reports)
        theirs = tuple(one for one in group if not is_pending(one))
        stored = await self._stored.of(one.key for one in theirs)
        if stored is not None and sure and len(stored) < len(theirs):
            # A phone that many share is shown to the store with some of them, or it would join two.
            crowd = theirs if lead.kind is IdentityKind.PHONE else (*theirs, *found.memberships)
            new = {one.key: one for one in crowd if one.key not in stored}
            stored = await self._stored.of_new(tuple(new.values()), [one.key for one in theirs])
        person = self._person(membership, stored or {})
        if person is None and is_pending(membership) and lead.kind is IdentityKind.PHONE:
            person = await self._stored.by_identity(lead)
        if person is None:
            return self._derived(membership, lead, group, found.reports, whole=whole)
        return await self._known(person, every, group, stored or {}, found.reports, live=live)

    def _person(
        self, membership: Membership, stored: Mapping[MembershipKey, StoredPerson]
    ) -> StoredPerson | None:
        """Whose a membership is: as the store knows, else whose they are that live reads join."""
        own = stored.get(membership.key)
        others = {one.one_id: one for one in stored.values()}
        if own is None and len(others) == 1:
            return next(iter(others.values()))
        return own

    def _derived_id(self, lead: Identity) -> str:
        generation = self._request.generation(lead)
        return derive_one_id(self._key, self._estate.brand, lead, generation)

    def _derived(
        self,
        membership: Membership,
        lead: Identity,
        group: tuple[Membership, ...],
        reports: tuple[SourceReport, ...],
        *,
        whole: bool,
    ) -> Member:
        """A person whom the store does not know, or who cannot be asked for now."""
        if not whole and self._request.visibility.role is Role.CONSUMER:
            # The missing source may show that many people share this phone: she sees her own only.
            group = (membership,)
        one_id = self._derived_id(lead)
        return Member(
            brand=self._estate.brand,
            one_id=one_id,
            memberships=group,
            sources=with_own(reports, group),
        )

    async def _known(
        self,
        person: StoredPerson,
        every: Mapping[MembershipKey, Membership],
        group: Sequence[Membership],
        stored: Mapping[MembershipKey, StoredPerson],
        reports: tuple[SourceReport, ...],
        *,
        live: bool,
    ) -> Member:
        """A person with the memberships that the store gives her, loaded where none showed them.

        One that the store gives to somebody else is not hers, whatever phone it shows.
        """
        held = [every[key] for key in person.links if key in every]
        held += [one for one in group if one.key not in stored and one.key not in person.links]
        missing = [key for key in person.links if key not in every]
        if missing:
            more, reports = await self._loaded(missing, reports, live=live)
            held += more
        return Member(
            brand=self._estate.brand,
            one_id=person.one_id,
            memberships=tuple(sorted(held, key=lambda one: one.sort_key.rank)),
            status=person.status,
            aliases=person.aliases,
            version=person.version,
            sources=with_own(reports, held),
        )

    async def _loaded(
        self, keys: Sequence[MembershipKey], reports: tuple[SourceReport, ...], *, live: bool
    ) -> tuple[list[Membership], tuple[SourceReport, ...]]:
        """Memberships by their keys, and what their sources did; one that failed is told."""
        found: list[Membership] = []
        told = {one.name: one for one in reports}
        asked = [self.membership(key.channel, key.number, live=live) for key in keys]
        for key, one in zip(
            keys, await asyncio.gather(*asked, return_exceptions=True), strict=True
        ):
            connection = self._estate.route(Capability.MEMBER, key.channel)
            if isinstance(one, ChannelError | StoreUnavailable):
                name = PLATFORM if connection is None else connection.name
                told[name] = failed(name, one, 0, (key.channel,))
            elif isinstance(one, BaseException):
                raise one
            elif one is not None:
                found.append(one)
                name = one.source.answered_by
                known = told.get(name)
                if known is None or known.status is SourceStatus.SKIPPED:
                    told[name] = self._told(one)
                elif known.complete:
                    told[name] = replace(known, count=known.count + 1)
        return found, tuple(told.values())

    def _told(self, membership: Membership) -> SourceReport:
        """The report of the one source that answered with a single membership."""
        loaded = self._looked.get(membership.key, Loaded(membership, None))
        name, channels = membership.source.answered_by, (membership.channel,)
        return replace(report_of(name, loaded, count=1, channels=channels), latency_ms=None)
