"""The printed contract: what a front end reads, and the rules that it keeps."""

import difflib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from schema.build import build_schema as build_graph

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "schema" / "santong.graphql"
PRINT = (
    "import sys; from schema.build import build_schema;"
    "sys.stdout.buffer.write(build_schema().as_str().encode() + b'\\n')"
)


def test_the_printed_contract_is_the_one_in_review(built):
    kept = CONTRACT.read_text(encoding="utf-8").splitlines()
    new = built.as_str().splitlines()
    changes = "\n".join(difflib.unified_diff(kept, new, "santong.graphql", "built", lineterm=""))
    assert not changes, f"refresh it: santong schema print > schema/santong.graphql\n{changes}"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_print_does_not_depend_on_the_process(seed):
    printed = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRINT],
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert printed.stdout == CONTRACT.read_bytes()


def test_a_schema_built_again_in_one_process_is_the_same_and_apart(built):
    again = build_graph()
    assert again is not built
    assert again.sdl == built.sdl
    assert again._schema is not built._schema


def test_the_contract_is_a_whole_document_for_any_tool():
    schema = build_schema(CONTRACT.read_text(encoding="utf-8"))
    assert schema.query_type is not None


def test_no_name_of_python_leaks(built):
    for kind in built._schema.type_map.values():
        for name in getattr(kind, "fields", {}):
            assert "_" not in name.removeprefix("_"), f"{kind.name}.{name}"


def test_nothing_in_the_contract_is_personal_in_the_clear(built):
    personal = {"phone", "email", "name", "address", "customer", "contact", "cardNumber"}
    for people in ("Member", "Membership", "Coupon"):
        kind = built._schema.type_map[people]
        shown = set(kind.fields) & personal
        assert shown <= ({"name"} if people == "Coupon" else set())


def test_keys_and_selectors_take_exactly_one(built):
    text = built.sdl
    assert "input MemberKey @oneOf" in text
    assert "input OrderKey @oneOf" in text


def fields_of(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field


def test_lists_hold_no_null_and_are_none(built):
    may_hold_null = {"Query.nodes", "Query._entities"}
    for coordinate, field in fields_of(built._schema):
        if is_list_type(get_nullable_type(field.type)):
            assert is_non_null_type(field.type), coordinate
            inner = get_nullable_type(field.type).of_type
            assert is_non_null_type(inner) is (coordinate not in may_hold_null), coordinate


def test_a_single_look_up_may_be_null(built):
    for name in ("me", "member", "order", "product", "store", "node"):
        assert not is_non_null_type(built._schema.query_type.fields[name].type), name


# Relay's rules, as the linters of its server specification state them.
PAGE_INFO = {
    "hasPreviousPage": "Boolean!",
    "hasNextPage": "Boolean!",
    "startCursor": "String",
    "endCursor": "String",
}
ARGUMENTS = {"first": "Int", "after": "String", "last": "Int", "before": "String"}


def relay_faults(schema: GraphQLSchema) -> list[str]:
    return [*_page_info(schema), *_connections(schema), *_edges(schema), *_arguments(schema)]


def _page_info(schema: GraphQLSchema) -> Iterator[str]:
    kind = schema.type_map.get("PageInfo")
    fields = {name: str(one.type) for name, one in getattr(kind, "fields", {}).items()}
    if not is_object_type(kind) or fields != PAGE_INFO:
        yield f"PageInfo: {fields}"


def _connections(schema: GraphQLSchema) -> Iterator[str]:
    for name, kind in schema.type_map.items():
        if not name.endswith("Connection"):
            continue
        fields = getattr(kind, "fields", {})
        if not is_object_type(kind) or "edges" not in fields or "pageInfo" not in fields:
            yield f"{name}: no object with edges and pageInfo"
        elif str(fields["pageInfo"].type) != "PageInfo!":
            yield f"{name}.pageInfo: {fields['pageInfo'].type}"
        elif str(get_named_type(fields["edges"].type)) != name.removesuffix("Connection") + "Edge":
            yield f"{name}.edges: {fields['edges'].type}"
        elif not isinstance(get_nullable_type(fields["edges"].type), GraphQLList):
            yield f"{name}.edges: no list"


# Lists of what is a part of something else, or of a queue, and never fetched apart.
_OF_PARTS = frozenset(
    f"{one}Edge"
    for one in ("AdoptionConflict", "AuditEntry", "DueTouch", "WakeUpMember", "PointsEntry")
)


def _edges(schema: GraphQLSchema) -> Iterator[str]:
    node = schema.type_map.get("Node")
    for name, kind in schema.type_map.items():
        if not name.endswith("Edge"):
            continue
        fields = getattr(kind, "fields", {})
        if not is_object_type(kind) or "node" not in fields or "cursor" not in fields:
            yield f"{name}: no object with node and cursor"
        elif str(fields["cursor"].type) not in ("String!", "String"):
            yield f"{name}.cursor: {fields['cursor'].type}"
        elif is_list_type(get_nullable_type(fields["node"].type)):
            yield f"{name}.node: a list"
        elif name not in _OF_PARTS and node not in getattr(
            get_named_type(fields["node"].type), "interfaces", ()
        ):
            yield f"{name}.node: not a Node"


def _arguments(schema: GraphQLSchema) -> Iterator[str]:
    for coordinate, field in fields_of(schema):
        if not get_named_type(field.type).name.endswith("Connection"):
            continue
        given = {name: str(one.type) for name, one in field.args.items() if name in ARGUMENTS}
        if given != ARGUMENTS:
            yield f"{coordinate}: {given}"
        if not is_non_null_type(field.type):
            yield f"{coordinate}: may be null"


def test_the_contract_keeps_relays_rules(built):
    assert relay_faults(built._schema) == []


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("hasNextPage: Boolean!", "hasNextPage: Boolean"),
        ("pageInfo: PageInfo!", "pageInfo: PageInfo"),
        ("edges: [OrderEdge!]!", "edges: OrderEdge!"),
        ("edges: [OrderEdge!]!", "edges: [MemberEdge!]!"),
        ("cursor: String!", "cursor: Int!"),
        ("  node: Order!", "  node: [Order!]!"),
        ("  node: Order!", "  node: Money!"),
        ("first: Int\n", "first: String\n"),
        ("    last: Int\n", "    theLast: Int\n"),
        ("): OrderConnection!", "): OrderConnection"),
    ],
)
def test_each_of_relays_rules_can_fail(whole, broken):
    text = CONTRACT.read_text(encoding="utf-8")
    assert whole in text
    assert relay_faults(build_schema(text.replace(whole, broken)))


def test_inputs_that_take_one_key_have_only_optional_fields(built):
    for name in ("MemberKey", "OrderKey"):
        kind = built._schema.type_map[name]
        assert isinstance(kind, GraphQLInputObjectType)
        assert not [one for one in kind.fields.values() if isinstance(one.type, GraphQLNonNull)]
