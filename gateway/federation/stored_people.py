"""What the store knows of the people of one request, asked for all of them together."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.errors import StoreUnavailable
from capabilities.member.changing import PLATFORM
from capabilities.member.person import identity_hash
from capabilities.member.records import Identity, Membership
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.asking import Request
from gateway.federation.known_people import KnownPeople
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members, StoredPerson
from store.member.pending import PendingRegistrations

# Enough of a crowd on one phone for the store to see that it is one.
_MOST_AT_ONCE = 50

Take = Callable[[Sequence[Membership], datetime], Awaitable[None]]


class _Brought(Struct, frozen=True, eq=False):
    """Memberships that the store is to know; one object is one wish."""

    memberships: tuple[Membership, ...]


class StoredPeople:
    """The store's people for one request; what it cannot tell is said once, as a notice."""

    def __init__(
        self,
        request: Request,
        members: Members,
        known: KnownPeople,
        take: Take,
        key: bytes,
        kept: KeptMemberships,
        registrations: PendingRegistrations,
    ) -> None:
        self._request = request
        self._members = members
        self._known = known
        self._take = take
        self._key = key
        self._kept = kept
        self._registrations = registrations

    async def of(self, keys: Iterable[MembershipKey]) -> dict[MembershipKey, StoredPerson] | None:
        """Whose each membership is, without those that the store does not know; None without it."""
        found: dict[MembershipKey, StoredPerson] = {}
        version = self._known.version()
        asked = []
        for key in keys:
            person = self._known.find(key)
            if person is None:
                asked.append(
                    (key, self._request.load_with("whose", self._members.by_membership, key))
                )
            else:
                found[key] = person
        return await self._answered(asked, found, version)

    async def of_new(
        self, memberships: Sequence[Membership], wanted: Iterable[MembershipKey]
    ) -> dict[MembershipKey, StoredPerson] | None:
        """As `of`, once the store has taken memberships in."""
        version = self._known.version()
        brought = _Brought(tuple(memberships[:_MOST_AT_ONCE]))
        try:
            await self._request.load_with("take", self._taken, brought)
        except StoreUnavailable as exc:
            self._tell(exc)
            return None
        asked = [
            (key, self._request.load_with("whose now", self._members.by_membership, key))
            for key in wanted
        ]
        return await self._answered(asked, {}, version)

    async def membership(self, key: MembershipKey) -> Membership | None:
        """A membership of a channel that has no system; all of one wave in one question."""
        if self._request.estate.channel(key.channel) is None:
            return None
        kept: Membership | None = await self._request.load_with(
            "kept memberships", self._kept.of, key
        )
        return kept

    async def registered(self, key: MembershipKey) -> Membership | MembershipKey | None:
        """What a reference of ours stands for: a registration, or the membership it became."""
        found: Membership | MembershipKey | None = await self._request.load_with(
            "registered", self._registrations.by_reference, key
        )
        return found

    async def on_their_way(self, one_id: str) -> tuple[Membership, ...]:
        """Registrations in the name of an id; none while the store is away."""
        try:
            found: tuple[Membership, ...] = await self._request.load_with(
                "on their way", self._registrations.of_people, one_id
            )
        except StoreUnavailable as exc:
            self._tell(exc)
            return ()
        return found

    async def beside(self, one_id: str) -> tuple[Membership, ...]:
        """As `on_their_way`, without a question where nobody is on the way."""
        try:
            some = await self._registrations.any()
        except StoreUnavailable:
            return ()
        return await self.on_their_way(one_id) if some else ()

    async def by_one_id(self, one_id: str) -> StoredPerson | None:
        """Whom an id leads to."""
        person: StoredPerson | None = await self._request.load_with(
            "people", self._members.by_one_id, one_id
        )
        return person

    async def by_identity(self, identity: Identity) -> StoredPerson | None:
        """Whom an identity names; None where the store knows of nobody, or is away."""
        digest = identity_hash(self._key, self._request.estate.brand, identity)
        try:
            person: StoredPerson | None = await self._request.load_with(
                "named", self._members.by_identity, digest
            )
        except StoreUnavailable as exc:
            self._tell(exc)
            return None
        return person

    async def _answered(
        self,
        asked: Sequence[tuple[MembershipKey, Awaitable[StoredPerson | None]]],
        found: dict[MembershipKey, StoredPerson],
        version: int | None,
    ) -> dict[MembershipKey, StoredPerson] | None:
        try:
            for key, answer in asked:
                person = await answer
                if person is not None:
                    self._known.keep(key, person, version)
                    found[key] = person
        except StoreUnavailable as exc:
            self._tell(exc)
            return None
        return found

    async def _taken(self, wishes: Sequence[_Brought]) -> Sequence[None]:
        every = {one.key: one for wish in wishes for one in wish.memberships}
        await self._take(tuple(every.values()), datetime.now(UTC))
        return [None] * len(wishes)

    def _tell(self, error: StoreUnavailable) -> None:
        self._request.notices[PLATFORM] = SourceReport(
            name=PLATFORM,
            status=SourceStatus.ERROR,
            code=error.code,
            message="ids are derived; earlier merges are not seen",
            retryable=True,
        )
