"""Points as records: entries that are only ever added, and the lots and locks that they leave."""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.declined import Declined

SPENDABLE = "POINTS"
QUALIFYING = "TIER"


class EntryType(Enum):
    """Why a balance changed."""

    EARN = "EARN"
    SPEND = "SPEND"
    EXPIRE = "EXPIRE"
    ADJUST = "ADJUST"
    REVERSE = "REVERSE"
    TRANSFER_IN = "TRANSFER_IN"
    TRANSFER_OUT = "TRANSFER_OUT"
    LOCK = "LOCK"
    UNLOCK = "UNLOCK"


class Direction(Enum):
    """Which way an entry moves a balance; its amount is always above zero."""

    CREDIT = "CREDIT"
    DEBIT = "DEBIT"


class AccountKey(Struct, frozen=True, gc=False, order=True):
    """What a balance is of: one membership, in one currency of its programme."""

    channel: str
    number: str
    currency: str = SPENDABLE

    @classmethod
    def of(cls, membership: MembershipKey, currency: str = SPENDABLE) -> "AccountKey":
        """The account of a membership."""
        return cls(membership.channel, membership.number, currency)


class OrderRef(Struct, frozen=True, gc=False):
    """The order that moved points."""

    channel: str
    number: str


class PolicyRef(Struct, frozen=True, gc=False):
    """The version of a programme's policy that moved points."""

    programme: str
    version: int


class Burn(Struct, frozen=True, gc=False):
    """What an entry took from a lot, or gave back to it."""

    lot: int
    amount: int


class Entry(Struct, frozen=True, kw_only=True):
    """One entry; `sequence` counts from 1 in its account and is what its lot is called by.

    `burns` are the lots that it took from; an UNLOCK gave to them. `owed` is the part of the amount
    that no lot covered (a debit), or that paid such a part (a credit). `undoes` is the LOCK that an
    UNLOCK ends. `part` tells the entries of one idempotency key apart.
    """

    account: AccountKey
    sequence: int
    type: EntryType
    direction: Direction
    amount: int
    burns: tuple[Burn, ...] = ()
    owed: int = 0
    undoes: int | None = None
    pending_until: datetime | None = None
    expires_at: datetime | None = None
    order: OrderRef | None = None
    reason: str | None = None
    source: str
    policy: PolicyRef | None = None
    author: str
    idempotency_key: str
    part: int = 0
    occurred_at: datetime
    recorded_at: datetime

    @property
    def signed(self) -> int:
        """What it does to the balance."""
        return self.amount if self.direction is Direction.CREDIT else -self.amount

    @property
    def flagged(self) -> bool:
        """Whether it left the balance below zero: points were spent before they were reversed."""
        return self.direction is Direction.DEBIT and self.owed > 0


class Lot(Struct, frozen=True, kw_only=True, gc=False):
    """What is left of one credit."""

    lot: int
    remaining: int
    occurred_at: datetime
    pending_until: datetime | None = None
    expires_at: datetime | None = None
    order: OrderRef | None = None

    def pending(self, at: datetime) -> bool:
        """Whether it cannot be spent yet."""
        return self.pending_until is not None and self.pending_until > at

    def expired(self, at: datetime) -> bool:
        """Whether it can be spent no more; an entry says so soon after."""
        return self.expires_at is not None and self.expires_at <= at


class Lock(Struct, frozen=True, kw_only=True):
    """Points that were put aside, and the lots that they came from; they come back at `until`."""

    sequence: int
    until: datetime
    burns: tuple[Burn, ...]

    @property
    def amount(self) -> int:
        """How many."""
        return sum(burn.amount for burn in self.burns)


class Account(Struct, frozen=True, kw_only=True):
    """What the entries of one account leave; a cache of their sum, which can be told from them.

    While something is owed there is no lot: a credit pays it before it becomes one.
    """

    key: AccountKey
    sequence: int = 0
    balance: int = 0
    owed: int = 0
    recorded_at: datetime | None = None
    lots: tuple[Lot, ...] = ()
    locks: tuple[Lock, ...] = ()

    def available(self, at: datetime) -> int:
        """What may be spent; below zero while something is owed."""
        open_ = (lot for lot in self.lots if not lot.pending(at) and not lot.expired(at))
        return sum(lot.remaining for lot in open_) - self.owed

    def pending(self, at: datetime) -> int:
        """What cannot be spent yet."""
        return sum(lot.remaining for lot in self.lots if lot.pending(at))

    @property
    def locked(self) -> int:
        """What was put aside."""
        return sum(lock.amount for lock in self.locks)

    def due_at(self) -> datetime | None:
        """When something expires or comes back next."""
        ends = [lot.expires_at for lot in self.lots if lot.remaining and lot.expires_at]
        return min((*ends, *(lock.until for lock in self.locks)), default=None)


class Told(Struct, frozen=True, kw_only=True):
    """Why an entry is written and by whom: what every entry of one wish shares."""

    source: str
    author: str
    idempotency_key: str
    occurred_at: datetime
    reason: str | None = None
    order: OrderRef | None = None
    policy: PolicyRef | None = None


class InsufficientPoints(Declined, frozen=True, kw_only=True):
    """Fewer points can be spent than were asked for."""

    available: int


class PointsDeclined(Declined, frozen=True, kw_only=True):
    """The ledger does not do this; nothing was written."""


Refusal: TypeAlias = InsufficientPoints | PointsDeclined
