"""The running graph: the contract's schema with the native types of the connectors in force.

Types of the contract are shared by all schemas and never built again; a schema with other native
types is a new list of types, made in some milliseconds.
"""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from capabilities.native import ExtensionPoint, Native, NativeCast, NativeField, NativeType
from capabilities.visibility import EVERYONE, Rule
from schema.policy import put_rule

# Where a field of a native type says how it is answered: a function of the record and the info.
NATIVE = "native-field"
NATIVE_TYPE = "native-type"
_BUILT_IN: dict[NativeCast, Any] = {
    NativeCast.TEXT: GraphQLString,
    NativeCast.INTEGER: GraphQLInt,
    NativeCast.FLAG: GraphQLBoolean,
}
_SCALARS = {
    NativeCast.DECIMAL: "Decimal",
    NativeCast.INSTANT: "DateTime",
    NativeCast.DATE: "Date",
}


def shown_by(schema: GraphQLSchema, points: Sequence[ExtensionPoint]) -> tuple[ExtensionPoint, ...]:
    """Those of the native types that a schema has."""
    found = ((one, schema.type_map.get(one.name)) for one in points)
    return tuple(one for one, kind in found if kind is not None and NATIVE_TYPE in kind.extensions)


def with_natives(schema: GraphQLSchema, points: Sequence[ExtensionPoint]) -> GraphQLSchema:
    """The contract's schema with these types; those whose names it has itself are left out."""
    own = [_native(schema, one.type) for one in points if one.name not in schema.type_map]
    types = [kind for name, kind in schema.type_map.items() if not name.startswith("__")]
    made = GraphQLSchema(
        query=schema.query_type,
        mutation=schema.mutation_type,
        subscription=schema.subscription_type,
        types=[*types, *own],
        directives=schema.directives,
        description=schema.description,
        extensions=schema.extensions,
        assume_valid=True,  # the contract was checked when it was built, and these are made here
    )
    made._strawberry_schema = getattr(schema, "_strawberry_schema", None)  # type: ignore[attr-defined]  # noqa: SLF001 - what resolvers see
    return made


def _native(schema: GraphQLSchema, declared: NativeType) -> GraphQLObjectType:
    interface = schema.type_map[f"{declared.of}Native"]
    if not isinstance(interface, GraphQLInterfaceType):
        raise TypeError("a native type of something that has none")
    fields = {one.name: _field(schema, one) for one in declared.fields}
    fields["system"] = _answered(
        GraphQLNonNull(GraphQLString),
        lambda _record, _info: declared.system,
        "The system whose fields these are.",
    )
    rows = {one.name: one.roles for one in declared.fields}
    for name, field in fields.items():
        put_rule(field, Rule(f"{declared.name}.{name}", rows.get(name, EVERYONE)))
    return GraphQLObjectType(
        declared.name,
        fields,
        interfaces=[interface],
        is_type_of=lambda value, _info: type(value) is Native and value.kind == declared.name,
        description=f"What {declared.system} knows beyond the contract.",
        extensions={NATIVE_TYPE: declared.name},
    )


def _field(schema: GraphQLSchema, declared: NativeField) -> GraphQLField:
    def answer(record: Native, _info: Any) -> object:
        return record.read(declared)

    kind = _BUILT_IN.get(declared.cast) or schema.type_map[_SCALARS[declared.cast]]
    described = declared.description or "A field of this system."
    return _answered(kind, answer, described)


def _answered(kind: Any, answer: Callable[[Any, Any], Any], description: str) -> GraphQLField:
    return GraphQLField(kind, resolve=answer, description=description, extensions={NATIVE: answer})
