"""What another contract changes, and which coordinates an operation must use to notice it.

graphql-core finds the changes and says each in one sentence; its words hold the coordinates. What
becomes deprecated it does not tell: that is found here, for whoever asks it has to be told.
"""

import re
from collections.abc import Iterable
from enum import Enum

from graphql import GraphQLSchema
from graphql.utilities.find_schema_changes import (
    BreakingChangeType,
    DangerousChangeType,
    SafeChangeType,
    find_schema_changes,
)
from msgspec import Struct

from gateway.usage.deprecations import deprecated_in

_B, _D = BreakingChangeType, DangerousChangeType
Kind = BreakingChangeType | DangerousChangeType
_WHERE = r"(@?\w+(?:\.\w+)?(?:\(\w+:\))?)"
_PATTERNS: dict[Kind, str] = {
    _B.TYPE_REMOVED: rf"(?:Standard scalar )?{_WHERE} was removed",
    _B.TYPE_CHANGED_KIND: rf"{_WHERE} changed from",
    _B.TYPE_REMOVED_FROM_UNION: rf"{_WHERE} was removed from union type {_WHERE}",
    _B.VALUE_REMOVED_FROM_ENUM: rf"Enum value {_WHERE} was removed",
    _B.REQUIRED_INPUT_FIELD_ADDED: rf"A required field {_WHERE} was added",
    _B.IMPLEMENTED_INTERFACE_REMOVED: rf"{_WHERE} no longer implements interface {_WHERE}",
    _B.FIELD_REMOVED: rf"Field {_WHERE} was removed",
    _B.FIELD_CHANGED_KIND: rf"Field {_WHERE} changed type",
    _B.REQUIRED_ARG_ADDED: rf"A required argument {_WHERE} was added",
    _B.ARG_REMOVED: rf"Argument {_WHERE} was removed",
    _B.ARG_CHANGED_KIND: rf"Argument {_WHERE} has changed type",
    _B.DIRECTIVE_REMOVED: rf"Directive {_WHERE} was removed",
    _B.DIRECTIVE_ARG_REMOVED: rf"Argument {_WHERE} was removed",
    _B.REQUIRED_DIRECTIVE_ARG_ADDED: rf"A required argument {_WHERE} was added",
    _B.DIRECTIVE_REPEATABLE_REMOVED: rf"Repeatable flag was removed from {_WHERE}",
    _B.DIRECTIVE_LOCATION_REMOVED: rf"\w+ was removed from {_WHERE}",
    _D.VALUE_ADDED_TO_ENUM: rf"Enum value {_WHERE} was added",
    _D.TYPE_ADDED_TO_UNION: rf"\w+ was added to union type {_WHERE}",
    _D.OPTIONAL_INPUT_FIELD_ADDED: rf"An optional field {_WHERE} was added",
    _D.OPTIONAL_ARG_ADDED: rf"An optional argument {_WHERE} was added",
    _D.IMPLEMENTED_INTERFACE_ADDED: rf"{_WHERE} added to interfaces",
    _D.ARG_DEFAULT_VALUE_CHANGE: rf"{_WHERE} (?:defaultValue|has changed)",
    _D.INPUT_FIELD_DEFAULT_VALUE_CHANGE: rf"{_WHERE} (?:defaultValue|has changed)",
}
# What is added is used by nobody yet: who uses what it is added to notices it.
_ADDED = frozenset(
    {
        _B.REQUIRED_INPUT_FIELD_ADDED,
        _B.REQUIRED_ARG_ADDED,
        _B.REQUIRED_DIRECTIVE_ARG_ADDED,
        _D.VALUE_ADDED_TO_ENUM,
        _D.OPTIONAL_INPUT_FIELD_ADDED,
        _D.OPTIONAL_ARG_ADDED,
    }
)


class Severity(Enum):
    """What a change does to an operation that uses what it changes."""

    BREAKING = "BREAKING"
    DANGEROUS = "DANGEROUS"


class Change(Struct, frozen=True, kw_only=True):
    """One change of the contract; who uses all of `coordinates` notices it."""

    severity: Severity
    kind: str
    description: str
    coordinates: tuple[str, ...]

    def is_noticed(self, used: Iterable[str]) -> bool:
        """Whether an operation with these coordinates notices it."""
        return set(self.coordinates) <= set(used)


def changes_between(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """The changes that operations may notice, and deprecations, breaking ones first."""
    found = [*_deprecations(old, new), *_found(old, new)]
    return sorted(found, key=lambda one: (one.severity is not Severity.BREAKING, one.description))


def _deprecations(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    before = deprecated_in(old)
    return [
        Change(
            severity=Severity.DANGEROUS,
            kind="DEPRECATED",
            description=f"{place} becomes deprecated: {reason}",
            coordinates=(place,),
        )
        for place, reason in deprecated_in(new).items()
        if place not in before
    ]


def _found(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    return [
        Change(
            severity=Severity.BREAKING if isinstance(one.type, _B) else Severity.DANGEROUS,
            kind=one.type.name,
            description=one.description,
            coordinates=_coordinates(one.type, one.description),
        )
        for one in find_schema_changes(old, new)
        if not isinstance(one.type, SafeChangeType)
    ]


def _coordinates(kind: Kind, description: str) -> tuple[str, ...]:
    found = re.match(_PATTERNS[kind], description)
    if found is None:
        raise ValueError(f"this version of graphql-core says {kind.name} in other words")
    places = found.groups()
    return tuple(map(_above, places)) if kind in _ADDED else places


def _above(place: str) -> str:
    """`Type.field` of `Type.field(argument:)`, `Type` of `Type.field`."""
    bare, _, argument = place.partition("(")
    return bare if argument else bare.rpartition(".")[0]
