"""Writing through the running gateway: who may, what is kept, and with the store away."""

import pytest
from pydantic import SecretStr

from capabilities.caller import Role
from capabilities.operations import operation_hash
from tests.gateway.serving import opened, settings_for
from tests.migrated import migrated

TEXT = "query Channels { channels { code } }"
REGISTER = """
mutation Q($text: String!, $name: String, $key: ID!) {
  registerOperation(input: {text: $text, name: $name, idempotencyKey: $key}) {
    __typename
    ... on RegisteredOperation { sha256 name registeredBy }
    ... on UserError { code path }
    ... on OperationInvalid { faults { message line column } }
  }
}
"""


async def register(client, text=TEXT, key="k-1", name=None):
    body = {"query": REGISTER, "variables": {"text": text, "name": name, "key": key}}
    return (await client.post("/graphql", json=body)).json()


@pytest.fixture
def settings(tmp_path, postgres):
    database = migrated(postgres, f"writer_{tmp_path.name}")
    return settings_for(tmp_path, database_url=SecretStr(database))


async def test_an_administrator_registers_an_operation(settings):
    async with opened(settings, Role.ADMIN) as client:
        answer = (await register(client, name="Channels"))["data"]["registerOperation"]
        again = (await register(client, name="Channels"))["data"]["registerOperation"]
        other = (await register(client, "{ __typename }"))["data"]["registerOperation"]
    assert answer == again
    assert answer == {
        "__typename": "RegisteredOperation",
        "sha256": operation_hash(TEXT),
        "name": "Channels",
        "registeredBy": "demo-admin",
    }
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMIN])
async def test_nobody_else_does(settings, role):
    async with opened(settings, role) as client:
        (error,) = (await register(client))["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    "text",
    ["{", "{ nothing }", "{ " + "a" * 40_000 + " }", "{" * 40, "{ channels { code } channels }"],
)
async def test_what_could_not_run_is_not_registered(settings, text):
    async with opened(settings, Role.ADMIN) as client:
        answer = (await register(client, text))["data"]["registerOperation"]
    assert answer["code"] == "OPERATION_INVALID"
    assert answer["faults"][0]["message"]
    assert answer["path"] == ["input", "text"]


async def test_a_write_says_that_the_store_is_away(tmp_path):
    async with opened(settings_for(tmp_path), Role.ADMIN) as client:
        body = await register(client)
    assert body["data"] == {"registerOperation": None}
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "STORE_UNAVAILABLE"
    assert error["extensions"]["retryable"] is True


async def test_a_mutation_is_not_got(settings):
    async with opened(settings, Role.ADMIN) as client:
        answer = await client.get(
            "/graphql", params={"query": REGISTER, "variables": '{"text":"{a}","key":"k"}'}
        )
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
