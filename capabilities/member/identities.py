"""Identities of a person as she is shown: what kinds of name she has, masked."""

from datetime import datetime

from msgspec import Struct

from capabilities.member.mask import mask_email
from capabilities.member.phone import mask_phone
from capabilities.member.records import IdentityKind

_SHORT = 8


class MemberIdentity(Struct, frozen=True, kw_only=True, gc=False):
    """One identity of a person, with who showed it and when; its value stays inside."""

    kind: IdentityKind
    scope: str
    value: str
    verified: bool
    first_seen: datetime
    last_seen: datetime
    source: str

    @property
    def value_masked(self) -> str:
        """Enough to recognise, too little to use."""
        return masked_value(self.kind, self.value)

    def __repr__(self) -> str:
        return f"MemberIdentity({self.kind.value}, {self.scope!r}, ***)"


def masked_value(kind: IdentityKind, value: str) -> str:
    """A phone as `138****1234`, an address as `l***@e***.com`, another as `BW***01`."""
    if kind is IdentityKind.PHONE:
        return mask_phone(value)
    if kind is IdentityKind.EMAIL:
        return mask_email(value) or "***"
    return f"{value[:2]}***{value[-2:]}" if len(value) >= _SHORT else "***"
