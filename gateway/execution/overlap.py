"""How often a document selects the same thing twice.

Validation compares every pair of fields that share a response name, which is quadratic where one
name is repeated. The flattened document is walked once; `check_limits` has bounded it before.
"""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from capabilities.errors import BadInput

# Some 10 µs a pair: 50 ms. A page of a hundred components that all ask for one id has 4,950.
MOST_PAIRS = 5_000
# Cycles of fragments have no fields and pass the limits; nobody walks them to the end.
_MOST_STEPS = 20_000


def check_overlap(document: DocumentNode) -> None:
    """BadInput when the pairs of fields with one response name are too many."""
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    walk = _Walk(fragments)
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode | FragmentDefinitionNode):
            walk.through([one.selection_set])


class _Walk:
    """Counts steps and pairs over all definitions of one document."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._steps = 0
        self._pairs = 0

    def through(self, merged: list[SelectionSetNode]) -> None:
        """Selection sets that stand at one place of the answer, and all beneath them."""
        alike: dict[str, list[FieldNode]] = {}
        for selections in merged:
            for field in self._fields(selections, frozenset()):
                name = field.alias.value if field.alias else field.name.value
                alike.setdefault(name, []).append(field)
        for fields in alike.values():
            self._pairs += len(fields) * (len(fields) - 1) // 2
            if self._pairs > MOST_PAIRS:
                raise _too_much()
            inner = [one.selection_set for one in fields if one.selection_set]
            if inner:
                self.through(inner)

    def _fields(self, selections: SelectionSetNode, spread: frozenset[str]) -> Iterator[FieldNode]:
        for one in selections.selections:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise _too_much()
            if isinstance(one, FieldNode):
                yield one
            elif isinstance(one, InlineFragmentNode):
                yield from self._fields(one.selection_set, spread)
            elif isinstance(one, FragmentSpreadNode) and one.name.value not in spread:
                node = self._fragments.get(one.name.value)
                if node is not None:
                    yield from self._fields(node.selection_set, spread | {one.name.value})


def _too_much() -> BadInput:
    return BadInput(
        "the document selects the same fields too often; ask for each once",
        code="DOCUMENT_TOO_REPETITIVE",
    )
