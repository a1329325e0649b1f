"""Values for arguments and variables: as literals of a document and as JSON of a request."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    Undefined,
    is_list_type,
    is_non_null_type,
)

Choices = Mapping[str, Sequence[Any]]
_DEEPEST = 3
_TEXTS = ("", "a", "上海", 'quo"te', "two\nlines", "😀", "8001")
_WRONG = ("no such thing", 1.5, [], {}, {"low": "x"}, True, None, 2**40, [[None]])
LEAVES: dict[str, Sequence[Any]] = {
    "Int": (0, 1, 2, 3, 5, 20, 100, -1, 2**31 - 1),
    "Float": (0.5, 2, -1.25, 1e10, 0),
    "Boolean": (True, False),
    "String": _TEXTS,
    "ID": ("x1", "7", 7, "abc"),
    "Decimal": ("12.90", "0", "-1.5"),
    "CurrencyCode": ("CNY", "JPY"),
    "DateTime": ("2026-11-01T08:00:00Z", "2026-10-01T12:00:00+08:00"),
    "Date": ("2026-11-01", "2025-01-31"),
    "Odd": (1, 3, -7),
    "JSON": ({"a": [1, "b", None]}, [1, 2], "text", 5, True),
}


class Inputs:
    """Draws values; `named` has choices for the places that want something meaningful."""

    def __init__(self, random: Random, named: Choices) -> None:
        self.random = random
        self.named = named
        self.met: Counter[str] = Counter()

    def _leaf(self, kind: GraphQLNamedType, name: str) -> Any:
        if isinstance(kind, GraphQLEnumType):
            return self.random.choice(list(kind.values))
        own = (name, name.rpartition(".")[2])
        places = [*(f"{one}:{kind.name}" for one in own), kind.name]
        chosen = next((self.named[one] for one in places if one in self.named), None)
        return self.random.choice(chosen or LEAVES[kind.name])

    def fields(self, kind: GraphQLInputObjectType, depth: int) -> list[str]:
        """The fields that one value of an input type gives, in any order."""
        given = self._fields(kind, depth)
        self.met.update(f"input {kind.name}.{one}" for one in given)
        return given

    def _fields(self, kind: GraphQLInputObjectType, depth: int) -> list[str]:
        if kind.is_one_of:
            flat = [n for n, f in kind.fields.items() if not _nested(f.type)]
            return [self.random.choice(flat if depth >= _DEEPEST and flat else list(kind.fields))]
        must = [
            n for n, f in kind.fields.items() if is_non_null_type(f.type) and not has_default(f)
        ]
        share = 0.45 / (1 + depth)
        may = [n for n in kind.fields if n not in must and self.random.random() < share]
        given = [*must, *may]
        self.random.shuffle(given)
        return given

    def json(self, kind: GraphQLInputType, name: str, depth: int = 0) -> Any:
        """A value as a request's variables hold it."""
        if is_non_null_type(kind):
            return self._json(kind.of_type, name, depth)
        # A null condition stops the whole operation, so it is rare.
        if self.random.random() < (0.02 if name == "if" else 0.1) or depth > _DEEPEST:
            return None
        return self._json(kind, name, depth)

    def _json(self, kind: Any, name: str, depth: int) -> Any:
        if is_list_type(kind):
            if self.random.random() < 0.1:
                # A single value where a list is due is a list of one.
                return self._json(_bare(kind.of_type), name, depth + 1)
            count = self.random.randint(0, 2 if depth < _DEEPEST else 0)
            return [self.json(kind.of_type, name, depth + 1) for _ in range(count)]
        if not isinstance(kind, GraphQLInputObjectType):
            return self._leaf(kind, name)
        return {
            one: self._json(_bare(kind.fields[one].type), f"{kind.name}.{one}", depth + 1)
            if kind.is_one_of
            else self.json(kind.fields[one].type, f"{kind.name}.{one}", depth + 1)
            for one in self.fields(kind, depth)
        }

    def wrong(self) -> Any:
        """A value that fits hardly anything."""
        return self.random.choice(_WRONG)

    def leaf_literal(self, kind: GraphQLNamedType, name: str) -> str:
        """A leaf as the document writes it."""
        value = self._leaf(kind, name)
        if isinstance(kind, GraphQLEnumType):
            return str(value)
        if isinstance(value, str) and "\n" not in value and '"' not in value:
            return f'"""{value}"""' if self.random.random() < 0.05 and value else quoted(value)
        return _literal(value)


def quoted(text: str) -> str:
    """A string literal."""
    return json.dumps(text, ensure_ascii=False)


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _bare(kind: Any) -> Any:
    return kind.of_type if is_non_null_type(kind) else kind


def _nested(kind: Any) -> bool:
    while is_non_null_type(kind) or is_list_type(kind):
        kind = kind.of_type
    return isinstance(kind, GraphQLInputObjectType)


def has_default(field: Any) -> bool:
    """Whether an argument or input field has a default of its own."""
    return field.default is not None or field.default_value is not Undefined
