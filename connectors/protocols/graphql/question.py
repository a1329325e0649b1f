"""A question of a manifest, ready to be asked: its document, the type of its answer, its values."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput
from connectors._kit import Decoder
from connectors.protocols.graphql.answer import Step, answer_type, steps_of
from connectors.protocols.graphql.declared import GraphQLQuestion
from connectors.protocols.graphql.document import Document, Fragments, Variable, read_document
from connectors.protocols.graphql.members import Members


class Question(Struct, frozen=True):
    """One document with the way to its rows.

    `keyed` are the variables that each alias has for itself; none where a list takes the keys.
    """

    document: Document
    path: tuple[Step, ...]
    keyed: frozenset[str]
    decoder: Decoder[Any]
    members: Members | None

    def values(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the values that the document asks for, as it types them."""
        declared = self.document.variables
        return {
            name: typed(value, declared[name])
            for name, value in known.items()
            if name in declared and value is not None
        }


def prepare(
    own: GraphQLQuestion, keyed: frozenset[str], row_type: Any, fragments: Fragments
) -> Question:
    """A question of the manifest; `keyed` may take a key or a part of it."""
    document = read_document(own.document, fragments)
    path, used = steps_of(own.rows), keyed & frozenset(document.variables)
    kind = msgspec.Raw if own.types else row_type
    decoder = Decoder[Any](answer_type(kind, path, aliased=bool(used)))
    members = Members(own.types, row_type) if own.types else None
    return Question(document, path, used, decoder, members)


def parts_of(keys: str) -> tuple[str, ...]:
    """The parts of a composite key: named groups of the pattern of keys."""
    return tuple(re.compile(keys).groupindex)


def split(keys: str, key: str, name: str) -> dict[str, str]:
    """A key under its variable's name, and its parts under theirs."""
    found = re.fullmatch(keys, key)
    parts = found.groupdict() if found is not None else {}
    return {name: key, **{part: value for part, value in parts.items() if value is not None}}


def typed(value: Any, declared: Variable) -> Any:
    """A value as a variable of this type takes it: keys and words are text until here."""
    if isinstance(value, list):
        return [typed(one, declared) for one in value]
    if not isinstance(value, str):
        return value
    if declared.kind == "Int":
        try:
            return int(value)
        except ValueError:
            raise BadInput("a key is no whole number") from None
    return value == "true" if declared.kind == "Boolean" else value
