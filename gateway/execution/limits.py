"""Limits of a document, counted in one memoised pass.

Fields, aliases and directives are counted where a fragment is spread, not where it is written:
what costs is the flattened document. Each fragment is measured once, so the pass is linear in
the text whatever the spreads multiply to; counts saturate.
"""

from collections.abc import Iterable

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from msgspec import Struct

from capabilities.errors import BadInput

_MANY = 1_000_000_000


class DocumentLimits(Struct, frozen=True, kw_only=True):
    """How much one document may ask."""

    depth: int
    fields: int
    aliases: int
    directives: int


class Measure(Struct, frozen=True):
    """What a selection costs when its fragments are spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0


_NOTHING = Measure()


def measure(document: DocumentNode) -> Measure:
    """The largest figures over the document's operations and unused fragments."""
    return _Pass(document).whole()


def check_limits(document: DocumentNode, limits: DocumentLimits) -> None:
    """BadInput with a code of its own for the first limit that a document exceeds."""
    found = measure(document)
    for name, code in (
        ("depth", "DOCUMENT_TOO_DEEP"),
        ("fields", "DOCUMENT_TOO_LARGE"),
        ("aliases", "DOCUMENT_TOO_MANY_ALIASES"),
        ("directives", "DOCUMENT_TOO_MANY_DIRECTIVES"),
    ):
        allowed, asked = getattr(limits, name), getattr(found, name)
        if asked > allowed:
            told = "very many" if asked >= _MANY else str(asked)
            raise BadInput(f"the document has {name} {told}; at most {allowed}", code=code)


class _Pass:
    """One walk; explicit about recursion: a fragment under measurement counts as nothing."""

    def __init__(self, document: DocumentNode) -> None:
        self._operations = [
            one for one in document.definitions if isinstance(one, OperationDefinitionNode)
        ]
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._memo: dict[str, Measure] = {}

    def whole(self) -> Measure:
        parts = [self._definition(one) for one in self._operations]
        parts += [self._fragment(name) for name in self._fragments]
        return Measure(
            max((one.depth for one in parts), default=0),
            max((one.fields for one in parts), default=0),
            max((one.aliases for one in parts), default=0),
            sum(one.directives for one in parts),
        )

    def _definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Measure:
        inner = self._selections(node.selection_set)
        variables = getattr(node, "variable_definitions", None) or ()
        own = len(node.directives or ()) + sum(len(one.directives or ()) for one in variables)
        return _more(inner, directives=own)

    def _fragment(self, name: str) -> Measure:
        if name not in self._memo:
            self._memo[name] = _NOTHING  # a cycle is for validation to refuse
            node = self._fragments.get(name)
            self._memo[name] = _NOTHING if node is None else self._definition(node)
        return self._memo[name]

    def _selections(self, selections: SelectionSetNode | None) -> Measure:
        return _sum(self._selection(one) for one in (selections.selections if selections else ()))

    def _selection(self, node: object) -> Measure:
        if isinstance(node, FieldNode):
            inner = self._selections(node.selection_set)
            return Measure(
                inner.depth + 1,
                min(inner.fields + 1, _MANY),
                min(inner.aliases + (node.alias is not None), _MANY),
                min(inner.directives + len(node.directives or ()), _MANY),
            )
        if isinstance(node, InlineFragmentNode):
            inner = self._selections(node.selection_set)
            return _more(inner, directives=len(node.directives or ()))
        if isinstance(node, FragmentSpreadNode):
            inner = self._fragment(node.name.value)
            return _more(inner, directives=len(node.directives or ()))
        return _NOTHING


def _more(inner: Measure, *, directives: int) -> Measure:
    total = min(inner.directives + directives, _MANY)
    return Measure(inner.depth, inner.fields, inner.aliases, total)


def _sum(parts: Iterable[Measure]) -> Measure:
    depth = fields = aliases = directives = 0
    for one in parts:
        depth = max(depth, one.depth)
        fields += one.fields
        aliases += one.aliases
        directives += one.directives
    return Measure(depth, min(fields, _MANY), min(aliases, _MANY), min(directives, _MANY))
