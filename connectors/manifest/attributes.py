"""Attributes of people's profiles: how a manifest writes them, and how rows tell them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from capabilities.member.records import Contact, ToldAttribute
from connectors.manifest.casts import At
from connectors.manifest.casts import text as text_of
from connectors.manifest.model import AttributeSpec
from connectors.manifest.targets import Kind, Target

ATTRIBUTE_CASTS = ("text", "integer", "decimal", "flag", "date")
MOST_VALUES = 20
LONGEST_VALUE = 200
_TARGETS: Mapping[str, Target] = {
    "text": Target(Kind.TEXT, str, required=False),
    "integer": Target(Kind.INTEGER, int, required=False),
    "decimal": Target(Kind.DECIMAL, Decimal, required=False),
    "flag": Target(Kind.FLAG, bool, required=False),
    "date": Target(Kind.DAY, date, required=False),
}


class Telling(Struct, frozen=True):
    """What the mapping knows of one attribute; an empty `words` takes every value as it is."""

    key: str
    split: str | None
    words: Mapping[str, str]
    confidence: float
    path: str


def attribute_spec(spec: Any) -> AttributeSpec:
    """An attribute of the manifest; a bare text is a path."""
    if isinstance(spec, str):
        return AttributeSpec(source=spec)
    return msgspec.convert(spec, AttributeSpec)


def attribute_target(spec: AttributeSpec) -> Target:
    """What an attribute is cast to before it is spelt."""
    return _TARGETS[spec.cast or "text"]


def telling(contact: Contact | None, tellings: Sequence[Telling], at: At, *raws: Any) -> Contact:
    """The contact with what the row tells for the person's profile."""
    found = [
        ToldAttribute(one.key, value, one.confidence)
        for one, raw in zip(tellings, raws, strict=True)
        for value in _values(one, raw, at)
    ]
    return replace(contact or Contact(), attributes=tuple(found))


def _values(one: Telling, raw: Any, at: At) -> list[str]:
    """Each value once, in our words; one that has none is counted as unknown."""
    parts = raw if isinstance(raw, list | tuple) else [raw]
    if one.split is not None and isinstance(raw, str):
        parts = raw.split(one.split)
    found: dict[str, None] = {}
    for part in parts:
        value = _spelt(part)
        if value is None:
            continue
        if one.words and value not in one.words:
            at.unknown(one.path, value[:64])
            continue
        found[one.words.get(value, value)] = None
    return list(found)[:MOST_VALUES]


def _spelt(value: Any) -> str | None:
    """The one spelling of a value, None for a blank; longer texts are no attributes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    found = text_of(value)
    return found if found is not None and len(found) <= LONGEST_VALUE else None
