"""The attributes that a brand keeps of its people, as data: type, who may tell, what survives."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

LONGEST_VALUE = 200
Share = Annotated[float, Meta(ge=0, le=1)]
KEY_PATTERN = r"^[a-z][A-Za-z0-9]{0,49}$"
KeyName = Annotated[str, Meta(pattern=KEY_PATTERN)]
AttributeValue = Annotated[str, Meta(min_length=1, max_length=LONGEST_VALUE)]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)


class Survivorship(Enum):
    """Which of several values of one attribute stands."""

    MOST_RECENT = "MOST_RECENT"
    OLDEST = "OLDEST"
    HIGHEST_CONFIDENCE = "HIGHEST_CONFIDENCE"
    SOURCE_PRIORITY = "SOURCE_PRIORITY"
    UNION = "UNION"


class AttributeType(Enum):
    """What a value is; every value is kept as text in the one spelling of its type."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    FLAG = "FLAG"
    DATE = "DATE"


def _text(raw: str) -> str | None:
    found = raw.strip()
    return found if 0 < len(found) <= LONGEST_VALUE else None


def _number(raw: str) -> str | None:
    found = raw.strip()
    if _NUMBER.fullmatch(found) is None:
        return None
    try:
        number = Decimal(found).normalize()
    except InvalidOperation:
        return None
    return format(number or Decimal(0), "f")


def _flag(raw: str) -> str | None:
    found = raw.strip().lower()
    return found if found in ("true", "false") else None


def _date(raw: str) -> str | None:
    found = raw.strip()
    if _DATE.fullmatch(found) is None:
        return None
    try:
        return date.fromisoformat(found).isoformat()
    except ValueError:
        return None


_READ: Mapping[AttributeType, Callable[[str], str | None]] = {
    AttributeType.TEXT: _text,
    AttributeType.NUMBER: _number,
    AttributeType.FLAG: _flag,
    AttributeType.DATE: _date,
}


def types_of(value: str) -> tuple[AttributeType, ...]:
    """The types whose spelling a kept value has: what decides under rules that come later, too."""
    return tuple(kind for kind, read in _READ.items() if read(value) == value)


class KeyRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attribute; `sources` in falling rank for SOURCE_PRIORITY, `values` all that it can be.

    What is told with less than `least_confidence`, or is not of the type, never survives. A
    `personal` value is masked. One that is not `writable` is told by the feeds of systems alone.
    """

    type: AttributeType = AttributeType.TEXT
    values: tuple[AttributeValue, ...] = ()
    survivorship: Survivorship = Survivorship.MOST_RECENT
    sources: tuple[str, ...] = ()
    least_confidence: Share = 0.0
    personal: bool = True
    writable: bool = True

    def read(self, raw: str) -> str | None:
        """The value in the one spelling of its type; None for one that this attribute cannot be."""
        value = _READ[self.type](raw)
        return value if value is not None and (not self.values or value in self.values) else None

    def accepts(self, value: str) -> bool:
        """Whether a kept value is one that this attribute can be."""
        return self.read(value) == value

    @property
    def several(self) -> bool:
        """Whether it has as many values as were told."""
        return self.survivorship is Survivorship.UNION


class DeclaredAttribute(Struct, frozen=True, kw_only=True):
    """One attribute as those who query meet it."""

    key: str
    type: AttributeType
    values: tuple[str, ...]
    personal: bool
    writable: bool
    survivorship: Survivorship


class ProfileRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attributes of a brand; `otherwise` holds for what feeds bring beyond them."""

    keys: Mapping[KeyName, KeyRule]
    otherwise: KeyRule = KeyRule()

    def rule(self, key: str) -> KeyRule:
        """The rule of one attribute."""
        return self.keys.get(key, self.otherwise)

    def declared(self) -> tuple[DeclaredAttribute, ...]:
        """The attributes by name."""
        return tuple(
            DeclaredAttribute(
                key=key,
                type=rule.type,
                values=rule.values,
                personal=rule.personal,
                writable=rule.writable,
                survivorship=rule.survivorship,
            )
            for key, rule in sorted(self.keys.items())
        )


DEFAULT_RULES = ProfileRules(
    keys={
        "birthday": KeyRule(type=AttributeType.DATE, survivorship=Survivorship.HIGHEST_CONFIDENCE),
        "gender": KeyRule(survivorship=Survivorship.HIGHEST_CONFIDENCE, personal=False),
        "language": KeyRule(personal=False),
        "preferredStore": KeyRule(personal=False),
        "interest": KeyRule(survivorship=Survivorship.UNION, personal=False),
    }
)
