"""Members who are registered, changed and bound: what was done here, and what their systems do."""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.member.records import Contact
from capabilities.member.writing import PersonFields
from capabilities.operations import IdempotencyKeyReused
from capabilities.sources import SourceRef

# The connector of memberships whose channel has no system: they are the platform's own.
PLATFORM = "platform"


def own_source(number: str) -> SourceRef:
    """Where a membership of the platform's own comes from."""
    return SourceRef(connector=PLATFORM, system="santong", external_id=number)


class ChangeState(Enum):
    """How far a change of one membership is; UNSUPPORTED where its system takes none."""

    DONE = "DONE"
    QUEUED = "QUEUED"
    UNSUPPORTED = "UNSUPPORTED"


class MembershipChange(Struct, frozen=True, kw_only=True):
    """A change of one membership; the number is missing while its system has not given one."""

    channel: str
    number: str | None
    state: ChangeState


class _OfMember(Struct, frozen=True, kw_only=True):
    brand: str
    one_id: str | None
    changes: tuple[MembershipChange, ...]

    @property
    def member_id(self) -> str | None:
        """Relay global id of the person, where she stands already."""
        return None if self.one_id is None else global_id("Member", self.brand, self.one_id)


class MemberRegistered(_OfMember, frozen=True, kw_only=True, tag=True):
    """A registration; without a person while her system has not answered."""


class ProfileUpdated(_OfMember, frozen=True, kw_only=True, tag=True):
    """A change of a person in all her memberships."""


class MembershipBound(_OfMember, frozen=True, kw_only=True, tag=True):
    """A membership that is hers from now on."""


class MemberChangeDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """Nothing was done; `valid` names what could have been meant."""

    valid: tuple[str, ...] = ()


Registering: TypeAlias = MemberRegistered | MemberChangeDeclined | IdempotencyKeyReused
Updating: TypeAlias = ProfileUpdated | MemberChangeDeclined | IdempotencyKeyReused
Binding: TypeAlias = MembershipBound | MemberChangeDeclined | IdempotencyKeyReused


def changed_contact(before: Contact, person: PersonFields) -> Contact:
    """What is known of a person after a change; what is absent stays."""
    name = "".join(filter(None, (person.family_name, person.given_name))) or before.name
    verified = before.phone_verified if person.phone is None else person.phone_verified
    return replace(
        before,
        name=name,
        phone=person.phone or before.phone,
        phone_verified=verified,
        email=person.email or before.email,
        email_verified=before.email_verified and person.email in (None, before.email),
    )
