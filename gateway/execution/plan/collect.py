"""The fields of a selection for one type, with fragments spread and conditions decided."""

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    Node,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)
from graphql.language import BooleanValueNode, DirectiveNode, OperationDefinitionNode

from gateway.execution.plan.errors import Unplannable

Grouped = dict[str, list[FieldNode]]
_CONDITIONS = ("skip", "include")


class Collector:
    """Collects fields of one operation, for one outcome of its conditions."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, decided: Mapping[str, bool]
    ) -> None:
        self._schema = schema
        self._fragments = fragments_of(document)
        self._decided = decided

    def fields(self, kind: GraphQLObjectType, nodes: Sequence[SelectionSetNode]) -> Grouped:
        """Nodes by response name, in the order of the answer."""
        found: Grouped = {}
        seen: set[str] = set()
        for one in nodes:
            self._collect(kind, one, found, seen)
        return found

    def _collect(
        self, kind: GraphQLObjectType, nodes: SelectionSetNode, found: Grouped, seen: set[str]
    ) -> None:
        for node in nodes.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                name = node.alias.value if node.alias else node.name.value
                found.setdefault(name, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._fits(kind, node.type_condition):
                    self._collect(kind, node.selection_set, found, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._fits(kind, fragment.type_condition):
                    self._collect(kind, fragment.selection_set, found, seen)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            wanted = directive.name.value == "include"
            condition = condition_of(directive)
            if isinstance(condition, VariableNode):
                if self._decided[condition.name.value] is not wanted:
                    return False
            elif isinstance(condition, BooleanValueNode) and condition.value is not wanted:
                return False
        return True

    def _fits(self, kind: GraphQLObjectType, condition: NamedTypeNode | None) -> bool:
        if condition is None:
            return True
        meant = self._schema.get_type(condition.name.value)
        if meant is kind:
            return True
        return is_abstract_type(meant) and self._schema.is_sub_type(meant, kind)


def condition_of(directive: DirectiveNode) -> Node:
    """The value of a `@skip` or `@include`; Unplannable for another directive."""
    if directive.name.value not in _CONDITIONS or not directive.arguments:
        raise Unplannable("directive")
    return directive.arguments[0].value


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }


def condition_variables(
    document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[str, ...]:
    """Names of the variables that decide what the operation selects, sorted."""
    fragments = fragments_of(document)
    found: set[str] = set()
    seen: set[str] = set()
    waiting: list[SelectionSetNode] = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            found.update(_variables(node))
            if isinstance(node, FragmentSpreadNode):
                if node.name.value not in seen:
                    seen.add(node.name.value)
                    waiting.append(_plain(fragments[node.name.value]).selection_set)
            elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                waiting.append(node.selection_set)
    return tuple(sorted(found))


def _plain(fragment: FragmentDefinitionNode) -> FragmentDefinitionNode:
    if fragment.variable_definitions or fragment.directives:
        raise Unplannable("fragment arguments")
    return fragment


def _variables(node: SelectionNode) -> Iterator[str]:
    for directive in node.directives or ():
        condition = condition_of(directive)
        if isinstance(condition, VariableNode):
            yield condition.name.value
