"""Budgets of guessing: how often somebody may be wrong before nothing is looked up any more."""

import ipaddress
from collections.abc import Iterable
from enum import Enum

from msgspec import Struct

MOST_FAILED = 5
WINDOW_SECONDS = 600
_LONGEST_DEVICE = 200
# Whoever has one address of such a network has all of them.
_OWN_IPV6_BITS = 64


class GuessedBy(Enum):
    """By what those who guess are told apart; each has a budget of its own."""

    MEMBER = "member"
    PHONE = "phone"
    DEVICE = "device"
    ADDRESS = "address"
    SECRET = "secret"  # noqa: S105 - what is guessed at, such as a card number


class Guesser(Struct, frozen=True):
    """One side from which an attempt comes; `value` never leaves the process but as a keyed hash.

    It never shows itself: it may be a phone.
    """

    by: GuessedBy
    value: str

    def __repr__(self) -> str:
        return f"Guesser({self.by.value}, ***)"


class Origin(Struct, frozen=True):
    """Where a request comes from: the network address, and the device if its client named one."""

    address: str | None = None
    device: str | None = None


def guessers(
    origin: Origin,
    *,
    member: str | None = None,
    phone: str | None = None,
    secret: str | None = None,
) -> tuple[Guesser, ...]:
    """Everybody on whose budget an attempt goes, in one order."""
    device = None if origin.device is None else origin.device[:_LONGEST_DEVICE]
    address = None if origin.address is None else network_of(origin.address)
    given = {
        GuessedBy.MEMBER: member,
        GuessedBy.PHONE: phone,
        GuessedBy.DEVICE: device,
        GuessedBy.ADDRESS: address,
        GuessedBy.SECRET: secret,
    }
    return tuple(Guesser(by, value) for by, value in given.items() if value)


def network_of(address: str) -> str:
    """What an address counts as: itself, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _OWN_IPV6_BITS), strict=False))


def forwarded(peer: str | None, header: str | None, hops: int) -> str | None:
    """The client's address behind so many proxies of ours, each of which adds whom it heard.

    What stands further left the client wrote itself. Without the header, or with too few entries,
    it is the peer's.
    """
    entries: Iterable[str] = (header or "").split(",")
    told = [one.strip() for one in entries if one.strip()]
    if hops <= 0 or len(told) < hops:
        return peer
    return told[-hops]
