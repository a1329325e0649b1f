"""How good the data of members is: what was joined, what contradicts, and what is missing.

Counts alone: nobody stands in here.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from msgspec import Struct

from capabilities.member.phone import BLOCKED, mentions_extension, normalise_phone
from capabilities.member.records import Membership

_MASKS = frozenset("*xX●")


class PhoneFault(Enum):
    """Why the phone of a membership joins nobody."""

    MISSING = "MISSING"
    MASKED = "MASKED"
    VIRTUAL = "VIRTUAL"
    BLOCKED = "BLOCKED"
    UNVERIFIED = "UNVERIFIED"
    INVALID = "INVALID"


def phone_fault(membership: Membership) -> PhoneFault | None:
    """Why a membership's phone is no identity; None where it is one."""
    raw = (membership.contact.phone or "").strip()
    if not raw:
        return PhoneFault.MISSING
    phone = normalise_phone(raw)
    if phone in BLOCKED:
        return PhoneFault.BLOCKED
    if phone is not None:
        return None if membership.contact.phone_verified else PhoneFault.UNVERIFIED
    if _MASKS & set(raw):
        return PhoneFault.MASKED
    return PhoneFault.VIRTUAL if mentions_extension(raw) else PhoneFault.INVALID


class DuplicateCount(Struct, frozen=True, kw_only=True):
    """Memberships that a rule joins: identities of one kind that several memberships show."""

    rule: str
    identities: int
    memberships: int


class ConflictCount(Struct, frozen=True, kw_only=True):
    """Identities of one kind that memberships of different people show."""

    rule: str
    identities: int
    people: int


class PhoneCount(Struct, frozen=True, kw_only=True):
    """Memberships of a connector whose phone is no identity, by the reason."""

    connector: str
    reason: str
    memberships: int


class CoverageCount(Struct, frozen=True, kw_only=True):
    """Orders of a channel, and how many of them belong to a person."""

    channel: str
    orders: int
    attributed: int

    @property
    def channel_code(self) -> str:
        """The channel, as the contract calls it."""
        return self.channel

    @property
    def share(self) -> float | None:
        """The attributed part, between 0 and 1; None without an order."""
        return share_of(self.attributed, self.orders)


class ConsentCount(Struct, frozen=True, kw_only=True):
    """People who answered for marketing by a way, and those whom it may reach now."""

    medium: str
    answered: int
    reachable: int


class PointsDrift(Struct, frozen=True, kw_only=True):
    """How far balances that another system decides are from the platform's reckoning, as measured.

    `told` is what the system says of all memberships together, `reckoned` what the orders give.
    """

    programme: str
    measured_at: datetime
    memberships: int
    equal: int
    told: int
    reckoned: int
    largest: int

    @property
    def drift(self) -> int:
        """By how many points the reckoning is above what the system tells; below zero: beneath."""
        return self.reckoned - self.told

    @property
    def share(self) -> float | None:
        """The part of the memberships whose balances are equal; None without a membership."""
        return share_of(self.equal, self.memberships)


class DataQuality(Struct, frozen=True, kw_only=True):
    """The whole report.

    `joined` people have several memberships, `aliases` are ids that were merged into others,
    `candidates` pairs wait for somebody's decision.
    """

    measured_at: datetime
    people: int
    memberships: int
    joined: int
    aliases: int
    candidates: int
    duplicates: Sequence[DuplicateCount] = ()
    conflicts: Sequence[ConflictCount] = ()
    phones: Sequence[PhoneCount] = ()
    coverage: Sequence[CoverageCount] = ()
    consents: Sequence[ConsentCount] = ()
    drifts: Sequence[PointsDrift] = ()

    @property
    def orders(self) -> int:
        """Orders of all channels."""
        return sum(one.orders for one in self.coverage)

    @property
    def attributed(self) -> int:
        """Orders that belong to a person."""
        return sum(one.attributed for one in self.coverage)

    @property
    def order_coverage(self) -> float | None:
        """The part of all orders that belongs to a person."""
        return share_of(self.attributed, self.orders)

    @property
    def consent_coverage(self) -> float | None:
        """The part of all people who answered for marketing, by the way that most answered for."""
        return share_of(max((one.answered for one in self.consents), default=0), self.people)


def share_of(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None
