"""Changes of memberships that their system is told: what is to be written, and by what it is known.

A system that does not answer may have written all the same. So every change has a reference of
ours, which the system keeps with what it wrote, and by which it is looked up before it is repeated.
"""

from collections.abc import Collection
from enum import Enum

from msgspec import Struct

from capabilities.member.phone import normalise_phone


class WriteKind(Enum):
    """What is changed."""

    REGISTER = "REGISTER"
    UPDATE = "UPDATE"
    ERASE = "ERASE"


_TOLD = ("phone", "email", "family_name", "given_name")


class PersonFields(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a person, in the clear: inside only. What is absent is not changed.

    A phone is verified where she proved that it is hers.
    """

    phone: str | None = None
    email: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    phone_verified: bool = False

    def __repr__(self) -> str:
        return "PersonFields(***)"

    @property
    def told(self) -> tuple[str, ...]:
        """Names of what is changed; a phone's proof goes with the phone."""
        return tuple(one for one in _TOLD if getattr(self, one) is not None)

    def without(self, names: Collection[str]) -> "PersonFields":
        """What is changed but for some; nothing may be left."""
        kept = {one: getattr(self, one) for one in _TOLD if one not in names}
        proven = self.phone_verified and "phone" not in names
        return PersonFields(**kept, phone_verified=proven)


class MembershipWrite(Struct, frozen=True, kw_only=True):
    """One change of one membership; `number` is None where the system gives it out."""

    kind: WriteKind
    reference: str
    number: str | None = None
    person: PersonFields = PersonFields()

    def values(self) -> dict[str, str | None]:
        """What a manifest may send, by its name there."""
        person = self.person
        phone = normalise_phone(person.phone) if person.phone else None
        named = [part for part in (person.family_name, person.given_name) if part]
        return {
            "reference": self.reference,
            "number": self.number,
            "phone": phone,
            "national": phone.removeprefix("+86") if phone else None,
            "email": person.email,
            "family_name": person.family_name,
            "given_name": person.given_name,
            "name": "".join(named) or None,
        }


VALUES = tuple(MembershipWrite(kind=WriteKind.REGISTER, reference="").values())
