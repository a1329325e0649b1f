"""Native fields: what one system knows beyond our records, typed and kept apart from them."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capabilities.caller import Role
from capabilities.errors import Garbled
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


# Only an underscore whose word shows where it begins is left out: `shop_2` is not `shop2`.
_WORD = re.compile(r"(?:^|_)([a-z])")
_LARGEST = 2**31 - 1


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

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that may see it."""
        return frozenset() if self.visibility is None else CLASSES[self.visibility]


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
    """`acme_pos` and Order → `AcmePosOrder`, `shop_2` → `Shop_2Order`: no two share a name."""
    return _WORD.sub(lambda found: found[1].upper(), system) + of


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


def _integer(value: Any) -> int:
    """What GraphQL's Int holds; it would quote a larger one in its error."""
    number: int = _exactly(int)(value)
    if not -_LARGEST - 1 <= number <= _LARGEST:
        raise ValueError
    return number


def _decimal(value: Any) -> Decimal:
    number = Decimal(_exactly(str)(value))
    if not number.is_finite():
        raise ValueError
    return number


def _instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


_READS: Mapping[NativeCast, Callable[[Any], Any]] = {
    NativeCast.TEXT: _exactly(str),
    NativeCast.INTEGER: _integer,
    NativeCast.FLAG: _exactly(bool),
    NativeCast.DECIMAL: _decimal,
    NativeCast.INSTANT: _instant,
    NativeCast.DATE: date.fromisoformat,
}


def merged_types(types: Mapping[str, tuple[NativeType, ...]]) -> tuple[ExtensionPoint, ...]:
    """The native types of all connectors, sorted by name; of two definitions the first stands.

    Connectors of one system share a type; its fields are those of any of them, and one field keeps
    the definition that the first connector by name gives it. Who may see it is decided by all.
    """
    fields: dict[tuple[str, str, str], dict[str, NativeField]] = {}
    names: dict[tuple[str, str, str], list[str]] = {}
    for connector in sorted(types):
        for one in types[connector]:
            key = (one.name, one.of, one.system)
            names.setdefault(key, []).append(connector)
            known = fields.setdefault(key, {})
            for field in one.fields:
                first = known.setdefault(field.name, field)
                known[field.name] = replace(first, visibility=_strictest(first, field))
    return tuple(
        ExtensionPoint(
            type=NativeType(*key, tuple(fields[key][name] for name in sorted(fields[key]))),
            connectors=tuple(names[key]),
        )
        for key in sorted(fields)
    )


def _strictest(*fields: NativeField) -> str | None:
    """The class of the fewest; the classes lie inside one another, and no class is nobody."""
    words = [one.visibility for one in fields if one.visibility is not None]
    return min(words, key=lambda one: len(CLASSES[one])) if len(words) == len(fields) else None
