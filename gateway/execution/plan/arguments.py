"""Arguments of one field: read once where the document fixes them, else once a run."""

from collections.abc import Callable, Iterator

from graphql import (
    FieldNode,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_argument_values,
)
from graphql.execution.values import VariableValues

from gateway.execution.plan.adapter import Kwargs, Resolver
from gateway.execution.plan.errors import Fault

Arguments = Callable[[VariableValues], Kwargs]


def arguments_of(field: GraphQLField, node: FieldNode, resolver: Resolver) -> Arguments:
    """How a run gets the field's arguments; Fault, or what reading them raises, when they are bad.

    What the document fixes is read now and shared by all runs: resolvers do not change it.
    """

    def read(variables: VariableValues) -> Kwargs:
        return resolver.convert(get_argument_values(field, node, variables))

    if any(_has_variable(one.value) for one in node.arguments or ()):
        return read
    try:
        fixed = read(VariableValues({}, {}))
    except Exception:  # noqa: BLE001 - graphql-core reports it at every run
        return _refused
    return lambda _: fixed


def _refused(_: VariableValues) -> Kwargs:
    raise Fault


def _has_variable(value: ValueNode) -> bool:
    return any(isinstance(one, VariableNode) for one in _values(value))


def _values(value: ValueNode) -> Iterator[ValueNode]:
    yield value
    if isinstance(value, ListValueNode):
        for one in value.values:
            yield from _values(one)
    elif isinstance(value, ObjectValueNode):
        for field in value.fields:
            yield from _values(field.value)
