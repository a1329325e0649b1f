"""Claims: which identities a membership shows, in their canonical forms."""

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct

from capabilities.member.identity_rules import IdentityRules
from capabilities.member.person import phone_identity
from capabilities.member.phone import normalise_phone
from capabilities.member.records import Identity, IdentityKind, Membership

# A membership by its business key, channel first: the canonical order of everything here.
Key: TypeAlias = tuple[str, str]
_LONGEST = 256


class Shown(Struct, frozen=True, gc=False):
    """An identity as a membership shows it; a barred one is kept and joins nobody."""

    identity: Identity
    verified: bool
    barred: bool


class Claim(Struct, frozen=True, gc=False):
    """That a membership shows an identity, known by its keyed hash alone.

    `gone` is one that its source no longer shows.
    """

    key: Key
    kind: IdentityKind
    scope: str
    hash: bytes
    verified: bool = True
    barred: bool = False
    gone: bool = False


def shown_by(membership: Membership, rules: IdentityRules) -> list[Shown]:
    """What a membership shows of its person, each identity once.

    A phone that can be no identity (virtual, masked, a landline) is none. A card number and the
    ids that systems gave are vouched for by those who gave them.
    """
    found: dict[Identity, Shown] = {}
    for identity, verified in _told(membership):
        known = found.get(identity)
        if known is None or (verified and not known.verified):
            found[identity] = Shown(identity, verified, rules.bars(identity.value))
    return list(found.values())


def _told(membership: Membership) -> Iterator[tuple[Identity, bool]]:
    contact = membership.contact
    if contact.phone and (phone := normalise_phone(contact.phone)) is not None:
        yield phone_identity(phone), contact.phone_verified
    if contact.email and (email := canonical_address(contact.email)) is not None:
        yield Identity(IdentityKind.EMAIL, "", email), contact.email_verified
    if contact.card_number and (card := contact.card_number.strip()):
        scope = membership.programme or membership.channel
        yield Identity(IdentityKind.CARD_NO, scope, card[:_LONGEST]), True
    for identity in contact.identities:
        if identity.value.strip():
            yield identity, True


def canonical_address(email: str) -> str | None:
    """An e-mail address as it is compared; None for what is no address."""
    text = email.strip().casefold()
    local, at, domain = text.rpartition("@")
    return text if at and local and "." in domain and len(text) <= _LONGEST else None
