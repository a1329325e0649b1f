"""What an operation may use of a contract; what it leaves out it cannot use."""

from graphql import build_schema, get_operation_ast, parse, validate

from gateway.usage.coordinates import coordinates_of

SCHEMA = build_schema(
    """
    interface Node { id: ID! }
    enum Tone { LOUD QUIET }
    input Inner { tone: Tone, again: [Inner!] }
    input Wish { inner: Inner, name: String }
    type Cat implements Node { id: ID!, name(tone: Tone): String, friends(wish: Wish): [Cat!]! }
    type Dog implements Node { id: ID!, bark: String }
    union Pet = Cat | Dog
    type Query { pet: Pet, node(id: ID!): Node, cat(wish: Wish): Cat }
    """
)


def used(text, name=None):
    document = parse(text)
    assert not validate(SCHEMA, document)
    return set(coordinates_of(SCHEMA, document, get_operation_ast(document, name)))


def test_a_field_with_its_argument_and_the_value_it_names():
    assert used("{ cat { name(tone: LOUD) } }") == {
        *("Query.cat", "Cat", "Cat.name", "Cat.name(tone:)", "Tone", "Tone.LOUD", "String")
    }


def test_a_field_of_an_interface_counts_for_all_who_may_answer():
    found = used('{ node(id: "1") { id __typename } }')
    assert {"Node.id", "Cat.id", "Dog.id", "Query.node(id:)"} <= found
    assert "Cat.name" not in found
    assert not any("__typename" in one for one in found)


def test_fragments_count_where_they_are_spread_and_nowhere_else():
    text = "query A { pet { ...F } } query B { cat { id } } fragment F on Dog { bark }"
    assert {"Pet", "Dog", "Dog.bark"} <= used(text, "A")
    assert "Dog.bark" not in used(text, "B")


def test_a_variable_may_hold_whatever_its_type_has():
    found = used("query($w: Wish) { cat(wish: $w) { id } }")
    assert {"Wish.inner", "Wish.name", "Inner.tone", "Inner.again", "Tone.QUIET"} <= found


def test_a_written_value_uses_what_it_names_alone():
    found = used("{ cat(wish: {inner: {again: [{tone: QUIET}]}}) { id } }")
    assert {"Wish.inner", "Inner.again", "Inner.tone", "Tone.QUIET"} <= found
    assert not {"Wish.name", "Tone.LOUD"} & found


def test_a_directive_with_its_argument():
    found = used("query($on: Boolean!) { cat @include(if: $on) { id } }")
    assert {"@include", "@include(if:)"} <= found
