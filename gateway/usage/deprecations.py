"""What a contract has deprecated: fields, arguments, values of enums and parts of inputs."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)


def deprecated_in(schema: GraphQLSchema) -> dict[str, str]:
    """The reason of each, by its coordinate."""
    return {
        place: reason
        for kind in schema.type_map.values()
        if not kind.name.startswith("__")
        for place, reason in _of(kind)
        if reason is not None
    }


def _of(kind: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield f"{kind.name}.{name}", field.deprecation_reason
            for argument, given in field.args.items():
                yield f"{kind.name}.{name}({argument}:)", given.deprecation_reason
    elif isinstance(kind, GraphQLEnumType):
        for name, value in kind.values.items():
            yield f"{kind.name}.{name}", value.deprecation_reason
    elif isinstance(kind, GraphQLInputObjectType):
        for name, part in kind.fields.items():
            yield f"{kind.name}.{name}", part.deprecation_reason
