"""Who may ask which root field: the table, and that nothing gets around it."""

import pytest
from graphql import get_named_type, is_leaf_type

from capabilities.caller import Caller, Role, Visibility
from capabilities.visibility import EVERYONE, POLICY

STAFF = {"GUIDE", "SERVICE", "OPERATIONS", "ADMIN"}
ALL = STAFF | {"CONSUMER"}
EXPECTED = {
    "me": {"CONSUMER"},
    "member": STAFF,
    "members": STAFF,
    "order": ALL,
    "orders": STAFF,
    "product": ALL,
    "products": ALL,
    "unmatchedCodes": {"OPERATIONS", "ADMIN"},
    "promotions": ALL,
    "coupons": STAFF - {"GUIDE"},
    "channels": ALL,
    "store": ALL,
    "stores": ALL,
    "connectors": {"OPERATIONS", "ADMIN"},
    "node": ALL,
    "nodes": ALL,
    "_entities": ALL,
    "registerOperation": {"ADMIN"},
    "purgeCache": {"ADMIN"},
}
ARGUMENTS = {
    "member": '(by: {phone: "1"})',
    "order": '(by: {business: {channel: "store", number: "1"}})',
    "product": '(sku: "1")',
    "store": '(channel: "store", code: "1")',
    "nodes": "(ids: [])",
    "purgeCache": '(input: {idempotencyKey: "1"})',
    "registerOperation": '(input: {text: "{ a }", idempotencyKey: "1"})',
    "_entities": "(representations: [])",
    "node": '(id: "T3JkZXI6c3RvcmU6MQ")',
}


def question(built, field):
    schema = built._schema
    root, verb = schema.query_type, "query"
    if field in schema.mutation_type.fields:
        root, verb = schema.mutation_type, "mutation"
    leaf = is_leaf_type(get_named_type(root.fields[field].type))
    return f"{verb} {{ {field}{ARGUMENTS.get(field, '')} {'' if leaf else '{ __typename }'} }}"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("field", sorted(EXPECTED))
async def test_a_role_is_answered_what_its_row_says(ask, built, field, role):
    answer = await ask(question(built, field), role=role)
    if role.value in EXPECTED[field]:
        assert answer.errors is None
    else:
        assert [error.original_error.code for error in answer.errors] == ["FORBIDDEN"]
        assert answer.errors[0].path == [field]
        assert ask.reader.asked == ask.writer.asked == []


@pytest.mark.parametrize("field", sorted(EXPECTED))
async def test_nobody_is_answered_nothing(ask, built, field):
    answer = await ask(question(built, field), role=None)
    assert [error.original_error.code for error in answer.errors] == ["UNAUTHENTICATED"]
    assert ask.reader.asked == ask.writer.asked == []


async def test_what_says_nothing_of_the_retailer_needs_no_caller(ask):
    answer = await ask("{ __typename _service { sdl } }", role=None)
    assert answer.errors is None
    assert answer.data["_service"]["sdl"].count("@key(fields:") == 3


async def test_a_refused_field_that_may_be_null_leaves_the_others(ask):
    answer = await ask('{ me { id } product(sku: "BW-100123") { sku } }', role=Role.GUIDE)
    assert answer.data == {"me": None, "product": {"sku": "BW-100123"}}


async def test_an_alias_or_a_fragment_is_the_same_field(ask):
    query = "query { ...F } fragment F on Query { product: me { id } ... { channels { code } } }"
    answer = await ask(query, role=Role.GUIDE)
    assert [error.original_error.code for error in answer.errors] == ["FORBIDDEN"]
    assert answer.data["product"] is None
    assert answer.data["channels"]


@pytest.mark.parametrize("role", list(Role))
def test_a_field_without_a_row_is_refused_to_everybody(role):
    caller = Caller(subject="x", visibility=Visibility(role=role, brand="baiwei"))
    assert POLICY.rule("Query", "unheardOf").refusal(caller).code == "FORBIDDEN"


def test_only_the_subgraph_answers_nobody():
    assert {"Query._service", "_Service.sdl"} == POLICY.open
    assert Role.CONNECTOR not in EVERYONE
