"""Conflicts: a membership that both sides changed in the same field, which a person decides."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.adoption.states import Side
from capabilities.declined import Declined
from capabilities.estate import Capability
from capabilities.ids import global_id
from capabilities.member.mask import mask_email, mask_name
from capabilities.member.phone import mask_phone
from capabilities.operations import IdempotencyKeyReused

_TYPE = "AdoptionConflict"


class ConflictState(Enum):
    """How a conflict stands: open, or decided for one side."""

    OPEN = "OPEN"
    PLATFORM_KEPT = "PLATFORM_KEPT"
    LEGACY_TAKEN = "LEGACY_TAKEN"


class ConflictedField(Struct, frozen=True, kw_only=True):
    """What both sides have in one field, masked; nothing where a side has none."""

    field: str
    platform: str | None
    legacy: str | None


class ConflictFilter(Struct, frozen=True, kw_only=True):
    """Which conflicts are meant; `channels` of None are all."""

    state: ConflictState = ConflictState.OPEN
    channels: frozenset[str] | None = None


class Ruling(Struct, frozen=True, kw_only=True):
    """Whose value both sides shall have, and in whose name and why.

    `seen` is the revision that the person looked at; None where she named none.
    """

    keep: Side
    author: str
    reason: str
    role: str | None = None
    seen: str | None = None


class MemberConflict(Struct, frozen=True, kw_only=True):
    """What one side has of a membership where the other has something else; values are masked.

    `ours` and `theirs` say what the platform and the system have, by field; a value is missing
    where that side has none. `revision` is another one as soon as either has another value.
    """

    brand: str
    key: str
    revision: str
    channel: str
    number: str
    connector: str
    fields: tuple[str, ...]
    ours: Mapping[str, str | None]
    theirs: Mapping[str, str | None]
    state: ConflictState
    found_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id(_TYPE, self.brand, self.key)

    @property
    def capability(self) -> Capability:
        """Members' writes alone have two sides."""
        return Capability.MEMBER

    @property
    def shown_fields(self) -> tuple[ConflictedField, ...]:
        """Field by field, what both sides have."""
        return tuple(
            ConflictedField(field=name, platform=self.ours.get(name), legacy=self.theirs.get(name))
            for name in self.fields
        )


def masked_field(field: str, value: str | None) -> str | None:
    """A value of a field: enough to recognise, too little to use."""
    if value is None:
        return None
    if field == "phone":
        return mask_phone(value)
    return mask_email(value) if field == "email" else mask_name(value)


class ConflictDecided(Struct, frozen=True, kw_only=True, tag=True):
    """A conflict that is none any more."""

    brand: str
    key: str
    state: ConflictState

    @property
    def conflict_id(self) -> str:
        """Relay global id."""
        return global_id(_TYPE, self.brand, self.key)


class ConflictDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """Nothing was decided."""


ConflictDeciding: TypeAlias = ConflictDecided | ConflictDeclined | IdempotencyKeyReused
