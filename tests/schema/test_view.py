"""Views: what a declaration must say, and what it refuses when the schema is built."""

from datetime import date

import pytest
import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from msgspec import Struct

from capabilities.order.records import Order
from capabilities.sources import SourceRef
from schema.contract import check_described, check_nullable
from schema.view import RECORD, ViewError, asked, plain, view


class Pet(Struct, frozen=True):
    name: str
    born: date | None = None

    @property
    def nick(self) -> str | None:
        return self.name[:1]


class Quiet(strawberry.Schema):
    """Leaves graphql-core's own introspection alone; all schemas of a process share it."""

    def _extend_introspection(self) -> None:
        return


def graph(query: type) -> GraphQLSchema:
    return Quiet(query=query)._schema


def test_a_field_that_the_record_lacks_is_named():
    with pytest.raises(ViewError, match=r"Creature\.fur: the record \S+Pet has no `fur`"):

        @view(Pet)
        class Creature:
            """A creature."""

            fur: str = plain("Its fur.")


def test_a_property_and_an_attribute_are_both_plain():
    @view(Pet)
    class Creature:
        """A creature."""

        name: str = plain("Its name.")
        nick: str | None = plain("Its nick.")

    assert getattr(Creature, RECORD) is Pet


def test_a_view_without_words_is_refused():
    with pytest.raises(ViewError, match="Creature has no docstring"):

        @view(Pet)
        class Creature:
            name: str = plain("Its name.")


def test_a_plain_field_without_words_is_refused():
    with pytest.raises(ViewError, match=r"Creature\.name has no description"):

        @view(Pet)
        class Creature:
            """A creature."""

            name: str


def test_a_resolver_without_words_is_refused():
    with pytest.raises(ViewError, match="age has no docstring"):

        @asked(int)
        def age(pet: strawberry.Parent[Pet]) -> int:
            return 1


def test_arguments_and_inputs_without_words_are_refused():
    @strawberry.input(description="A wish.")
    class Wish:
        much: int

    @strawberry.type(description="The root.")
    class Query:
        @asked(int)
        @staticmethod
        def age(wish: Wish) -> int:
            """An age."""
            return wish.much

    with pytest.raises(ViewError, match=r"Query\.age\(wish:\), Wish\.much"):
        check_described(graph(Query))


@pytest.mark.parametrize("field", ["born", "nick"])
def test_a_promise_that_the_record_may_break_is_named(field):
    kinds = {"born": date, "nick": str}
    creature = view(Pet)(
        type("Creature", (), {"__doc__": "A creature.", field: plain("It.", kinds[field])})
    )
    query = strawberry.type(
        type("Query", (), {"__doc__": "Root.", "pet": strawberry.field(graphql_type=creature)})
    )
    with pytest.raises(ViewError, match=rf"may hold None: Creature\.{field}$"):
        check_nullable(graph(query))


def test_every_view_knows_its_own_records_and_no_others(built_views, records):
    for name, kind in built_views.items():
        mine = [one for one in records.values() if kind.is_type_of(one, None)]
        assert mine == ([records[name]] if name in records else [])


def test_each_record_that_one_type_shows_names_it(request, built_views, records):
    views = request.getfixturevalue("built").views
    assert {type(one): name for name, one in records.items()}.items() <= views.items()
    assert SourceRef not in views
    assert views[Order] == "Order"


@pytest.fixture
def built_views(request) -> dict[str, GraphQLObjectType]:
    schema = request.getfixturevalue("built")._schema
    return {
        name: kind
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and kind.is_type_of is not None
    }
