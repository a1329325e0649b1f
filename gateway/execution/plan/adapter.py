"""The one module that knows Strawberry from the inside.

It reads from the built schema how a field is answered, so that a plan can do what Strawberry's own
resolver does without its objects: take an attribute, or call a resolver with its parent, an info
and its arguments. `tests/gateway/execution/plan/test_adapter.py` names every internal used here.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from msgspec import Struct
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.lazy_type import LazyType

from gateway.execution.natives import NATIVE, NATIVE_TYPE
from gateway.execution.plan.errors import Unplannable
from schema.contract import DEFINITION
from schema.view import RECORD, SHARED, WRITTEN

Kwargs = Mapping[str, Any]
Call = Callable[[Any, Any, Kwargs], Any]
Bare = Callable[[Any, Any], Any]


class Attribute(Struct, frozen=True):
    """A field that reads an attribute of its parent."""

    name: str


class Resolver(Struct, frozen=True):
    """A field that calls a function: `call(parent, info, kwargs)`, or `bare(parent, info)`.

    `convert` makes Python's arguments of what graphql-core read of the document, and `mapped` what
    the field's extensions make of those.
    """

    call: Call
    bare: Bare
    convert: Callable[[dict[str, Any]], dict[str, Any]]
    mapped: Callable[[dict[str, Any]], Kwargs]
    is_async: bool
    python_name: str


class _Registry(Protocol):
    @property
    def scalar_registry(self) -> Any: ...


def recipe(schema: GraphQLSchema, field: GraphQLField) -> Attribute | Resolver:
    """How a field is answered; Unplannable when not by an attribute or a plain resolver."""
    answer = field.extensions.get(NATIVE)
    if answer is not None:
        return _native(answer)
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField):
        raise Unplannable("foreign field")
    if definition.base_resolver is None:
        if definition.extensions or definition.default_resolver is not getattr:
            raise Unplannable("field extension")
        return Attribute(definition.python_name)
    resolver = definition.base_resolver
    if resolver.self_parameter is not None or resolver.root_parameter is not None:
        raise Unplannable("bound resolver")
    for argument in definition.arguments:
        _check_argument(argument)
    call = _call(definition, resolver)
    return Resolver(
        call=call,
        bare=_bare(definition, resolver, call),
        convert=_converter(schema, definition),
        mapped=_mapper(definition),
        is_async=resolver.is_async,
        python_name=definition.python_name,
    )


def _native(answer: Bare) -> Resolver:
    """A field of a native type takes no arguments and waits for nobody."""
    return Resolver(
        call=lambda parent, info, _kwargs: answer(parent, info),
        bare=answer,
        convert=lambda given: given,
        mapped=lambda kwargs: kwargs,
        is_async=False,
        python_name="",
    )


def native_kind(kind: GraphQLObjectType) -> str | None:
    """The kind of the records that a native type shows; None for other types."""
    name: str | None = kind.extensions.get(NATIVE_TYPE)
    return name


def record_of(kind: GraphQLObjectType) -> type[Struct] | None:
    """The record that a type is a view of."""
    record: type[Struct] | None = getattr(_origin(kind), RECORD, None)
    return record


def text_of(kind: GraphQLObjectType, attribute: str) -> str | None:
    """The attribute that has the text of another one ready."""
    texts: Mapping[str, str] = getattr(_origin(kind), WRITTEN, {})
    return texts.get(attribute)


def is_shared(kind: GraphQLObjectType) -> bool:
    """Whether other types show the same record."""
    return bool(getattr(_origin(kind), SHARED, False))


def strawberry_schema(schema: GraphQLSchema) -> Any:
    """What resolvers see as `info.schema`."""
    return getattr(schema, "_strawberry_schema", None)


def enum_members(kind: Any) -> tuple[Any, ...]:
    """The members of the Python enum behind a type of the contract."""
    definition = kind.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryEnumDefinition):
        return ()
    return tuple(definition.wrapped_cls)


def _origin(kind: GraphQLObjectType) -> Any:
    definition = kind.extensions.get(DEFINITION)
    return definition.origin if isinstance(definition, StrawberryObjectDefinition) else None


def _converter(
    schema: GraphQLSchema, definition: StrawberryField
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    owner = strawberry_schema(schema)
    converter: _Registry = owner.schema_converter
    registry, config = converter.scalar_registry, owner.config

    def convert(given: dict[str, Any]) -> dict[str, Any]:
        return convert_arguments(given, definition.arguments, registry, config)

    return convert


def _mapper(definition: StrawberryField) -> Callable[[dict[str, Any]], Kwargs]:
    def mapped(kwargs: dict[str, Any]) -> Kwargs:
        for extension in definition.extensions:
            kwargs = extension.map_arguments(kwargs)
        return kwargs

    return mapped


def _call(definition: StrawberryField, resolver: StrawberryResolver[Any]) -> Call:
    call = _direct(resolver)
    for extension in definition.extensions:
        if not resolver.is_async or type(extension).resolve is not FieldExtension.resolve:
            raise Unplannable("field extension")
        call = _extended(extension, resolver, call)
    return call


def _direct(resolver: StrawberryResolver[Any]) -> Call:
    """The function itself; parent and info by position where they stand first, which is quicker."""
    function: Any = resolver.wrapped_func
    parent, info = resolver.parent_parameter, resolver.info_parameter
    own = [one.name for one in (parent, info) if one is not None]
    first = list(resolver.signature.parameters)[: len(own)]
    if sorted(own) != sorted(first):
        raise Unplannable("resolver's signature")
    if parent is None:
        if info is None:
            return lambda _parent, _info, kwargs: function(**kwargs)
        return lambda _parent, info, kwargs: function(info, **kwargs)
    if info is None:
        return lambda parent, _info, kwargs: function(parent, **kwargs)
    if first[0] == parent.name:
        return lambda parent, info, kwargs: function(parent, info, **kwargs)
    return lambda parent, info, kwargs: function(info, parent, **kwargs)


def _bare(definition: StrawberryField, resolver: StrawberryResolver[Any], call: Call) -> Bare:
    """The call without arguments: most often the function itself."""
    parent, info = resolver.parent_parameter, resolver.info_parameter
    if definition.extensions or parent is None or info is None:
        return lambda parent, info: call(parent, info, {})
    function: Any = resolver.wrapped_func
    first = next(iter(resolver.signature.parameters))
    return function if first == parent.name else lambda parent, info: function(info, parent)


def _extended(extension: FieldExtension, resolver: StrawberryResolver[Any], inner: Call) -> Call:
    """A field extension around a call, with the arguments that Strawberry gives it."""
    parent = resolver.parent_parameter
    name = parent.name if parent is not None else None

    async def resolve(source: Any, info: Any, **kwargs: Any) -> Any:
        if name is not None:
            kwargs.pop(name, None)
        return await inner(source, info, kwargs)

    asked: Callable[..., Awaitable[Any]] = partial(extension.resolve_async, resolve)
    if name is None:
        return lambda source, info, kwargs: asked(source, info, **kwargs)
    return lambda source, info, kwargs: asked(source, info, **kwargs, **{name: source})


def _check_argument(argument: StrawberryArgument) -> None:
    """Unplannable for an input type that builds itself from more than its value."""
    kind: Any = argument.type
    while isinstance(kind, StrawberryOptional | StrawberryList):
        kind = kind.of_type
    kind = kind.resolve_type() if isinstance(kind, LazyType) else kind
    definition = getattr(kind, "__strawberry_definition__", None)
    if getattr(definition, "from_input", None) is not None:
        raise Unplannable("input type")
