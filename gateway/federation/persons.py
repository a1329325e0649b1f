"""People: memberships of all channels joined into one member, deterministically."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from capabilities.caller import MembershipKey, Role, Visibility
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.person import (
    derive_one_id,
    group_by_person,
    keyed_hash,
    lead_identity,
    phone_identity,
    shared_phones,
)
from capabilities.member.phone import BLOCKED, normalise_phone
from capabilities.member.ports import MembershipSource
from capabilities.member.records import Identity, IdentityKind, Member, Membership
from capabilities.sources import SourceReport, SourceStatus
from capabilities.visibility import Scope, scope_of
from gateway.federation.asking import Request
from gateway.federation.call import error_of
from gateway.federation.estate import Connection
from gateway.federation.identity_search import Found, IdentitySearch
from gateway.federation.known_ids import KnownIds
from gateway.federation.loaded import Loaded, report_of
from store.members import KnownPerson, MemberIdentities, RememberedPerson, SeenIdentity

_PLATFORM = "platform"
_SEARCHABLE = frozenset({IdentityKind.PHONE})
_SCOPED_BY_VALUE = frozenset({IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.CARD_NO})


class Persons:
    """Finds people for one request; every question to a system is asked once for all of them."""

    def __init__(
        self, request: Request, known: MemberIdentities, ids: KnownIds, key: bytes
    ) -> None:
        self._request = request
        self._estate = request.estate
        self._known = known
        self._ids = ids
        self._key = key
        self._search = IdentitySearch(request)
        # How old single memberships were that were looked up here, by their key.
        self._looked: dict[MembershipKey, Loaded] = {}

    async def by_identity(self, identity: Identity, *, live: bool = False) -> Member | None:
        """The person of a phone, card number or foreign id; None when nobody has it."""
        wanted = _canonical(identity)
        found = await self._search.find(wanted, live=live)
        if found.nobody_can:
            raise BadInput(
                f"no system here can find a person by {wanted.kind.value}; {self._search.kinds()}",
                code="IDENTITY_UNSUPPORTED",
            )
        memberships = [one for one in found.memberships if _in_scope(one, wanted)]
        if not memberships:
            if found.error is not None:
                raise found.error
            return None
        shared = shared_phones(memberships)
        if wanted.value in shared or len(group_by_person(memberships, shared)) > 1:
            raise BadInput(
                "this names several people; look up by card number or membership instead",
                code="IDENTITY_SHARED",
            )
        return await self.of(memberships[0], found.reports, live=live)

    async def by_membership(
        self, channel: str, number: str, *, live: bool = False
    ) -> Member | None:
        """The person of one membership; None when there is no such membership."""
        membership = await self.membership(channel, number, live=live)
        return None if membership is None else await self.of(membership, live=live)

    async def by_one_id(self, one_id: str, *, live: bool = False) -> Member | None:
        """The person of an id that this graph once gave out; old ids resolve for ever."""
        known = await self._request.load_with("people", self._people, one_id)
        for identity in known.identities:
            member = await self._still(identity, live=live)
            if member is not None:
                return member
        found = await asyncio.gather(
            *(self.by_membership(link.channel, link.number, live=live) for link in known.links)
        )
        return next((member for member in found if member is not None), None)

    async def _people(self, one_ids: Sequence[str]) -> Sequence[RememberedPerson]:
        return await self._known.people(self._estate.brand, one_ids)

    async def _still(self, identity: Identity, *, live: bool) -> Member | None:
        """The person of a remembered identity; None when it names nobody any more."""
        if identity.kind not in _SEARCHABLE:
            return None
        try:
            return await self.by_identity(identity, live=live)
        except BadInput:
            return None  # many people share this phone by now; the memberships still lead to her

    async def membership(
        self, channel: str, number: str, *, live: bool = False
    ) -> Membership | None:
        """One membership by its business key."""
        connection = self._estate.route(Capability.MEMBER, channel)
        if connection is None:
            return None
        membership = await self.membership_at(connection, number, live=live)
        return membership if membership is not None and membership.channel == channel else None

    async def membership_at(
        self, connection: Connection, number: str, *, live: bool = False
    ) -> Membership | None:
        """One membership by its number in a system."""
        port = connection.port(MembershipSource)
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
        """The person that a membership belongs to, with all her memberships."""
        phone = membership.phone
        found = Found((), reports or (self._told(membership),), None)
        if phone is not None and phone not in BLOCKED:
            found = await self._search.find(phone_identity(phone), live=live)
        every = (*found.memberships, membership)
        shared = shared_phones(every)
        lead = lead_identity(membership, shared)
        group = group_by_person(every, shared)[lead]
        whole = all(one.complete or one.status is SourceStatus.SKIPPED for one in found.reports)
        # What is remembered stays for good, so nothing old is.
        sure = whole and all(one.status is not SourceStatus.STALE for one in found.reports)
        one_id, known = await self._one_id(lead, group, remember=sure)
        if not (whole or known) and self._request.visibility.role is Role.CONSUMER:
            # The missing source may show that many people share this phone: she sees her own only.
            group = (membership,)
        return Member(
            brand=self._estate.brand, one_id=one_id, memberships=group, sources=found.reports
        )

    async def _one_id(
        self, lead: Identity, group: Sequence[Membership], *, remember: bool
    ) -> tuple[str, bool]:
        """The person's id and whether the store knew it; else derived, and remembered.

        Who was put together while a source was missing is not remembered: it may be wrong.
        """
        digest = self._hash(lead)
        kept = self._ids.find(digest)
        if kept is not None:
            return kept, True
        version = self._ids.version()
        derived = derive_one_id(self._key, self._estate.brand, lead)
        source = next(iter(group)).source.connector
        seen = SeenIdentity(identity=lead, hash=digest, source=source)
        person = KnownPerson(
            one_id=derived, identities=(seen,), memberships=tuple(one.key for one in group)
        )
        ask = self._remembered if remember else self._looked_up
        try:
            known: str | None = await self._request.load_with(("one_ids", remember), ask, person)
        except StoreUnavailable as exc:
            self._request.notices[_PLATFORM] = SourceReport(
                name=_PLATFORM,
                status=SourceStatus.ERROR,
                code=exc.code,
                message="ids are derived; earlier merges are not seen",
                retryable=True,
            )
            known = None
        if known is None:
            return derived, False
        self._ids.keep(digest, known, version)
        return known, True

    async def _looked_up(self, people: Sequence[KnownPerson]) -> Sequence[str | None]:
        leads = [person.identities[0] for person in people]
        return await self._known.one_ids(
            self._estate.brand, [(one.identity.kind, one.identity.scope, one.hash) for one in leads]
        )

    async def _remembered(self, people: Sequence[KnownPerson]) -> Sequence[str | None]:
        known = await self._looked_up(people)
        new = [person for person, one_id in zip(people, known, strict=True) if one_id is None]
        if new:
            await self._known.remember(self._estate.brand, new)
        return known

    def _told(self, membership: Membership) -> SourceReport:
        """The report of the one source that answered with a membership without a phone."""
        loaded = self._looked.get(membership.key, Loaded(membership, None))
        name, channels = membership.source.connector, (membership.channel,)
        return replace(report_of(name, loaded, count=1, channels=channels), latency_ms=None)

    def _hash(self, identity: Identity) -> bytes:
        brand, kind = self._estate.brand, identity.kind.value
        return keyed_hash(self._key, "identity", brand, kind, identity.scope, identity.value)


def may_see(visibility: Visibility, member: Member) -> bool:
    """Whether a caller may see a person; ChannelError when a missing source leaves it open.

    A guide sees the members of her own stores. Where the system that knows the home store did not
    answer, "no" would be a guess, so the look-up fails and says which source is missing.
    """
    scope = scope_of("Member", visibility.role)
    if scope is Scope.OWN:
        return visibility.member in {one.key for one in member.memberships}
    if scope is not Scope.STORE or visibility.stores is None:
        return scope is Scope.BRAND
    if any(one.home_store_code in visibility.stores for one in member.memberships):
        return True
    missing = [
        report
        for report in member.sources
        if report.status is SourceStatus.TIMEOUT or report.status is SourceStatus.ERROR
    ]
    if missing:
        raise error_of(missing[0])
    return False


def _canonical(identity: Identity) -> Identity:
    """The identity as it is compared; BadInput for a phone that can be nobody's."""
    if identity.kind is not IdentityKind.PHONE:
        return identity
    phone = normalise_phone(identity.value)
    if phone is None or phone in BLOCKED:
        raise BadInput(
            "this is no personal mobile number; virtual, masked and shared numbers name nobody",
            code="PHONE_UNUSABLE",
        )
    return phone_identity(phone)


def _in_scope(membership: Membership, identity: Identity) -> bool:
    """Whether a foreign id is meant in this membership's channel; phones and cards name theirs."""
    if identity.kind in _SCOPED_BY_VALUE or not identity.scope:
        return True
    return membership.channel == identity.scope
