"""A manifest's GraphQL documents: parsed once, and written anew with an alias for each key."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    ListTypeNode,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    TypeNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    strip_ignored_characters,
    visit,
)
from msgspec import Struct

# Documents with so many different numbers of aliases are kept.
_KEPT = 64

Selected = dict[str, Any]


class DocumentError(ValueError):
    """A document that cannot be used; the message says why and where in it."""


class Variable(Struct, frozen=True):
    """A variable as the document declares it: its whole type, and the name inside."""

    written: str
    kind: str
    many: bool


class Document:
    """One query with the fragments that it spreads."""

    def __init__(self, operation: OperationDefinitionNode, fragments: "Fragments") -> None:
        self._operation = operation
        self._fragments = fragments
        self._spread = _spread(operation, fragments)
        self.variables = {
            one.variable.name.value: _variable(one.type)
            for one in operation.variable_definitions or ()
        }
        self.text = self._written(print_ast(operation))
        self._aliased: dict[tuple[int, frozenset[str]], str] = {}

    @property
    def selected(self) -> Selected:
        """What is selected: names as they are answered, each with what is below it."""
        return self._selected(self._operation.selection_set.selections)

    def aliased(self, count: int, keyed: frozenset[str]) -> str:
        """The document with its one field `count` times, as `k0` and so on.

        Each has its own `keyed` variables (`$key_0`, `$key_1`, …) and shares the others.
        """
        at = (count, keyed)
        if at not in self._aliased:
            if len(self._aliased) >= _KEPT:
                self._aliased.clear()
            self._aliased[at] = self._written(self._many(count, keyed))
        return self._aliased[at]

    def _many(self, count: int, keyed: frozenset[str]) -> str:
        names = {
            name: [f"{name}_{row}" for row in range(count)] if name in keyed else [name]
            for name in self.variables
        }
        declared = ", ".join(
            f"${name}: {self.variables[of].written}" for of, many in names.items() for name in many
        )
        (field,) = self._operation.selection_set.selections
        fields = " ".join(_alias(field, row, keyed) for row in range(count))
        return f"query ({declared}) {{ {fields} }}"

    def _written(self, operation: str) -> str:
        parts = (operation, *(print_ast(self._fragments[name]) for name in self._spread))
        return strip_ignored_characters("\n".join(parts))

    def _selected(self, selections: tuple[SelectionNode, ...]) -> Selected:
        found: Selected = {}
        for one in selections:
            if isinstance(one, FieldNode):
                below = one.selection_set.selections if one.selection_set else ()
                name = (one.alias or one.name).value
                _merge(found, {name: self._selected(below)})
            elif isinstance(one, FragmentSpreadNode):
                inner = self._fragments[one.name.value].selection_set.selections
                _merge(found, self._selected(inner))
            elif isinstance(one, InlineFragmentNode):
                _merge(found, self._selected(one.selection_set.selections))
        return found


Fragments = Mapping[str, FragmentDefinitionNode]


def read_fragment(name: str, text: str) -> FragmentDefinitionNode:
    """A fragment of the manifest, written `on Type { … }`; DocumentError for anything else."""
    (found,) = _parsed(f"fragment {name} {text}")
    if not isinstance(found, FragmentDefinitionNode):
        raise DocumentError("a fragment is written `on Type { … }`")
    return found


def read_document(text: str, fragments: Fragments) -> Document:
    """The one query of a text; DocumentError says what is wrong with it."""
    (operation,) = _parsed(text)
    if (
        not isinstance(operation, OperationDefinitionNode)
        or operation.operation is not OperationType.QUERY
    ):
        raise DocumentError("a document is one query; fragments stand under `fragments`")
    return Document(operation, fragments)


def _parsed(text: str) -> tuple[Any, ...]:
    try:
        found = parse(text, no_location=True).definitions
    except GraphQLSyntaxError as exc:
        where = exc.locations[0] if exc.locations else None
        at = f" (line {where.line}, column {where.column} of the document)" if where else ""
        raise DocumentError(f"{exc.message}{at}") from None
    if len(found) != 1:
        raise DocumentError(f"one definition is meant, found {len(found)}")
    return found


def _spread(operation: OperationDefinitionNode, fragments: Fragments) -> tuple[str, ...]:
    """The fragments that an operation spreads, also through others; each once."""
    waiting, found = list(_spreads(operation)), dict[str, None]()
    while waiting:
        name = waiting.pop()
        if name not in fragments:
            raise DocumentError(f"there is no fragment {name!r} under `fragments`")
        if name not in found:
            found[name] = None
            waiting += _spreads(fragments[name])
    _refuse_circles(fragments, found)
    return tuple(sorted(found))


def _refuse_circles(fragments: Fragments, names: Mapping[str, None]) -> None:
    below = {name: set(_spreads(fragments[name])) for name in names}
    while leaves := [name for name, inner in below.items() if not inner]:
        for leaf in leaves:
            del below[leaf]
        for inner in below.values():
            inner.difference_update(leaves)
    if below:
        raise DocumentError(f"fragments spread each other: {', '.join(sorted(below))}")


def _spreads(node: Any) -> Iterator[str]:
    found: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: Any) -> None:
            found.append(spread.name.value)

    visit(node, Spreads())
    return iter(found)


def _alias(field: Any, row: int, keyed: frozenset[str]) -> str:
    class Renamed(Visitor):
        def enter_variable(self, variable: VariableNode, *_: Any) -> VariableNode | None:
            name = variable.name.value
            if name not in keyed:
                return None
            return VariableNode(name=NameNode(value=f"{name}_{row}"))

    text = print_ast(visit(field, Renamed()))
    plain = text if field.alias is None else text.partition(":")[2]
    return f"k{row}: {plain}"


def _variable(node: TypeNode) -> Variable:
    inner, many = node, False
    while isinstance(inner, NonNullTypeNode | ListTypeNode):
        many = many or isinstance(inner, ListTypeNode)
        inner = inner.type
    return Variable(print_ast(node), print_ast(inner), many)


def _merge(found: Selected, more: Selected) -> None:
    for name, below in more.items():
        _merge(found.setdefault(name, {}), below)
