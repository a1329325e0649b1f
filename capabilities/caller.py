"""Who asks, and what that caller may see."""

from enum import Enum

from msgspec import Struct


class Role(Enum):
    """What a caller is to the retailer."""

    CONSUMER = "CONSUMER"
    GUIDE = "GUIDE"
    SERVICE = "SERVICE"
    OPERATIONS = "OPERATIONS"
    ADMIN = "ADMIN"
    CONNECTOR = "CONNECTOR"


class MembershipKey(Struct, frozen=True, gc=False):
    """One membership by its business key."""

    channel: str
    number: str


class Visibility(Struct, frozen=True, kw_only=True):
    """The part of a caller that decides what an answer may hold.

    Caches, plans and coalesced calls are keyed by it. `stores` and `channels` are None where the
    caller is not bound to any; `member` is set for a consumer, who sees herself only.
    """

    role: Role
    brand: str
    stores: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    member: MembershipKey | None = None

    @property
    def people(self) -> bool:
        """Whether this caller may look up people other than herself."""
        return self.role in (Role.GUIDE, Role.SERVICE, Role.OPERATIONS, Role.ADMIN)

    def store_scope(self, asked: frozenset[str] | None) -> frozenset[str] | None:
        """The stores that a list may show: what was asked, cut to the caller's own."""
        return _cut(self.stores, asked)

    def channel_scope(self, asked: frozenset[str] | None) -> frozenset[str] | None:
        """The channels that a list may show: what was asked, cut to the caller's own."""
        return _cut(self.channels, asked)

    def in_channel(self, code: str) -> bool:
        """Whether this caller may see anything of a channel."""
        return self.channels is None or code in self.channels


class Caller(Struct, frozen=True, kw_only=True):
    """A verified caller; `subject` is an opaque name for logs and audit, never a phone.

    `machine` is one with an API key, behind which stand many people or none; `shared` is whoever
    holds the token of a role or of a program, which names nobody.
    """

    subject: str
    visibility: Visibility
    machine: bool = False
    shared: bool = False

    @property
    def role(self) -> Role:
        """The caller's role."""
        return self.visibility.role

    @property
    def person(self) -> "Person | None":
        """Who it is that calls, where that is one person; None for a machine or a shared token."""
        if self.machine or self.shared:
            return None
        return Person(subject=self.subject, role=self.role)


class Person(Struct, frozen=True, kw_only=True):
    """One who proved who she is: what takes two people is decided by two of these.

    A user's name on a machine is no proof: whoever is there sets it as she likes.
    """

    subject: str
    role: Role


def _cut(own: frozenset[str] | None, asked: frozenset[str] | None) -> frozenset[str] | None:
    if own is None:
        return asked
    return own if asked is None else own & asked
