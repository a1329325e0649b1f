"""Arguments of one field: read once where the document fixes them, else put together a run.

How an argument with variables is read depends on their values only where these are lists or
objects. For plain values the way is the same at every run, so it is found once by graphql-core and
Strawberry themselves, with a mark in each variable's place, and then repeated with the values.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_argument_values,
)
from graphql.execution.values import VariableValues
from strawberry import UNSET

from gateway.execution.plan.adapter import Kwargs, Resolver
from gateway.execution.plan.errors import Fault

Build = Callable[[Mapping[str, Any]], Any]

_PLAIN = frozenset({str, int, float, bool, Decimal, datetime, date})
_MOST_WAYS = 32


class _Mark:
    """Stands for the value of a variable."""

    def __init__(self, name: str) -> None:
        self.name = name


class Arguments:
    """The keyword arguments of one field's resolver.

    `fixed` are those that the document fixes, shared by all runs: resolvers do not change them.
    """

    def __init__(self, field: GraphQLField, node: FieldNode, resolver: Resolver) -> None:
        self._field = field
        self._node = node
        self._resolver = resolver
        values = (one.value for one in node.arguments or ())
        self._names = tuple(sorted({name for value in values for name in _variables(value)}))
        self._ways: dict[tuple[int, ...], dict[str, Build] | None] = {}
        self.fixed = None if self._names else self._fixed()

    def of(self, variables: VariableValues, whole: Callable[[], VariableValues]) -> Kwargs:
        """The arguments of one run; Fault, or what reading them raises, when they are bad.

        `whole` gives the variables with their sources, as only graphql-core's own reading needs.
        """
        if self.fixed is not None:
            return self.fixed
        way = self._way(variables)
        if way is None:
            return self._resolver.mapped(self._read(whole()))
        built = {name: build(variables.coerced) for name, build in way.items()}
        return self._resolver.mapped(built)

    def _fixed(self) -> Kwargs | None:
        try:
            return self._resolver.mapped(self._read(VariableValues({}, {})))
        except Exception:  # noqa: BLE001 - read again, and told by graphql-core, at every run
            return None

    def _read(self, variables: VariableValues) -> dict[str, Any]:
        return self._resolver.convert(get_argument_values(self._field, self._node, variables))

    def _way(self, variables: VariableValues) -> dict[str, Build] | None:
        """How values of these kinds are put together; None where that depends on the values."""
        coerced = variables.coerced
        kinds = tuple(_kind(coerced, name) for name in self._names)
        if kinds not in self._ways:
            if _OTHER in kinds or len(self._ways) >= _MOST_WAYS:
                return None
            self._ways[kinds] = self._found(kinds)
        return self._ways[kinds]

    def _found(self, kinds: tuple[int, ...]) -> dict[str, Build] | None:
        marked: dict[str, Any] = {
            name: _Mark(name) if kind == _VALUE else None
            for name, kind in zip(self._names, kinds, strict=True)
            if kind != _ABSENT
        }
        try:
            read = self._read(VariableValues({}, marked))
            return {name: _build(value) for name, value in read.items()}
        except Exception:  # noqa: BLE001 - read anew at every run, which says what is wrong
            return None


def are_fixed(field: GraphQLField, node: FieldNode) -> bool:
    """Whether the document alone says that a field's arguments can be read."""
    if any(next(_variables(one.value), None) is not None for one in node.arguments or ()):
        return False
    try:
        get_argument_values(field, node, VariableValues({}, {}))
    except GraphQLError:
        return False
    return True


_ABSENT, _NULL, _VALUE, _OTHER = range(4)


def _kind(coerced: Mapping[str, Any], name: str) -> int:
    if name not in coerced:
        return _ABSENT
    value = coerced[name]
    if value is None:
        return _NULL
    return _VALUE if type(value) in _PLAIN or isinstance(value, Enum) else _OTHER


def _build(value: Any) -> Build:
    """How a value with marks in it is made of the variables; Fault where that cannot be said."""
    if isinstance(value, _Mark):
        name = value.name
        return lambda coerced: coerced[name]
    if value is None or value is UNSET or type(value) in _PLAIN or isinstance(value, Enum):
        return lambda _: value
    if type(value) is list:
        items = [_build(one) for one in value]
        return lambda coerced: [build(coerced) for build in items]
    if not hasattr(type(value), "__strawberry_definition__"):
        raise Fault
    return _object(value)


def _object(value: Any) -> Build:
    fields = {name: _build(one) for name, one in vars(value).items()}

    def build(coerced: Mapping[str, Any]) -> Any:
        made = copy(value)
        for name, one in fields.items():
            setattr(made, name, one(coerced))
        return made

    return build


def _variables(value: ValueNode) -> Iterator[str]:
    if isinstance(value, VariableNode):
        yield value.name.value
    elif isinstance(value, ListValueNode):
        for one in value.values:
            yield from _variables(one)
    elif isinstance(value, ObjectValueNode):
        for field in value.fields:
            yield from _variables(field.value)
