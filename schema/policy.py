"""The field policy: every field of a built schema carries its rule, and asks it where it narrows.

A plan reads the rules when it is made; for graphql-core and replays they stand before the
resolvers. The table is checked against the contract: a field without a row fails the build.
"""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_non_null_type,
    is_object_type,
)

from capabilities.visibility import EVERYONE, Policy, PolicyError, Rule
from capabilities.visibility.policy import family

RULE = "visibility-rule"
# The reader refuses an id whose type the role may not see before it looks for its object.
_BY_ID = frozenset({"Node", "_Entity"})


def guard(schema: GraphQLSchema, policy: Policy) -> None:
    """Give every field of a schema its rule; PolicyError names all that do not fit the table."""
    faults = sorted(_faults(schema, policy))
    if faults:
        raise PolicyError("; ".join(faults))
    roots = _roots(schema)
    for kind in _objects(schema):
        for name, field in kind.fields.items():
            put_rule(field, policy.rule(kind.name, name), always=kind in roots)


def put_rule(field: GraphQLField, rule: Rule, *, always: bool = False) -> None:
    """Put a rule before a field's resolver, where it keeps anybody out who comes that far."""
    field.extensions[RULE] = rule
    if field.resolve is not None and (always or not rule.roles >= EVERYONE):
        field.resolve = _guarded(rule, field.resolve)
    if field.subscribe is not None:
        field.subscribe = _guarded(rule, field.subscribe)


def rule_of(field: GraphQLField) -> Rule | None:
    """The rule of a field of a guarded schema."""
    rule: Rule | None = field.extensions.get(RULE)
    return rule


def _guarded(rule: Rule, resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(source: Any, info: Any, **arguments: Any) -> Any:
        refused = rule.refusal(info.context.caller)
        if refused is not None:
            raise refused
        return resolve(source, info, **arguments)

    return guarded


def _roots(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    kinds = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return [one for one in kinds if one is not None]


def _objects(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            yield kind


def _faults(schema: GraphQLSchema, policy: Policy) -> Iterator[str]:
    roots = _roots(schema)
    known: set[str] = set()
    for kind in _objects(schema):
        for name, field in kind.fields.items():
            known |= {f"{kind.name}.{name}", f"{family(kind.name)}.{name}"}
            row = policy.row(kind.name, name)
            if row is None:
                yield f"{kind.name}.{name} has no row"
                continue
            if kind not in roots and is_non_null_type(field.type):
                kept = policy.seen_by(kind.name) - row
                if kept:
                    told = f"is never null, so it cannot be kept from {_names(kept)}"
                    yield f"{kind.name}.{name} {told}"
            yield from _ways(schema, policy, f"{kind.name}.{name}", field, row)
    for coordinate in policy.fields:
        if coordinate not in known:
            yield f"{coordinate} is a row without a field"


def _ways(
    schema: GraphQLSchema, policy: Policy, coordinate: str, field: GraphQLField, row: Any
) -> Iterator[str]:
    """A field that leads a role to a type of which it may see nothing."""
    kind: Any = get_named_type(field.type)
    if kind.name in _BY_ID:
        return
    below = schema.get_possible_types(kind) if is_abstract_type(kind) else [kind]
    for one in below:
        lost = row - policy.seen_by(one.name) if is_object_type(one) else frozenset()
        if lost:
            yield f"{coordinate} leads {_names(lost)} to {one.name}, of which they see nothing"


def _names(roles: Any) -> str:
    return ", ".join(sorted(role.value for role in roles))
