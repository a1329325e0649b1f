"""The contract as a whole: everything described, no null where none may be, which type is whose."""

from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args, get_type_hints

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_non_null_type,
    is_specified_scalar_type,
)
from msgspec import Struct
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.view import RECORD, SHARED, ViewError

DEFINITION = "strawberry-definition"
# Defined by the federation specification, not by us.
_FOREIGN = frozenset({"_Any", "FieldSet", "_FieldSet", "link__Import", "link__Purpose"})

_NAMES = NameConverter()
_WithFields = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType


def check_described(schema: GraphQLSchema) -> None:
    """ViewError naming every type, field, argument and UNKNOWN that lacks a description."""
    silent = sorted(_silent(schema))
    if silent:
        raise ViewError(f"no description: {', '.join(silent)}")


def check_nullable(schema: GraphQLSchema) -> None:
    """ViewError naming every plain field that promises a value its record may not have."""
    broken = sorted(_broken_promises(schema))
    if broken:
        raise ViewError(f"the record may hold None: {', '.join(broken)}")


def record_views(schema: GraphQLSchema) -> dict[type[Struct], str]:
    """The record → type name switch."""
    return {
        getattr(origin, RECORD): kind.name
        for kind, origin, _ in _views(schema)
        if not getattr(origin, SHARED)
    }


def _views(
    schema: GraphQLSchema,
) -> Iterator[tuple[GraphQLObjectType, type, list[StrawberryField]]]:
    for kind in schema.type_map.values():
        definition = kind.extensions.get(DEFINITION)
        if (
            isinstance(kind, GraphQLObjectType)
            and isinstance(definition, StrawberryObjectDefinition)
            and hasattr(definition.origin, RECORD)
        ):
            yield kind, definition.origin, definition.fields


def _broken_promises(schema: GraphQLSchema) -> Iterator[str]:
    for kind, origin, fields in _views(schema):
        record = getattr(origin, RECORD)
        for field in fields:
            name = _NAMES.from_field(field)
            if (
                field.base_resolver is None
                and is_non_null_type(kind.fields[name].type)
                and NoneType in get_args(_annotation(record, field.python_name))
            ):
                yield f"{kind.name}.{name}"


def _annotation(record: type, name: str) -> Any:
    found = getattr(record, name)
    if isinstance(found, property):
        return get_type_hints(found.fget).get("return")
    return get_type_hints(record)[name]


def _silent(schema: GraphQLSchema) -> Iterator[str]:
    for name, kind in schema.type_map.items():
        foreign = name.startswith("__") or name in _FOREIGN
        if foreign or (isinstance(kind, GraphQLScalarType) and is_specified_scalar_type(kind)):
            continue
        if not kind.description:
            yield name
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from _silent_fields(name, kind)
        if isinstance(kind, GraphQLEnumType):
            unknown = kind.values.get("UNKNOWN")
            if unknown is not None and not unknown.description:
                yield f"{name}.UNKNOWN"


def _silent_fields(name: str, kind: _WithFields) -> Iterator[str]:
    for field_name, field in kind.fields.items():
        if not field.description:
            yield f"{name}.{field_name}"
        for argument_name, argument in getattr(field, "args", {}).items():
            if not argument.description:
                yield f"{name}.{field_name}({argument_name}:)"
