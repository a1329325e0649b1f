"""Tickets of a flash sale: who holds one was known at the entry, and is not asked again.

A ticket is an HMAC-SHA256 over the sale and what it says, in text for a header. Copying one brings
nothing: it names its member, and she has no more than one person may.
"""

import binascii
from enum import Enum
from hashlib import sha256
from hmac import compare_digest, digest

import msgspec

from capabilities.errors import Unauthenticated

_MAC_BYTES = 32
_LONGEST = 1_000


class TicketKind(Enum):
    """What a ticket lets its holder do."""

    WAITING = "W"
    ADMITTED = "A"


class Ticket(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`member` is her OneID, `channel` where she buys, `number` her place by arrival.

    `expires` is in seconds of the Unix clock of the platform's store.
    """

    kind: TicketKind
    member: str
    channel: str
    number: int
    expires: int


class TicketRefused(Unauthenticated):
    """No ticket of this sale, or one that is none any more."""

    code = "TICKET_INVALID"


_decode = msgspec.msgpack.Decoder(Ticket).decode
_encode = msgspec.msgpack.Encoder().encode


class Tickets:
    """Signs and reads the tickets of one brand."""

    def __init__(self, key: bytes, brand: str) -> None:
        self._key = key
        self._brand = brand
        self._named: dict[str, bytes] = {}

    def signed(self, sale: str, ticket: Ticket) -> str:
        """The text of a ticket for a sale."""
        said = _encode(ticket)
        mac = digest(self._key, self._name(sale) + said, sha256)
        return binascii.b2a_base64(mac + said, newline=False).decode().rstrip("=")

    def read(self, sale: str, text: bytes | None, kind: TicketKind, now: float) -> Ticket:
        """A ticket as it was signed; TicketRefused for one that is forged, foreign or over."""
        if not text or len(text) > _LONGEST:
            raise TicketRefused("no ticket came with the request")
        try:
            raw = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
        except binascii.Error as exc:
            raise TicketRefused("this is no ticket of this sale") from exc
        mac = digest(self._key, self._name(sale) + raw[_MAC_BYTES:], sha256)
        if not compare_digest(mac, raw[:_MAC_BYTES]):
            raise TicketRefused("this is no ticket of this sale")
        ticket = _decode(raw[_MAC_BYTES:])
        if ticket.expires <= now:
            raise TicketRefused("this ticket is over; enter again", code="TICKET_EXPIRED")
        if ticket.kind is not kind:
            raise TicketRefused("this ticket is for waiting, or for buying", code="TICKET_KIND")
        return ticket

    def _name(self, sale: str) -> bytes:
        found = self._named.get(sale)
        if found is None:
            if len(self._named) >= _LONGEST:
                self._named.clear()
            parts = (self._brand.encode(), sale.encode())
            found = self._named[sale] = b"".join(b"%d:%b" % (len(one), one) for one in parts)
        return found
