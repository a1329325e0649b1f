"""Orders out of reservations: at most one each, under a number made of the reservation's id."""

from base64 import b32encode
from datetime import datetime
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.caller import MembershipKey
from capabilities.flash.records import FlashSale
from capabilities.flash.settled import Reservation
from capabilities.order.held import HeldLine, HeldOrder
from capabilities.order.payments import Confirmation
from capabilities.time import local_date

# The provider of payments that a reservation was told of; a transaction is a reservation there.
PROVIDER = "flash"
_LINE = "1"
# Two of a thousand million orders have one number once in two million such sales.
_NUMBER_BYTES = 10


class FlashOrderState(Enum):
    """How far the order of a reservation is.

    PLACED has a number; WAITING is paid and goes to the system that owns its channel's orders, SENT
    is on its way there. LATE was paid after it was given back, and is decided next: MOVED has
    another reservation for the money, REFUND has none, so the money goes back. DISCARDED was given
    up by a person on its way to the system: its money goes back as well.
    """

    PLACED = "PLACED"
    WAITING = "WAITING"
    SENT = "SENT"
    LATE = "LATE"
    MOVED = "MOVED"
    REFUND = "REFUND"
    DISCARDED = "DISCARDED"


class FlashOrder(Struct, frozen=True, kw_only=True, gc=False):
    """The order of a reservation; `number` is None until there is one, `connector` for our own."""

    sale: str
    reservation: UUID
    channel: str
    number: str | None = None
    connector: str | None = None
    state: FlashOrderState
    moved_to: UUID | None = None


class Placing(Struct, frozen=True, kw_only=True):
    """A reservation that becomes an order: by which membership she is known, as far as known.

    `sku` is None where the product reference does not have the sale's.
    """

    sale: FlashSale
    reservation: Reservation
    holder: MembershipKey | None = None
    sku: str | None = None
    name: str | None = None


def number_of(reservation: UUID) -> str:
    """The number of the platform's own order of a reservation."""
    digest = blake2b(reservation.bytes, digest_size=_NUMBER_BYTES, person=b"flash order").digest()
    return f"F{b32encode(digest).decode()}"


def reference_of(reservation: UUID, what: str) -> str:
    """The reference of a change that a system is told of, the same however often it is asked."""
    named = what.encode()
    return blake2b(reservation.bytes, digest_size=16, person=named).hexdigest()


def late_id(reservation: UUID) -> UUID:
    """The id of what somebody gets who paid for a reservation that had gone back.

    No wish has it, whatever key a buyer sends: hers would stand in the way of her own money.
    """
    return UUID(bytes=blake2b(reservation.bytes, digest_size=16, person=b"flash late").digest())


def amount_of(sale: FlashSale, reservation: Reservation) -> int:
    """What a reservation costs, in minor units."""
    return sale.price * reservation.quantity


def order_of(placing: Placing, number: str, zone: ZoneInfo, at: datetime) -> HeldOrder:
    """The order of a reservation, not paid yet."""
    sale, reservation = placing.sale, placing.reservation
    total = amount_of(sale, reservation)
    line = HeldLine(
        ref=_LINE,
        raw_sku=sale.sku,
        sku=placing.sku,
        name=placing.name,
        quantity=Decimal(reservation.quantity),
        unit_price=sale.price,
        total=total,
        net=total,
    )
    return HeldOrder(
        channel=reservation.channel,
        number=number,
        holder=placing.holder,
        currency=sale.currency,
        items=total,
        total=total,
        placed_at=reservation.reserved_at,
        business_date=local_date(reservation.reserved_at, zone),
        updated_at=at,
        lines=(line,),
    )


def paid_for(order: HeldOrder, reservation: Reservation, at: datetime) -> Confirmation:
    """The payment that a reservation was told of, as money for its order."""
    return Confirmation(
        provider=PROVIDER,
        transaction=str(reservation.key),
        channel=order.channel,
        number=order.number,
        amount=order.total,
        currency=order.currency,
        paid_at=reservation.settled_at or at,
    )
