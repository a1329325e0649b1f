"""What of the contract an operation may use, as schema coordinates: no value of it is kept.

A field that is selected of an interface or union counts for all types that may answer it, and what
a variable can hold counts as given: nothing that is used is ever told as unused.
"""

from collections.abc import Iterator
from sys import intern

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    is_abstract_type,
    type_from_ast,
)


def coordinates_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[str, ...]:
    """The coordinates of one operation of a document that fits the schema, sorted.

    Each is one text in the whole process: a thousand plans name the same two thousand.
    """
    walk = _Walk(schema, document)
    walk.operation(operation)
    return tuple(map(intern, sorted(walk.found)))


class _Walk:
    """One walk; each fragment is entered once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.found: set[str] = set()
        self._schema = schema
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._entered: set[str] = set()

    def operation(self, node: OperationDefinitionNode) -> None:
        for variable in node.variable_definitions or ():
            self._anything_of(type_from_ast(self._schema, variable.type))
        self._directives(node.directives or ())
        root = self._schema.get_root_type(node.operation)
        if root is not None:
            self._selections(root, node.selection_set)

    def _selections(self, kind: GraphQLNamedType, nodes: SelectionSetNode) -> None:
        for node in nodes.selections:
            self._directives(node.directives or ())
            if isinstance(node, FieldNode):
                self._field(kind, node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                self._below(condition.name.value if condition else kind.name, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                self._fragment(self._fragments[node.name.value])

    def _fragment(self, fragment: FragmentDefinitionNode) -> None:
        if fragment.name.value not in self._entered:
            self._entered.add(fragment.name.value)
            self._below(fragment.type_condition.name.value, fragment.selection_set)

    def _below(self, kind: str, nodes: SelectionSetNode) -> None:
        self.found.add(kind)
        self._selections(self._schema.type_map[kind], nodes)

    def _field(self, kind: GraphQLNamedType, node: FieldNode) -> None:
        name = node.name.value
        if name.startswith("__") or not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return
        field = kind.fields[name]
        places = [f"{one}.{name}" for one in self._answering(kind)]
        self.found.update(places)
        for given in node.arguments or ():
            argument = given.name.value
            self.found.update(f"{place}({argument}:)" for place in places)
            self._value(field.args[argument].type, given.value)
        named = get_named_type(field.type)
        self.found.add(named.name)
        if node.selection_set is not None:
            self._selections(named, node.selection_set)

    def _answering(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[str]:
        """A type, and all that may stand for it."""
        yield kind.name
        if is_abstract_type(kind):
            yield from (one.name for one in self._schema.get_possible_types(kind))

    def _value(self, kind: GraphQLInputType, value: ValueNode) -> None:
        """What a written value names."""
        waiting: list[tuple[GraphQLInputType, ValueNode]] = [(kind, value)]
        while waiting:
            of, node = waiting.pop()
            named = get_named_type(of)
            self.found.add(named.name)
            if isinstance(node, ListValueNode):
                waiting += [(of, one) for one in node.values]
            elif isinstance(node, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
                for one in node.fields:
                    self.found.add(f"{named.name}.{one.name.value}")
                    waiting.append((named.fields[one.name.value].type, one.value))
            elif isinstance(node, EnumValueNode) and isinstance(named, GraphQLEnumType):
                self.found.add(f"{named.name}.{node.value}")

    def _anything_of(self, kind: GraphQLType | None) -> None:
        """Whatever a variable of a type may hold."""
        waiting = [] if kind is None else [get_named_type(kind)]
        seen: set[str] = set()
        while waiting:
            named = waiting.pop()
            if named.name in seen:
                continue
            seen.add(named.name)
            if isinstance(named, GraphQLEnumType):
                self.found.update(f"{named.name}.{value}" for value in named.values)
            elif isinstance(named, GraphQLInputObjectType):
                self.found.update(f"{named.name}.{field}" for field in named.fields)
                waiting += [get_named_type(field.type) for field in named.fields.values()]
        self.found |= seen

    def _directives(self, nodes: tuple[DirectiveNode, ...]) -> None:
        for node in nodes:
            name = node.name.value
            self.found.add(f"@{name}")
            self.found.update(f"@{name}({one.name.value}:)" for one in node.arguments or ())
