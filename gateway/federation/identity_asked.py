"""The identity that somebody is asked for by, as it is compared."""

from capabilities.errors import BadInput
from capabilities.member.person import phone_identity
from capabilities.member.phone import BLOCKED, normalise_phone
from capabilities.member.records import Identity, IdentityKind, Membership

_SCOPED_BY_VALUE = frozenset({IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.CARD_NO})


def canonical(identity: Identity) -> Identity:
    """The identity as it is compared; BadInput for a phone that can be nobody's."""
    if identity.kind is not IdentityKind.PHONE:
        return identity
    phone = normalise_phone(identity.value)
    if phone is None or phone in BLOCKED:
        raise BadInput(
            "this is no personal mobile number; virtual, masked and shared numbers name nobody",
            code="PHONE_UNUSABLE",
        )
    return phone_identity(phone)


def in_scope(membership: Membership, identity: Identity) -> bool:
    """Whether a foreign id is meant in this membership's channel; phones and cards name theirs."""
    if identity.kind in _SCOPED_BY_VALUE or not identity.scope:
        return True
    return membership.channel == identity.scope
