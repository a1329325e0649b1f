"""Objects without a record: asked of their type whether they are one of it."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from graphql import GraphQLObjectType


def checked_object(kind: GraphQLObjectType) -> Callable[[Any], bool]:
    """Whether a value is one of this type; an error or something to wait for never is."""
    is_type_of = kind.is_type_of

    def check(value: Any) -> bool:
        if isinstance(value, Exception) or isawaitable(value):
            return False
        return is_type_of is None or is_type_of(value, None) is True  # type: ignore[arg-type]

    return check
