"""Questions about memberships. Batch law: one answer per key, in order; no key, no call."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from capabilities.feed import FeedPage
from capabilities.member.records import Identity, IdentityKind, Membership, MembershipFilter
from capabilities.member.writing import MembershipWrite, WriteKind
from capabilities.page import PageAsk, SourcePage


class MembershipSource(ABC):
    """Memberships by their number in the source."""

    @abstractmethod
    async def memberships(self, numbers: Sequence[str]) -> Sequence[Membership | None]:
        """One membership per number, None where there is none."""


class MembershipIdentitySource(ABC):
    """Memberships by an identity of the person."""

    identity_kinds: frozenset[IdentityKind]

    @abstractmethod
    async def memberships_by_identity(
        self, identities: Sequence[Identity]
    ) -> Sequence[tuple[Membership, ...]]:
        """All memberships per identity; every identity is of a kind in `identity_kinds`."""


class MembershipSearch(ABC):
    """A page of memberships, newest first or oldest first."""

    membership_filters: frozenset[str]

    @abstractmethod
    async def search_memberships(
        self, filters: MembershipFilter, ask: PageAsk
    ) -> SourcePage[Membership]:
        """Rows in the order of `Membership.sort_key`, strictly after the place asked."""


class MembershipFeed(ABC):
    """Memberships that changed."""

    @abstractmethod
    def membership_changes(
        self, position: str | None, since: datetime | None = None
    ) -> AsyncIterator[FeedPage[Membership]]:
        """One pass of everything behind a position, or since a moment; from the beginning without.

        No change is left out, however late it was committed; rows that did not change may come.
        """


class MembershipSink(ABC):
    """Changes of memberships in the source."""

    write_kinds: frozenset[WriteKind]

    @abstractmethod
    async def write_membership(self, write: MembershipWrite) -> str | None:
        """Tell the source, by one call that is never repeated; the membership's number there.

        None where the source has no such membership. Refused where it will not; after any other
        `ChannelError` it is not known whether it did.
        """

    def repeats(self, kind: WriteKind) -> bool:  # noqa: ARG002 - the question's
        """Whether the source says that such a change may be told again and then counts once."""
        return False

    @abstractmethod
    async def written_membership(self, write: MembershipWrite) -> str | None:
        """The number of what a write with this reference made or changed; None where none came."""
