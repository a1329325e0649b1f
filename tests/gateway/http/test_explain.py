"""The plan of an answer: told to those who may know it, on request only."""

import json

import pytest

from capabilities.caller import Role
from gateway.auth.tokens import mint
from tests.gateway.serving import bearer

QUERY = "{ stores { nodes { id } } }"
EXPLAIN = {"explain": True}
MAY = {Role.OPERATIONS, Role.ADMIN}
WAYS = ("POST", "GET")


def asked(client, way="POST", query=QUERY, extensions=EXPLAIN, headers=None):
    if way == "POST":
        body = {"query": query, "extensions": extensions}
        return client.post("/graphql", json=body, headers=headers)
    parameters = {"query": query, "extensions": json.dumps(extensions)}
    return client.get("/graphql", params=parameters, headers=headers)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", sorted(MAY, key=str))
def test_operators_are_told_the_plan(stranger, front_settings, role, way):
    answer = asked(stranger, way, headers=bearer(front_settings, role))
    assert answer.status_code == 200
    body = answer.json()
    assert body["data"] == {"stores": {"nodes": []}}
    plan = body["extensions"]["plan"]
    assert (plan["engine"], plan["fallback"], plan["waves"]) == ("plan", None, 1)
    assert [one["path"] for one in plan["questions"]] == [["stores"]]
    assert list(plan["stepsMs"]) == ["document", "plan", "run"]
    assert sum(plan["stepsMs"].values()) <= plan["ms"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", sorted(set(Role) - MAY, key=str))
def test_others_are_told_who_may(stranger, front_settings, role, way):
    answer = asked(stranger, way, headers=bearer(front_settings, role))
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert "data" not in answer.json()
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("FORBIDDEN", False)
    assert (
        error["message"]
        == f"The role {role.value} may not ask for a plan; ADMIN or OPERATIONS may."
    )
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_a_refusal_speaks_the_media_type_that_was_asked_for(stranger, front_settings, accept):
    headers = bearer(front_settings, Role.GUIDE) | {"accept": accept}
    answer = asked(stranger, headers=headers)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (403, accept)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "extensions", [{}, {"explain": False}, {"explain": None}, {"other": 1}, None]
)
def test_without_the_request_there_is_no_plan(stranger, front_settings, extensions, way):
    for role in (Role.OPERATIONS, Role.GUIDE):
        answer = asked(stranger, way, extensions=extensions, headers=bearer(front_settings, role))
        assert answer.status_code == 200
        assert list(answer.json()["extensions"]) == ["requestId"]


@pytest.mark.parametrize("explain", ["true", 1, [], {}])
@pytest.mark.parametrize("way", WAYS)
def test_another_value_is_a_mistake(ask, explain, way):
    answer = asked(ask, way, extensions={"explain": explain})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert "extensions.explain" in error["message"]


def test_strangers_are_not_told_who_may(stranger, front_settings):
    foreign = mint(front_settings, role=Role.SERVICE, brand="another")
    for headers in (None, {"authorization": f"Bearer {foreign}"}):
        assert asked(stranger, headers=headers).status_code == 401


def test_a_second_time_document_and_plan_are_known(ask, stranger, front_settings):
    query = f"{QUERY} # seen twice"
    admin = bearer(front_settings, Role.ADMIN)
    known = []
    for client, headers in ((ask, None), (ask, None), (stranger, admin)):
        plan = asked(client, query=query, headers=headers).json()["extensions"]["plan"]
        known.append((plan["documentCached"], plan["planCached"]))
    assert known == [(False, False), (True, True), (True, False)]


def test_what_never_ran_has_no_plan(ask):
    for query in ("{ nothing }", "{"):
        answer = asked(ask, query=query)
        assert set(answer.json()) == {"errors"}


def test_the_reason_of_a_fallback_is_told(ask):
    answer = asked(ask, query="{ __schema { queryType { name } } }")
    plan = answer.json()["extensions"]["plan"]
    assert (plan["engine"], plan["fallback"]) == ("graphql-core", "introspection")
