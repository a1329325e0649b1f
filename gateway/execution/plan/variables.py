"""Variables of one operation: built-in scalars as they are, everything else by graphql-core."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    get_nullable_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values
from msgspec import Struct

_NOTHING = VariableValues({}, {})
_LEAST, _MOST = -(2**31), 2**31 - 1
_PYTHON: tuple[tuple[Any, type], ...] = (
    (GraphQLString, str),
    (GraphQLID, str),
    (GraphQLInt, int),
    (GraphQLFloat, float),
    (GraphQLBoolean, bool),
)


class _Declared(Struct, frozen=True):
    """A variable whose value of exactly one Python type needs no coercion."""

    name: str
    exact: type | None
    may_be_null: bool
    may_be_absent: bool
    default: Any = None


class Variables:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._declared = [self._declare(node) for node in self._nodes]

    def coerced(self, given: Mapping[str, Any] | None) -> VariableValues | None:
        """The values; None where graphql-core has to say what is wrong with them."""
        if not self._declared:
            return _NOTHING
        values = self._as_they_are(given or {})
        return VariableValues({}, values) if values is not None else self.whole(given)

    def whole(self, given: Mapping[str, Any] | None) -> VariableValues | None:
        """As `coerced`, by graphql-core, with the sources of the values."""
        values = get_variable_values(self._schema, self._nodes, dict(given or {}), 1)
        return values if isinstance(values, VariableValues) else None

    def _as_they_are(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        values: dict[str, Any] = {}
        for one in self._declared:
            name = one.name
            if name in given:
                value = given[name]
            elif one.default is not None:
                value = one.default
            elif one.may_be_absent:
                continue
            else:
                return None
            if value is None:
                if not one.may_be_null:
                    return None
            elif type(value) is not one.exact or not _fits(value):
                return None
            values[name] = value
        return values

    def _declare(self, node: Any) -> _Declared:
        kind: Any = type_from_ast(self._schema, node.type)
        inner = get_nullable_type(kind)
        return _Declared(
            name=node.variable.name.value,
            exact=next((python for built_in, python in _PYTHON if built_in is inner), None),
            may_be_null=not is_non_null_type(kind),
            may_be_absent=not is_non_null_type(kind) and node.default_value is None,
            default=self._default(node),
        )

    def _default(self, node: Any) -> Any:
        """The default as graphql-core coerces it; None where there is none, or null is one."""
        if node.default_value is None:
            return None
        values = get_variable_values(self._schema, [node], {}, 1)
        if not isinstance(values, VariableValues):
            return None
        return values.coerced.get(node.variable.name.value)


def _fits(value: Any) -> bool:
    """Whether a number is one of the specification's; every text and truth value is."""
    if type(value) is int:
        return _LEAST <= value <= _MOST
    return type(value) is not float or value - value == 0.0
