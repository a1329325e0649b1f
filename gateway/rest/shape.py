"""What an operation answers, place by place: its types, and which of its keys may be absent."""

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    TypeNameMetaFieldDef,
    get_named_type,
    is_abstract_type,
)
from graphql.language import DocumentNode
from msgspec import Struct

_SOMETIMES = frozenset({"skip", "include"})


class Place(Struct, kw_only=True):
    """One place of an answer.

    `variants` are the keys below it for each object type that may stand there; `optional` says that
    the key may be absent; `fields` are where the document asks for it.
    """

    type: GraphQLOutputType
    optional: bool
    fields: list[FieldNode]
    description: str | None = None
    variants: dict[str, dict[str, "Place"]] = {}

    @property
    def named(self) -> GraphQLNamedType:
        """Its type without lists and non-null."""
        return get_named_type(self.type)

    @property
    def keys(self) -> Mapping[str, "Place"]:
        """What stands below it, whatever the type; a key of some types only is optional."""
        if len(self.variants) == 1:
            return next(iter(self.variants.values()))
        found: dict[str, Place] = {}
        for variant in self.variants.values():
            for key, place in variant.items():
                found.setdefault(key, place)
        return found


class Shapes:
    """Reads the shape of one operation of a validated document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }

    def of(self, operation: OperationDefinitionNode) -> Place:
        """The whole answer's `data`."""
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            raise TypeError("a validated operation has its root type")
        place = Place(type=root, optional=False, fields=[])
        place.variants[root.name] = {}
        self._collect(place.variants[root.name], root, operation.selection_set.selections)
        self._descend(place)
        return place

    def _descend(self, place: Place) -> None:
        """Fill what stands below the fields that were collected."""
        for variant in place.variants.values():
            for below in variant.values():
                for object_type in self._objects(below.named):
                    keys: dict[str, Place] = {}
                    for node in below.fields:
                        if node.selection_set is not None:
                            self._collect(keys, object_type, node.selection_set.selections)
                    below.variants[object_type.name] = keys
                self._descend(below)

    def _objects(self, named: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if isinstance(named, GraphQLObjectType):
            return [named]
        return self._schema.get_possible_types(named) if is_abstract_type(named) else []

    def _collect(
        self,
        keys: dict[str, Place],
        object_type: GraphQLObjectType,
        selections: Sequence[SelectionNode],
        *,
        optional: bool = False,
    ) -> None:
        for one in selections:
            sometimes = optional or any(
                directive.name.value in _SOMETIMES for directive in one.directives or ()
            )
            if isinstance(one, FieldNode):
                self._field(keys, object_type, one, sometimes)
            else:
                inner = self._fragment(one)
                if self._applies(inner, object_type):
                    below = inner.selection_set.selections
                    self._collect(keys, object_type, below, optional=sometimes)

    def _field(
        self,
        keys: dict[str, Place],
        object_type: GraphQLObjectType,
        node: FieldNode,
        optional: bool,
    ) -> None:
        key = node.alias.value if node.alias else node.name.value
        known = keys.get(key)
        if known is not None:
            known.fields.append(node)
            known.optional = known.optional and optional
            return
        meta = node.name.value == "__typename"
        field = TypeNameMetaFieldDef if meta else object_type.fields[node.name.value]
        keys[key] = Place(
            type=field.type, optional=optional, fields=[node], description=field.description
        )

    def _fragment(self, one: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(one, FragmentSpreadNode):
            return self._fragments[one.name.value]
        if isinstance(one, InlineFragmentNode):
            return one
        raise TypeError("a selection is a field or a fragment")

    def _applies(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, object_type: GraphQLObjectType
    ) -> bool:
        if fragment.type_condition is None:
            return True
        name = fragment.type_condition.name.value
        if name == object_type.name:
            return True
        found = self._schema.get_type(name)
        return is_abstract_type(found) and self._schema.is_sub_type(found, object_type)


def types_of(place: Place) -> Iterator[str]:
    """Names of all types that stand in an answer."""
    yield place.named.name
    for variant in place.variants.values():
        for below in variant.values():
            yield from types_of(below)


def place_at(place: Place, way: tuple[str, ...]) -> Place:
    """The place at the end of a way that is known to be there."""
    for step in way:
        place = place.keys[step]
    return place
