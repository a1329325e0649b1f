"""Values of a request as variables of an operation, each read by the type that it is for."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_enum_type,
    is_scalar_type,
)
from msgspec import Struct

from capabilities.errors import BadInput

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?")
_SWITCH = {"true": True, "false": False}
_LONGEST = 4_000
_MOST_ITEMS = 100


class Binding(Struct, frozen=True, kw_only=True):
    """Where one value comes from, where it goes, and what it is.

    `place` is path, query, header or body; `name` is empty for the whole body.
    """

    target: tuple[str, ...]
    place: str
    name: str
    type: GraphQLInputType
    required: bool

    @property
    def listed(self) -> bool:
        """Whether it may stand several times in an address."""
        return is_list(self.type)


def is_list(given: GraphQLInputType) -> bool:
    """Whether values of a type are lists."""
    return isinstance(_nullable(given), GraphQLList)


def readable(given: GraphQLInputType) -> bool:
    """Whether a text of an address can be a value of this type, or several texts can."""
    inner = _nullable(given)
    if isinstance(inner, GraphQLList):
        inner = _nullable(inner.of_type)
    return is_scalar_type(inner) or is_enum_type(inner)


def read_texts(binding: Binding, texts: Sequence[str]) -> Any:
    """The value of the texts that stand for it; BadInput names the parameter, never its value."""
    if any(len(one) > _LONGEST or "\x00" in one for one in texts) or len(texts) > _MOST_ITEMS:
        raise BadInput(f"{binding.place} parameter {binding.name!r} is too long")
    inner = _nullable(binding.type)
    if isinstance(inner, GraphQLList):
        read = _reader(_nullable(inner.of_type))
        return [read(one, binding) for one in texts]
    return _reader(inner)(texts[0], binding)


def assign(variables: dict[str, Any], target: tuple[str, ...], value: Any) -> None:
    """Put a value where it belongs; input objects on the way are made."""
    at = variables
    for step in target[:-1]:
        at = at.setdefault(step, {})
    at[target[-1]] = value


def taken(variables: Mapping[str, Any], target: tuple[str, ...]) -> bool:
    """Whether something stands there already, such as in a body that holds what its address says.

    BadInput where something else than an object stands on the way.
    """
    at: Any = variables
    for step in target[:-1]:
        at = at.get(step, {})
        if not isinstance(at, dict):
            raise BadInput(f"{step!r} must be an object")
    return target[-1] in at


def _nullable(given: Any) -> Any:
    return given.of_type if isinstance(given, GraphQLNonNull) else given


def _reader(inner: Any) -> Callable[[str, Binding], Any]:
    return _READERS.get(inner.name, _text)


def _text(text: str, binding: Binding) -> str:
    del binding
    return text


def _whole(text: str, binding: Binding) -> int:
    if not _WHOLE.fullmatch(text):
        raise BadInput(f"{binding.place} parameter {binding.name!r} must be a whole number")
    return int(text)


def _number(text: str, binding: Binding) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadInput(f"{binding.place} parameter {binding.name!r} must be a number")
    return float(text)


def _switch(text: str, binding: Binding) -> bool:
    if text not in _SWITCH:
        raise BadInput(f"{binding.place} parameter {binding.name!r} must be true or false")
    return _SWITCH[text]


_READERS: Mapping[str, Callable[[str, Binding], Any]] = {
    "Int": _whole,
    "Float": _number,
    "Boolean": _switch,
}
