"""What the audit trail says: who did what with whose data, when and why."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from capabilities.time import micros

_encode = msgspec.json.Encoder(order="sorted").encode
FIRST = bytes(32)


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that somebody did, as who did it tells it.

    `actor` is a caller's subject, or `system:` and the name of a job; `about` a OneID, never a
    phone. `facts` are words and numbers that are nobody's personal data.
    """

    action: str
    actor: str
    role: str | None = None
    about: str | None = None
    reason: str | None = None
    facts: Mapping[str, str | int | bool | None] = {}


class Recorded(Struct, frozen=True, kw_only=True):
    """An entry in its place of the chain; `facts` are the JSON text that was hashed."""

    number: int
    at: datetime
    action: str
    actor: str
    role: str | None
    about: str | None
    reason: str | None
    facts: str
    hash: bytes

    @property
    def hash_text(self) -> str:
        """The hash in hexadecimal digits."""
        return self.hash.hex()


class AuditFilter(Struct, frozen=True, kw_only=True):
    """Which entries are meant; each None restricts nothing."""

    about: str | None = None
    actor: str | None = None
    action: str | None = None


EVERYTHING = AuditFilter()


class AuditHead(Struct, frozen=True):
    """The end of a chain: who writes it down elsewhere can prove that nothing before it changed."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


class AuditFault(Struct, frozen=True):
    """Where a chain does not hold."""

    number: int
    told: str


def facts_text(facts: Mapping[str, str | int | bool | None]) -> str:
    """The facts as they are kept and hashed."""
    return _encode(dict(facts)).decode()


def chained(before: bytes, brand: str, one: Recorded) -> bytes:
    """The hash of an entry: of all that it says, its place, its brand and the hash before it."""
    told = [brand, one.number, micros(one.at), one.action, one.actor, one.role, one.about]
    return sha256(before + _encode([*told, one.reason, one.facts])).digest()
