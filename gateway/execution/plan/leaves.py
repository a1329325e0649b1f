"""Leaves: what a scalar's or an enum's value is written as, checked as graphql-core checks it."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from inspect import isawaitable
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLString,
    Undefined,
    is_enum_type,
)

from gateway.execution.plan.adapter import enum_members
from gateway.execution.plan.errors import Fault
from schema.contract import DEFINITION
from schema.scalars import SCALARS

Leaf = Callable[[Any], Any]

# Values of exactly these types are what they seem: neither an error nor something to wait for.
_PLAIN = frozenset({str, int, float, bool, Decimal, datetime, date, bytes, dict, list, tuple})


# Custom scalars of the contract: values of exactly this type are written by one call.
_WRITTEN: dict[int, tuple[Any, Leaf]] = {
    id(definition): (getattr(python, "__supertype__", python), definition.serialize)
    for python, definition in SCALARS.items()
    if definition.serialize is not None
}

# An expression over `{v}` that is true where the value is already what the answer shows.
_AS_IT_IS: tuple[tuple[Any, str], ...] = (
    (GraphQLString, "type({v}) is str"),
    (GraphQLID, "type({v}) is str"),
    (GraphQLInt, "type({v}) is int and -2147483648 <= {v} <= 2147483647"),
    (GraphQLFloat, "type({v}) is float and {v} - {v} == 0.0"),
    (GraphQLBoolean, "type({v}) is bool"),
)


def as_it_is(kind: Any) -> str | None:
    """The test of a built-in scalar that spares a call; None for other leaves."""
    written = written_by(kind)
    if written is not None and written == (str, str):
        return "type({v}) is str"
    return next((test for built_in, test in _AS_IT_IS if built_in is kind), None)


def written_by(kind: Any) -> tuple[type, Leaf] | None:
    """The Python type of a scalar of the contract, and what writes a value of exactly that type.

    It never answers None, so that nothing is left to check.
    """
    return _WRITTEN.get(id(kind.extensions.get(DEFINITION)))


@lru_cache(maxsize=256)
def enum_names(kind: Any) -> dict[int, str] | None:
    """Names of an enum's members by their identity, which hashes quicker than a member."""
    if not is_enum_type(kind):
        return None
    members = [one for one in enum_members(kind) if isinstance(one, Enum)]
    return {id(one): kind.coerce_output_value(one) for one in members} or None


def completer(kind: Any, *, nullable: bool) -> Leaf:
    """The whole completion of a leaf; Fault, or whatever its type raises, when it has none."""
    coerce = kind.coerce_output_value

    def complete(value: Any) -> Any:
        if value is None or value is Undefined:
            if nullable:
                return None
            raise Fault
        if type(value) not in _PLAIN and (isinstance(value, Exception) or isawaitable(value)):
            raise Fault
        written = coerce(value)
        if written is None or written is Undefined:
            raise Fault
        return written

    return complete
