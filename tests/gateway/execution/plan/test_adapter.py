"""What a plan knows of Strawberry from the inside; a version that changes it fails here."""

from inspect import signature

import pytest
import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from gateway.execution.plan.adapter import (
    Attribute,
    Resolver,
    enum_members,
    recipe,
    record_of,
    strawberry_schema,
)
from gateway.execution.plan.errors import Unplannable
from schema.build import build_schema
from schema.contract import DEFINITION
from tests.gateway.serving import plain_schema

BUILT = build_schema()
CORE = BUILT._schema


def test_definitions_hang_on_the_built_schema():
    assert GraphQLCoreConverter.DEFINITION_BACKREF == DEFINITION
    order = CORE.type_map["Order"]
    assert isinstance(order.extensions[DEFINITION], StrawberryObjectDefinition)
    assert isinstance(order.fields["number"].extensions[DEFINITION], StrawberryField)
    status = CORE.type_map["OrderStatus"].extensions[DEFINITION]
    assert isinstance(status, StrawberryEnumDefinition)
    assert status.wrapped_cls.__name__ == "OrderStatus"
    assert strawberry_schema(CORE) is BUILT


def test_a_field_definition_says_how_it_is_answered():
    number = CORE.type_map["Order"].fields["number"].extensions[DEFINITION]
    assert (number.base_resolver, number.python_name, number.extensions) == (None, "number", [])
    assert number.default_resolver is getattr
    orders = CORE.type_map["Member"].fields["orders"].extensions[DEFINITION]
    resolver = orders.base_resolver
    assert resolver.is_async
    assert (resolver.self_parameter, resolver.root_parameter) == (None, None)
    assert (resolver.parent_parameter.name, resolver.info_parameter.name) == ("member", "info")
    assert list(resolver.signature.parameters)[:2] == ["member", "info"]
    assert callable(resolver.wrapped_func)
    assert [type(one).resolve for one in orders.extensions] == [FieldExtension.resolve]


def test_arguments_are_converted_as_strawberry_does():
    assert list(signature(convert_arguments).parameters)[:4] == [
        "value",
        "arguments",
        "scalar_registry",
        "config",
    ]
    assert BUILT.schema_converter.scalar_registry
    assert BUILT.config.name_converter
    assert list(signature(FieldExtension.map_arguments).parameters) == ["self", "kwargs"]
    assert list(signature(FieldExtension.resolve_async).parameters) == [
        "self",
        "next_",
        "source",
        "info",
        "kwargs",
    ]


def test_every_field_of_the_contract_can_be_planned():
    kinds = [
        recipe(CORE, field)
        for name, kind in CORE.type_map.items()
        if not name.startswith("__") and hasattr(kind, "is_type_of")
        for field in kind.fields.values()
    ]
    assert {type(one) for one in kinds} == {Attribute, Resolver}


def test_every_type_with_a_view_has_its_record():
    assert record_of(CORE.type_map["Order"]).__name__ == "Order"
    assert record_of(CORE.type_map["Query"]) is None
    assert [one.name for one in enum_members(CORE.type_map["CountPrecision"])] == [
        "EXACT",
        "LOWER_BOUND",
        "UNKNOWN",
    ]


class Loud(FieldExtension):
    def resolve(self, next_, source, info, **kwargs):
        return f"{next_(source, info, **kwargs)}!"


@strawberry.type
class Strange:
    @strawberry.field
    def bound(self) -> str:
        return "self"

    @strawberry.field(extensions=[Loud()])
    @staticmethod
    def loud() -> str:
        return "loud"

    @strawberry.field
    @staticmethod
    def info_last(word: str, info: strawberry.Info) -> str:
        return f"{word} {info.field_name}"


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("bound", "bound resolver"),
        ("loud", "field extension"),
        ("infoLast", "resolver's signature"),
    ],
)
def test_what_is_answered_in_another_way_is_left_to_graphql_core(field, reason):
    core = plain_schema(Strange)._schema
    with pytest.raises(Unplannable) as found:
        recipe(core, core.query_type.fields[field])
    assert found.value.reason == reason
