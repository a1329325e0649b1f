"""Drift: in what two sides that are both written differ, counted field by field."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct


class Drift(Struct, frozen=True, kw_only=True):
    """What a comparison of everything found: `differing` are records, `fields` counts by field.

    `in_flight` differ because a write is on its way, or because they changed while their system was
    asked; they are no drift. `missing` are records that the system has not, `unknown` those that
    the platform had not. `repaired` were told to the system, `taken` from it, and for those that
    are `disputed` a person decides, because telling did not help.
    """

    compared: int = 0
    differing: int = 0
    missing: int = 0
    unknown: int = 0
    in_flight: int = 0
    repaired: int = 0
    taken: int = 0
    disputed: int = 0
    fields: Mapping[str, int] = {}

    @property
    def total(self) -> int:
        """Records that are not the same on both sides."""
        return self.differing + self.missing + self.unknown

    def plus(self, other: "Drift") -> "Drift":
        """Two comparisons as one."""
        counts = {
            name: getattr(self, name) + getattr(other, name)
            for name in self.__struct_fields__
            if name != "fields"
        }
        names = {**self.fields, **other.fields}
        fields = {one: self.fields.get(one, 0) + other.fields.get(one, 0) for one in names}
        return Drift(**counts, fields=fields)


class FieldDrift(Struct, frozen=True):
    """Records that differ in one field."""

    field: str
    count: int


class DriftSeen(Drift, frozen=True, kw_only=True):
    """A comparison of everything that is over, and when it was."""

    at: datetime

    @property
    def by_field(self) -> Sequence[FieldDrift]:
        """Fields that differ, the worst first."""
        worst = sorted(self.fields.items(), key=lambda one: (-one[1], one[0]))
        return [FieldDrift(name, count) for name, count in worst]
