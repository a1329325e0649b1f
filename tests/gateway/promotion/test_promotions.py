"""Promotions of the platform over HTTP: written by operations, listed beside those of systems."""

import time

import pytest

from capabilities.caller import Role
from tests.gateway.promotion.conftest import SNACKS

LIST = """
{ promotions(first: 50) { nodes { id key channel { code name } status terms { version definition }
  } sources { name status count } } }
"""
OPEN = "{ promotions(first: 50) { nodes { key } } }"


def listed(gateway, wanted, role=Role.OPERATIONS):
    """The keys of the list once every process may know of a step, which is a second."""
    ends = time.monotonic() + 30
    while True:
        found = [one["key"] for one in gateway.data(OPEN, role=role)["nodes"]]
        if wanted <= set(found) or time.monotonic() > ends:
            return found


def test_a_promotion_is_written_down_put_in_force_and_listed(gateway):
    made = gateway.change("createPromotion", "CreatePromotionInput", promotion=SNACKS)
    assert (made["status"], made["terms"]) == ("DRAFT", {"version": 1})
    assert "snacks" in listed(gateway, {"snacks"})
    assert listed(gateway, set(), Role.CONSUMER) == []
    done = gateway.change("schedulePromotion", "PromotionChangeInput", id="snacks")
    assert done["status"] == "ACTIVE"
    assert "snacks" in listed(gateway, {"snacks"}, Role.CONSUMER)
    page = gateway.data(LIST)
    (one,) = [one for one in page["nodes"] if one["key"] == "snacks"]
    assert one["channel"] == {"code": "platform", "name": "全渠道"}
    assert '"percent":"10"' in one["terms"]["definition"]
    (source,) = page["sources"]
    assert (source["name"], source["status"]) == ("platform", "OK")
    node = gateway.data("query N($id: ID!) { node(id: $id) { id } }", {"id": one["id"]})
    assert node == {"id": one["id"]}


def test_its_history_is_operations_own(gateway):
    query = '{ promotionHistory(id: "snacks") { action version author } }'
    steps = gateway.data(query)
    assert [one["action"] for one in steps] == ["SCHEDULE", "CREATE"]
    assert gateway.ask(query, role=Role.SERVICE)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"reward": {"bundlePrice": {"count": 2, "price": "9"}}}, ["reward", "type"]),
        ({"reward": {"percentOff": {"percent": "101"}}}, ["reward", "percent"]),
        ({"id": "Snacks!"}, ["id"]),
        ({"hours": [{"days": [8]}]}, ["hours", "0", "days"]),
        ({"hours": [{"start": "25:00"}]}, ["hours", "0", "start"]),
        ({"condition": {"all": [{"fact": {"name": "x", "values": []}}]}}, None),
        ({"limits": {"total": 0}}, ["limits", "total"]),
    ],
)
def test_what_makes_no_sense_is_declined_with_its_place(gateway, changed, path):
    wrong = {**SNACKS, "id": "wrong", **changed}
    done = gateway.change("createPromotion", "CreatePromotionInput", promotion=wrong)
    assert (done["__typename"], done["code"]) == ("PromotionDeclined", "PROMOTION_INVALID")
    expected = ["condition", "conditions", "0", "values"] if path is None else path
    assert [one["path"] for one in done["faults"]] == [expected]


@pytest.mark.parametrize("amount", ["0.001", "1e400", "99999999999999999"])
def test_an_amount_is_one_of_its_currency(gateway, amount):
    reward = {"amountOff": {"amount": amount}}
    wrong = {**SNACKS, "id": "wrong", "kind": "ORDER_DISCOUNT", "reward": reward}
    query = "mutation M($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename } }"
    given = {"promotion": wrong, "reason": "x", "idempotencyKey": amount}
    answer = gateway.ask(query, {"i": given})
    declined = answer["data"]["createPromotion"] == {"__typename": "PromotionDeclined"}
    assert declined or answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("role", [Role.CONSUMER, Role.GUIDE, Role.SERVICE])
def test_only_operations_change_promotions(gateway, role):
    query = "mutation M($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename } }"
    given = {"promotion": SNACKS, "reason": "x", "idempotencyKey": f"no {role}"}
    answer = gateway.ask(query, {"i": given}, role)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
