"""A reservation as it is shown, and why one was not paid or cancelled."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.flash.records import ReservationState
from capabilities.ids import global_id
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused

KIND = "FlashReservation"


def reservation_id(sale: str, reservation: UUID) -> str:
    """The global id of a reservation."""
    return global_id(KIND, sale, str(reservation))


class Reservation(Struct, frozen=True, kw_only=True, gc=False):
    """What somebody has of a sale, and until when; `member` is her OneID."""

    sale: str
    key: UUID
    member: str
    channel: str
    quantity: int
    state: ReservationState
    reserved_at: datetime
    pay_until: datetime
    settled_at: datetime | None = None
    reason: str | None = None

    @property
    def id(self) -> str:
        """Its global id."""
        return reservation_id(self.sale, self.key)


class ReservationDeclined(Declined, frozen=True, kw_only=True):
    """It is not there, or was settled otherwise before: a payment that comes too late goes back."""


Settling: TypeAlias = Reservation | ReservationDeclined | IdempotencyKeyReused


class SaleFigures(Struct, frozen=True, kw_only=True):
    """What stands in the rows of a sale, in units; `revenue` is for what is paid.

    `pushed` is with channels that sell it in their own carts, of which `sold_outside` were sold.
    `faults` is empty where all of it agrees. `orders` are reservations that became one, `unordered`
    those that stand and are none yet.
    """

    allocated: int
    remaining: int
    standing: int
    paid: int
    pushed: int = 0
    sold_outside: int = 0
    released: int = 0
    revenue: Money | None = None
    orders: int = 0
    unordered: int = 0
    faults: tuple[str, ...]

    @property
    def pending(self) -> int:
        """What is reserved and not paid."""
        return self.standing - self.paid
