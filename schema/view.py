"""Views: Strawberry types over frozen records, which resolvers return as they are.

A view says what the contract shows of a record. Nothing is converted: a plain field reads the
attribute or property of the same name, a resolver gets the record as its parent. The docstring of
a view or resolver is its description in the contract.
"""

from collections.abc import Callable, Iterable, Mapping
from inspect import cleandoc
from typing import Any, TypeVar

import strawberry
from msgspec import Struct
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition

V = TypeVar("V", bound=type)

RECORD = "record_of_view"
SHARED = "record_has_many_views"
WRITTEN = "texts_of_view"


class ViewError(TypeError):
    """A view that its record cannot answer, or that says nothing of itself."""


def plain(description: str, graphql_type: object = None, *, name: str | None = None) -> Any:
    """A field that reads the record's attribute of the same Python name."""
    return strawberry.field(description=description, graphql_type=graphql_type, name=name)


def asked(
    graphql_type: object, *, name: str | None = None, extensions: Iterable[FieldExtension] = ()
) -> Callable[[Any], Any]:
    """A field answered by a resolver; the resolver's docstring describes it.

    The contract's type is given here, so that the resolver can be annotated with the records
    that it returns.
    """

    def declare(resolver: Any) -> Any:
        return strawberry.field(
            resolver=resolver,
            graphql_type=graphql_type,
            name=name,
            description=described(getattr(resolver, "__func__", resolver)),
            extensions=list(extensions),
        )

    return declare


def described(thing: Any) -> str:
    """The docstring as a description; ViewError when there is none."""
    if not thing.__doc__:
        raise ViewError(f"{thing.__qualname__} has no docstring to describe it in the contract")
    return cleandoc(thing.__doc__)


def view(
    record: type[Struct],
    *,
    keys: Iterable[str] = (),
    shared: bool = False,
    written: Mapping[str, str] = {},
) -> Callable[[V], V]:
    """Declare a Strawberry type as a view over a record.

    `keys` makes it an entity of the federated graph. `shared` says that several views show this
    record, so that the record alone does not name its type. `written` names, for a field whose
    scalar is written as a text, an attribute that has this text ready. ViewError names the field
    that the record does not have.
    """

    def declare(cls: V) -> V:
        def is_type_of(answer: object, _info: object) -> bool:
            return isinstance(answer, record)

        text = described(cls)
        cls.is_type_of = staticmethod(is_type_of)  # type: ignore[attr-defined]
        declared = strawberry.federation.type(cls, description=text, keys=tuple(keys))
        setattr(declared, RECORD, record)
        setattr(declared, SHARED, shared)
        setattr(declared, WRITTEN, dict(written))
        _check(get_object_definition(declared, strict=True), record)
        return declared

    return declare


def _check(definition: StrawberryObjectDefinition, record: type[Struct]) -> None:
    for field in definition.fields:
        if field.base_resolver is not None:
            continue
        if not hasattr(record, field.python_name):
            raise ViewError(
                f"{definition.name}.{field.python_name}: the record {record.__module__}."
                f"{record.__qualname__} has no `{field.python_name}`"
            )
        if not field.description:
            raise ViewError(f"{definition.name}.{field.python_name} has no description")
