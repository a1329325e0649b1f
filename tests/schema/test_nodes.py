"""Objects by global id: one, many, and through a federation router."""

import copy

import pytest
from graphql import GraphQLInterfaceType, GraphQLUnionType

from capabilities.errors import Unavailable
from capabilities.ids import global_id
from schema.entities import ENTITIES
from schema.query import NODES

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
MANY = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
KEYS = """query($keys: [_Any!]!) { _entities(representations: $keys) {
  __typename ... on Member { oneId } ... on Order { number } ... on Product { sku } } }"""


async def test_every_type_with_an_id_is_found_by_it(ask, records):
    for name, record in records.items():
        data = await ask.data(NODE, id=record.id)
        assert data["node"] == {"__typename": name, "id": record.id}


def test_the_list_of_nodes_is_what_the_contract_says(built):
    kinds = built._schema.type_map
    interface, union = kinds["Node"], kinds["_Entity"]
    assert isinstance(interface, GraphQLInterfaceType)
    assert isinstance(union, GraphQLUnionType)
    possible = {kind.name for kind in built._schema.get_possible_types(interface)}
    assert possible == set(NODES)
    assert {kind.name for kind in union.types} == set(ENTITIES)


async def test_nodes_come_in_the_order_asked_in_one_batch(ask, records):
    ids = [one.id for one in reversed(records.values())]
    ids.insert(1, global_id("Order", "store", "none"))
    data = await ask.data(MANY, ids=ids)
    assert [one and one["id"] for one in data["nodes"]] == [ids[0], None, *ids[2:]]
    assert len(ask.reader.asked) == 1


async def test_no_id_asks_nobody(ask):
    assert await ask.data(MANY, ids=[]) == {"nodes": []}
    assert ask.reader.asked == []


@pytest.mark.parametrize("bad", ["", "x", "T3JkZXI6", global_id("Nothing", "a", "b")])
async def test_what_is_no_id_of_ours_is_bad_input(ask, bad):
    assert await ask.code(NODE, id=bad) == "BAD_USER_INPUT"
    assert await ask.code(MANY, ids=[bad]) == "BAD_USER_INPUT"
    assert ask.reader.asked == []


async def test_at_most_a_hundred_nodes(ask, records):
    ids = [records["Order"].id] * 101
    assert await ask.code(MANY, ids=ids) == "BAD_USER_INPUT"
    assert len((await ask.data(MANY, ids=ids[:100]))["nodes"]) == 100


async def test_a_node_whose_source_failed_is_null_with_a_code_and_the_others_come(
    ask, shelf, records
):
    class Broken(shelf):
        def _of(self, one):
            failed = one.type_name == "Order"
            return Unavailable("not reached", source="pos") if failed else super()._of(one)

    ask.reader = Broken()
    answer = await ask(MANY, {"ids": [records["Order"].id, records["Product"].id]})
    assert answer.data["nodes"][0] is None
    assert answer.data["nodes"][1]["__typename"] == "Product"
    assert [(error.path, error.original_error.code) for error in answer.errors] == [
        (["nodes", 0], "UPSTREAM_UNAVAILABLE")
    ]


def keys(records, *names):
    return [{"__typename": name, "id": records[name].id} for name in names]


async def test_entities_come_in_order_with_one_batch_per_type(ask, records):
    wanted = ["Order", "Member", "Order", "Product", "Member"]
    data = await ask.data(KEYS, keys=keys(records, *wanted))
    assert [one["__typename"] for one in data["_entities"]] == wanted
    assert sorted(ask.reader.asked) == [
        ("nodes", "Member", "Member"),
        ("nodes", "Order", "Order"),
        ("nodes", "Product"),
    ]


async def test_the_variables_of_a_request_are_left_as_they_came(ask, records):
    variables = {"keys": keys(records, "Order", "Member")}
    before = copy.deepcopy(variables)
    await ask(KEYS, variables)
    await ask(KEYS, variables)
    assert variables == before


async def test_at_most_a_hundred_representations(ask, records):
    many = keys(records, "Product") * 101
    assert await ask.code(KEYS, keys=many) == "BAD_USER_INPUT"
    assert ask.reader.asked == []
    assert len((await ask.data(KEYS, keys=many[:100]))["_entities"]) == 100


@pytest.mark.parametrize(
    "bad",
    [
        {},
        "Order",
        17,
        [],
        {"__typename": "Order"},
        {"__typename": "Order", "id": 5},
        {"__typename": "Order", "id": ""},
        {"__typename": "Store", "id": global_id("Store", "store", "M0001")},
        {"__typename": "Query", "id": "x"},
        {"__typename": "Order", "id": global_id("Member", "baiwei", "x")},
        {"__typename": ["Order"], "id": global_id("Order", "store", "1")},
        {"__typename": None, "id": global_id("Order", "store", "1")},
    ],
)
async def test_a_representation_that_names_nothing_is_bad_input(ask, bad):
    assert await ask.code(KEYS, keys=[bad]) == "BAD_USER_INPUT"
    assert ask.reader.asked == []


async def test_an_entity_that_is_not_there_is_null(ask):
    key = {"__typename": "Order", "id": global_id("Order", "store", "none")}
    assert await ask.data(KEYS, keys=[key]) == {"_entities": [None]}


async def test_one_failing_type_leaves_the_other_entities_answered(ask, shelf, records):
    class Broken(shelf):
        async def nodes(self, ids, *_):
            if ids[0].type_name == "Order":
                raise Unavailable("not reached", source="pos")
            return await super().nodes(ids)

    ask.reader = Broken()
    answer = await ask(KEYS, {"keys": keys(records, "Order", "Member", "Order")})
    assert [one and one["__typename"] for one in answer.data["_entities"]] == [
        None,
        "Member",
        None,
    ]
    assert [error.path for error in answer.errors] == [["_entities", 0], ["_entities", 2]]


async def test_a_fragment_on_the_interface_reaches_the_view(ask, records):
    query = (
        "query($id: ID!) { node(id: $id) { ... on Node { id } ... on Order { total { amount } } } }"
    )
    data = await ask.data(query, id=records["Order"].id)
    assert data["node"] == {"id": records["Order"].id, "total": {"amount": "12.90"}}
