"""The field policy: every root field asks the table of visibility before its resolver runs."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema

from capabilities.visibility import refusal


def guard(schema: GraphQLSchema) -> None:
    """Put the table of visibility before every root field of a built schema."""
    for root in (schema.query_type, schema.mutation_type, schema.subscription_type):
        if root is not None:
            _guard_type(root)


def _guard_type(root: GraphQLObjectType) -> None:
    for name, field in root.fields.items():
        if field.resolve is not None:
            field.resolve = _guarded(f"{root.name}.{name}", field.resolve)


def _guarded(coordinate: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(source: Any, info: Any, **arguments: Any) -> Any:
        refused = refusal(coordinate, info.context.caller)
        if refused is not None:
            raise refused
        return resolve(source, info, **arguments)

    return guarded
