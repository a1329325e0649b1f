"""Fields kept from a role: decided when the plan is made, null with an error at each place."""

from types import SimpleNamespace

import pytest
from graphql import execute, parse

from capabilities.caller import Caller, Role, Visibility
from capabilities.order.records import Order, OrderLine
from capabilities.sources import SourceRef
from capabilities.visibility import DESK, POLICY, Policy, PolicyError
from gateway.execution.plan import Planner
from schema.build import build_schema
from schema.context import Context

SOURCE = SourceRef(connector="till", system="pos", external_id="1")
LINES = (OrderLine(ref="1", raw_sku="A", name="tea"), OrderLine(ref="2", raw_sku="B", name="cup"))
ORDER = Order(channel="store", number="1", lines=LINES, source=SOURCE)
QUERY = """query($id: ID!, $f: Boolean! = true) {
  order(by: {id: $id}) { number storeCode lines { ref was: name @include(if: $f) ...L } } }
  fragment L on OrderLine { rawSku }"""
VARIABLES = {"id": ORDER.id}


def narrowed(**rows):
    """The policy with some rows of OrderLine and others replaced: `OrderLine_name=DESK`."""
    fields = {name.replace("_", ".", 1): roles for name, roles in rows.items()}
    return Policy({**POLICY.fields, **fields}, POLICY.scopes, POLICY.open)


def context(role):
    async def found(*_):
        return ORDER

    return Context(
        reader=SimpleNamespace(order=found),
        caller=Caller(subject="t", visibility=Visibility(role=role, brand="b")),
        request_id="r",
        max_rows=100,
    )


def told(result):
    errors = [(one.path, one.message, one.locations) for one in result.errors or ()]
    return result.data, sorted(errors, key=str)


async def both(schema, role):
    ran = []
    planner = Planner(schema, ran=lambda *who: ran.append(who))
    plan = planner.plan(parse(QUERY), None, context(role).caller)
    by_plan = await plan.run(context(role), VARIABLES)
    by_core = await execute(
        schema, parse(QUERY), context_value=context(role), variable_values=VARIABLES
    )
    return told(by_plan), told(by_core), ran


async def test_the_plan_answers_without_them_as_graphql_core_does():
    schema = build_schema(narrowed(OrderLine_name=DESK, Order_storeCode=frozenset()))._schema
    by_plan, by_core, ran = await both(schema, Role.CONSUMER)
    data, errors = by_plan
    assert by_plan == by_core
    assert data["order"]["lines"][0] == {"ref": "1", "was": None, "rawSku": "A"}
    assert [path for path, _, _ in errors] == [
        ["order", "lines", 0, "was"],
        ["order", "lines", 1, "was"],
        ["order", "storeCode"],
    ]
    assert errors[0][1] == "The role CONSUMER may not see OrderLine.name."
    assert ran == [("plan", "")]


async def test_who_may_see_them_is_told_of_nothing():
    schema = build_schema(narrowed(OrderLine_name=DESK))._schema
    (data, errors), by_core, ran = await both(schema, Role.SERVICE)
    assert (data, errors) == by_core
    assert (data["order"]["lines"][1]["was"], errors, ran) == ("cup", [], [("plan", "")])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"OrderLine_discounts": DESK}, "OrderLine.discounts is never null"),
        ({"Order_colour": DESK}, "Order.colour is a row without a field"),
        ({"Query_connectors": DESK}, "Query.connectors leads SERVICE to Connector"),
    ],
)
def test_a_table_that_does_not_fit_the_contract_fails_the_build(rows, words):
    with pytest.raises(PolicyError, match=words):
        build_schema(narrowed(**rows))


def test_a_field_without_a_row_fails_the_build():
    fields = {one: roles for one, roles in POLICY.fields.items() if one != "Order.total"}
    with pytest.raises(PolicyError, match=r"^Order.total has no row$"):
        build_schema(Policy(fields, POLICY.scopes, POLICY.open))
