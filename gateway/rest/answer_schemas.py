"""Answers of operations as JSON Schema 2020-12, which OpenAPI 3.1 speaks: the contract's types."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    is_required_input_field,
)

from gateway.rest.shape import Place

Schema = dict[str, Any]
_SCALARS: Mapping[str, Schema] = {
    "Boolean": {"type": "boolean"},
    "CurrencyCode": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["CNY"]},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "string", "format": "decimal", "examples": ["12.90"]},
    "Float": {"type": "number"},
    "ID": {"type": "string"},
    "Int": {"type": "integer", "format": "int32"},
    "String": {"type": "string"},
}


class Components:
    """The named schemas of one document; a name stands for one schema."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def answer(self, place: Place, name: str) -> Schema:
        """What stands at a place of an answer; what is below it is named after `name`."""
        return self._wrapped(place.type, lambda named: self._answer(named, place, name))

    def given(self, given: Any, without: frozenset[str] = frozenset()) -> Schema:
        """What an input of this type may be; keys `without` come from elsewhere."""
        return self._wrapped(given, lambda named: self._input(named, without))

    def _wrapped(self, given: Any, inner: Any) -> Schema:
        if isinstance(given, GraphQLNonNull):
            return self._plain(given.of_type, inner)
        return _or_null(self._plain(given, inner))

    def _plain(self, given: Any, inner: Any) -> Schema:
        if isinstance(given, GraphQLList):
            return {"type": "array", "items": self._wrapped(given.of_type, inner)}
        found: Schema = inner(given)
        return found

    def _answer(self, named: GraphQLNamedType, place: Place, name: str) -> Schema:
        if not place.variants:
            return self._leaf(named)
        variants = {_signature(keys): (one, keys) for one, keys in place.variants.items()}
        if len(variants) == 1:
            return self._object(place.keys, name, named.description)
        found = [self._object(keys, f"{name}{one}", None) for one, keys in variants.values()]
        return {"anyOf": found}

    def _object(self, keys: Mapping[str, Place], name: str, says: str | None) -> Schema:
        schema: Schema = {
            "type": "object",
            "properties": {
                key: _says(self.answer(below, f"{name}{_capital(key)}"), below.description)
                for key, below in keys.items()
            },
            "required": [key for key, below in keys.items() if not below.optional],
        }
        return self._named(name, schema, says)

    def _input(self, named: GraphQLNamedType, without: frozenset[str]) -> Schema:
        if not isinstance(named, GraphQLInputObjectType):
            return self._leaf(named)
        if not without and named.name in self.schemas:
            return _to(named.name)
        if not without:
            self.schemas[named.name] = {}  # its own fields may lead back to it
        fields = {key: one for key, one in named.fields.items() if key not in without}
        schema: Schema = {
            "type": "object",
            "properties": {
                key: _says(self.given(one.type), one.description) for key, one in fields.items()
            },
            "required": [key for key, one in fields.items() if is_required_input_field(one)],
            "additionalProperties": False,
        }
        if without:
            return schema
        return self._named(named.name, schema, named.description)

    def _leaf(self, named: GraphQLNamedType) -> Schema:
        if isinstance(named, GraphQLEnumType):
            schema = {"type": "string", "enum": list(named.values)}
            return self._named(named.name, schema, named.description)
        return dict(_SCALARS.get(named.name, {}))

    def _named(self, name: str, schema: Schema, says: str | None) -> Schema:
        """A reference to a schema of this name, or of the next one where it is another's."""
        schema = _says(schema, says)
        while self.schemas.get(name) not in (None, {}, schema):
            name += "_"
        self.schemas[name] = schema
        return _to(name)


def _or_null(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [*schema.get("anyOf", [schema]), {"type": "null"}]} if schema else schema


def _to(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _signature(keys: Mapping[str, Place]) -> tuple[str, ...]:
    return tuple(sorted(keys))


def _says(schema: Schema, text: str | None) -> Schema:
    return {**schema, "description": text} if text else schema


def _capital(key: str) -> str:
    return key[:1].upper() + key[1:]
