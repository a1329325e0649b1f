"""A person in the clear: made only for who may see her so, and never kept."""

from collections.abc import Iterable

from msgspec import Struct

from capabilities.member.records import Identity, IdentityKind, Member, Membership


class UnmaskedIdentity(Struct, frozen=True, gc=False):
    """An identity in the clear."""

    kind: IdentityKind
    scope: str
    value: str

    def __repr__(self) -> str:
        return "UnmaskedIdentity(***)"


class UnmaskedMembership(Struct, frozen=True, kw_only=True, gc=False):
    """What one channel knows of a person, in the clear."""

    id: str
    number: str
    name: str | None
    phone: str | None
    email: str | None
    card_number: str | None
    identities: tuple[UnmaskedIdentity, ...]

    def __repr__(self) -> str:
        return "UnmaskedMembership(***)"


class UnmaskedMember(Struct, frozen=True, kw_only=True, gc=False):
    """A person in the clear, as her memberships know her."""

    name: str | None
    phone: str | None
    email: str | None
    memberships: tuple[UnmaskedMembership, ...]

    def __repr__(self) -> str:
        return "UnmaskedMember(***)"


def unmasked(member: Member) -> UnmaskedMember:
    """The person's own values where her masked ones stand."""
    oldest = sorted(member.memberships, key=lambda one: one.sort_key.rank, reverse=True)
    return UnmaskedMember(
        name=_first(one.contact.name for one in oldest if one.name_masked),
        phone=_first(one.phone for one in member.memberships),
        email=_first(one.contact.email for one in oldest if one.email_masked),
        memberships=tuple(map(_membership, member.memberships)),
    )


def _membership(one: Membership) -> UnmaskedMembership:
    contact = one.contact
    return UnmaskedMembership(
        id=one.id,
        number=one.number,
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        card_number=contact.card_number,
        identities=tuple(_identity(each) for each in contact.identities),
    )


def _identity(one: Identity) -> UnmaskedIdentity:
    return UnmaskedIdentity(one.kind, one.scope, one.value)


def _first(values: Iterable[str | None]) -> str | None:
    return next((one for one in values if one), None)
