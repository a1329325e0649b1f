"""Native fields: what one system knows beyond our records, typed and kept apart from them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import Struct

from capabilities.caller import Caller, Role
from capabilities.errors import Forbidden, Garbled, Unauthenticated
from capabilities.visibility import ADMINISTRATORS, DESK, EVERYONE, OPERATORS, STAFF

NATIVE_OF = ("Membership", "Order", "Promotion")
# The words of a manifest for who may see a native field; without one nobody may.
CLASSES: Mapping[str, frozenset[Role]] = {
    "everyone": EVERYONE,
    "staff": STAFF,
    "desk": DESK,
    "operators": OPERATORS,
    "administrators": ADMINISTRATORS,
}


class NativeCast(Enum):
    """What a native field holds."""

    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"
    DECIMAL = "decimal"
    INSTANT = "instant"
    DATE = "date"


class Native(Struct, frozen=True, gc=False):
    """The native values of one record, by field; a field without a value is missing.

    `kind` is the name of the type that shows them. Decimals, moments and days are text, so that a
    kept record reads back as it was.
    """

    kind: str
    values: tuple[tuple[str, str | int | bool], ...]

    def read(self, field: "NativeField") -> object:
        """The value of a field; None where it has none, Garbled where it holds something else."""
        for name, value in self.values:
            if name == field.name:
                return _read(field, value)
        return None


class NativeField(Struct, frozen=True):
    """One native field; `visibility` is a word of CLASSES, None for a field that nobody may see."""

    name: str
    cast: NativeCast
    visibility: str | None = None
    description: str | None = None

    def refusal(self, caller: Caller | None) -> Unauthenticated | Forbidden | None:
        """Why a caller may not see this field; None where she may."""
        if caller is None:
            return Unauthenticated("A token is needed to ask this.")
        if self.visibility is not None and caller.role in CLASSES[self.visibility]:
            return None
        return Forbidden(f"The role {caller.role.value} may not see the native field {self.name}.")


class NativeType(Struct, frozen=True):
    """The native fields that a system adds to one kind of record; `of` is one of NATIVE_OF."""

    name: str
    of: str
    system: str
    fields: tuple[NativeField, ...]


class ExtensionPoint(Struct, frozen=True, kw_only=True):
    """A native type of the running graph, and the connectors that fill it."""

    type: NativeType
    connectors: tuple[str, ...]

    @property
    def name(self) -> str:
        """The type's name."""
        return self.type.name

    @property
    def interface(self) -> str:
        """The interface that it implements."""
        return f"{self.type.of}Native"

    @property
    def system(self) -> str:
        """The system whose fields these are."""
        return self.type.system

    @property
    def fields(self) -> tuple[NativeField, ...]:
        """Its fields."""
        return self.type.fields


def native_name(system: str, of: str) -> str:
    """`acme_pos` and Order → `AcmePosOrder`."""
    return "".join(word[:1].upper() + word[1:] for word in system.split("_")) + of


def spelt(value: str | int | bool | Decimal | datetime | date) -> str | int | bool:
    """A value as it stands in a Native."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _read(field: NativeField, value: str | int | bool) -> object:
    """What `spelt` was made of; two connectors may disagree about what a field is."""
    reads = _READS[field.cast]
    try:
        return reads(value)
    except (ValueError, TypeError, ArithmeticError):
        pass
    raise Garbled(f"the native field {field.name} does not hold what its type says")


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError
        return value

    return read


_READS: Mapping[NativeCast, Callable[[Any], Any]] = {
    NativeCast.TEXT: _exactly(str),
    NativeCast.INTEGER: _exactly(int),
    NativeCast.FLAG: _exactly(bool),
    NativeCast.DECIMAL: Decimal,
    NativeCast.INSTANT: datetime.fromisoformat,
    NativeCast.DATE: date.fromisoformat,
}


def merged_types(types: Mapping[str, tuple[NativeType, ...]]) -> tuple[ExtensionPoint, ...]:
    """The native types of all connectors, sorted by name; of two definitions the first stands.

    Connectors of one system share a type; its fields are those of any of them, and one field keeps
    the definition that the first connector by name gives it.
    """
    fields: dict[tuple[str, str, str], dict[str, NativeField]] = {}
    names: dict[tuple[str, str, str], list[str]] = {}
    for connector in sorted(types):
        for one in types[connector]:
            key = (one.name, one.of, one.system)
            names.setdefault(key, []).append(connector)
            known = fields.setdefault(key, {})
            for field in one.fields:
                known.setdefault(field.name, field)
    return tuple(
        ExtensionPoint(
            type=NativeType(*key, tuple(fields[key][name] for name in sorted(fields[key]))),
            connectors=tuple(names[key]),
        )
        for key in sorted(fields)
    )
