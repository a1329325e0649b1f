"""The tree of one operation: fields of types, how each is answered and how it is completed."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from msgspec import Struct

from capabilities.caller import Caller
from capabilities.errors import SantongError
from gateway.execution.plan.adapter import (
    Attribute,
    Resolver,
    is_shared,
    native_kind,
    recipe,
    record_of,
)
from gateway.execution.plan.collect import Collector
from gateway.execution.plan.errors import Unplannable
from schema.policy import rule_of

_TYPENAME = "__typename"


class Kind(Enum):
    """What a value is completed to."""

    LEAF = "leaf"
    LIST = "list"
    OBJECT = "object"
    ABSTRACT = "abstract"


class Out(Struct, frozen=True, kw_only=True):
    """How a value of one output type is completed.

    `inner` is a list's item; `selections` has one entry for each type that an object may be. It is
    `pure` when completing it asks nobody; so are fields and selections.
    """

    kind: Kind
    named: Any
    nullable: bool
    inner: "Out | None" = None
    selections: tuple["Selection", ...] = ()
    pure: bool = True


class Field(Struct, frozen=True, kw_only=True):
    """One field of an answer; `answer` is the type's name for `__typename`.

    `refused` says why callers of the plan's role may not see it.
    """

    key: str
    answer: Attribute | Resolver | str
    refused: SantongError | None = None
    definition: Any = None
    nodes: tuple[FieldNode, ...] = ()
    out: Out | None = None
    pure: bool = True


class Selection(Struct, frozen=True, kw_only=True):
    """The fields asked of one object type."""

    kind: GraphQLObjectType
    fields: tuple[Field, ...]
    pure: bool


class Grower:
    """Grows the tree of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        collector: Collector,
        caller: Caller | None,
    ) -> None:
        self._schema = schema
        self._collector = collector
        self._caller = caller

    def root(self, kind: GraphQLObjectType, nodes: Any) -> Selection:
        """The selection of an operation; Unplannable says what cannot be planned."""
        return self._selection(kind, (nodes,))

    def _selection(self, kind: GraphQLObjectType, nodes: Sequence[Any]) -> Selection:
        grouped = self._collector.fields(kind, nodes)
        fields = tuple(self._field(kind, key, found) for key, found in grouped.items())
        return Selection(kind=kind, fields=fields, pure=all(one.pure for one in fields))

    def _field(self, kind: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> Field:
        name = nodes[0].name.value
        if name == _TYPENAME:
            return Field(key=key, answer=kind.name)
        if name.startswith("__"):
            raise Unplannable("introspection")
        definition = kind.fields[name]
        answer, out = recipe(self._schema, definition), self._out(definition.type, nodes)
        rule = rule_of(definition)
        refused = None if rule is None else rule.refusal(self._caller)
        return Field(
            key=key,
            answer=answer,
            refused=refused,
            definition=definition,
            nodes=tuple(nodes),
            out=out,
            pure=out.pure and refused is None and not isinstance(answer, Resolver),
        )

    def _out(self, kind: Any, nodes: Sequence[FieldNode], *, nullable: bool = True) -> Out:
        if isinstance(kind, GraphQLNonNull):
            return self._out(kind.of_type, nodes, nullable=False)
        if isinstance(kind, GraphQLList):
            inner = self._out(kind.of_type, nodes)
            return Out(kind=Kind.LIST, named=kind, nullable=nullable, inner=inner, pure=inner.pure)
        if is_leaf_type(kind):
            return Out(kind=Kind.LEAF, named=kind, nullable=nullable)
        below = tuple(one.selection_set for one in nodes if one.selection_set is not None)
        selections = tuple(self._selection(one, below) for one in self._possible(kind))
        return Out(
            kind=Kind.OBJECT if is_object_type(kind) else Kind.ABSTRACT,
            named=kind,
            nullable=nullable,
            selections=selections,
            pure=all(one.pure for one in selections),
        )

    def _possible(self, kind: Any) -> Iterator[GraphQLObjectType]:
        """The types that a value may turn out to be, as far as its record alone says so."""
        if not is_abstract_type(kind):
            yield kind
            return
        types = self._schema.get_possible_types(kind)
        if all(native_kind(one) for one in types):  # none is a native interface that nobody fills
            yield from types
            return
        records = [record for one in types if (record := record_of(one)) is not None]
        for one in types:
            record = record_of(one)
            if record is not None and not is_shared(one) and _alone(record, records):
                yield one


def _alone(record: type[Struct], records: Sequence[type[Struct]]) -> bool:
    """Whether no other type's record could be taken for this one."""
    related = [one for one in records if issubclass(one, record) or issubclass(record, one)]
    return len(related) == 1
