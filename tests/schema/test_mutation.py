"""Mutations: typed refusals, in the caller's language, and a way in that only reads."""

import pytest

from capabilities.registration import RegistrationAction
from schema.messages import MESSAGES
from schema.registration import ConnectorSecretInput

REGISTER = """
mutation Q($name: String, $key: ID!) {
  registerOperation(input: {text: "{ a }", name: $name, idempotencyKey: $key}) {
    __typename
    ... on RegisteredOperation { documentId sha256 text registeredBy registeredAt }
    ... on UserError { code message path }
    ... on OperationInvalid { faults { message line column } }
  }
}
"""


async def test_a_registration_tells_the_id_to_ask_by(ask):
    answer = (await ask.data(REGISTER, name="fine", key="k-1"))["registerOperation"]
    assert answer["__typename"] == "RegisteredOperation"
    assert answer["documentId"] == f"sha256:{answer['sha256']}"
    assert answer["registeredAt"].endswith("Z")
    assert ask.writer.asked == [("{ a }", "fine", "k-1")]


@pytest.mark.parametrize(("language", "said"), [("en", "does not fit"), ("zh-CN", "未登记")])
async def test_a_refusal_is_said_in_the_callers_language(ask, language, said):
    ask.language = language
    answer = (await ask.data(REGISTER, name="invalid", key="k-1"))["registerOperation"]
    assert (answer["__typename"], answer["code"]) == ("OperationInvalid", "OPERATION_INVALID")
    assert said in answer["message"]
    assert answer["path"] == ["input", "text"]
    assert answer["faults"] == [{"message": "no such field", "line": 1, "column": 3}]


def test_every_refusal_has_its_words_in_both_languages():
    assert MESSAGES
    assert [code for code, said in MESSAGES.items() if set(said) != {"zh-CN", "en"}] == []


@pytest.mark.parametrize("key", ["", " ", "a" * 201, "a\nb"])
async def test_a_key_is_a_short_clean_text(ask, key):
    assert await ask.code(REGISTER, key=key) == "BAD_USER_INPUT"
    assert ask.writer.asked == []


async def test_a_way_in_that_only_reads_writes_nothing(ask):
    ask.writer = None
    assert await ask.code(REGISTER, key="k-1") == "FORBIDDEN"


CONNECT = """
mutation Q($name: String!, $definition: String, $secrets: [ConnectorSecretInput!]) {
  updateConnector(input: {
    name: $name, definition: $definition, secrets: $secrets, reason: "why", idempotencyKey: "k"
  }) {
    __typename
    ... on RegisteredConnector { name version action state definition author changedAt reason }
    ... on UserError { code message path }
    ... on ConnectorInvalid { faults { code message line column key } }
    ... on ConnectorDeclined { valid }
  }
}
"""
SECRET = {"name": "password", "value": "hunter2"}


async def test_a_connector_is_changed_with_its_secrets(ask):
    answer = await ask.data(CONNECT, name="east", definition="name: east", secrets=[SECRET])
    answer = answer["updateConnector"]
    assert (answer["name"], answer["action"], answer["state"]) == ("east", "REGISTER", "IN_FORCE")
    secrets = {"password": "hunter2"}
    action = RegistrationAction.UPDATE
    assert ask.writer.asked == [(action, "east", "name: east", secrets, "why", "k")]


@pytest.mark.parametrize(
    "secrets", [[SECRET, SECRET], [SECRET | {"value": ""}], [SECRET | {"value": "x" * 20_001}]]
)
async def test_a_secret_has_one_value(ask, secrets):
    assert await ask.code(CONNECT, name="east", secrets=secrets) == "BAD_USER_INPUT"
    assert ask.writer.asked == []


async def test_a_secret_of_an_input_is_not_shown():
    assert "hunter2" not in repr(ConnectorSecretInput(**SECRET))


async def test_why_a_connector_was_not_changed_is_typed(ask):
    invalid = (await ask.data(CONNECT, name="invalid"))["updateConnector"]
    assert (invalid["code"], invalid["path"]) == ("CONNECTOR_INVALID", ["input", "definition"])
    assert invalid["faults"][0] == {
        "code": "ESTATE_INVALID",
        "message": "no",
        "line": 1,
        "column": 2,
        "key": "channels",
    }
    declined = (await ask.data(CONNECT, name="none"))["updateConnector"]
    assert (declined["code"], declined["valid"]) == ("CONNECTOR_UNKNOWN", ["woo"])


@pytest.mark.parametrize("action", ["pause", "resume", "remove"])
async def test_the_other_changes_name_a_connector(ask, action):
    change = f"{action}Connector"
    text = f"""mutation Q {{ {change}(input: {{name: "east", reason: "why", idempotencyKey: "k"}})
      {{ ... on RegisteredConnector {{ name }} }} }}"""
    assert (await ask.data(text))[change] == {"name": "east"}
    asked = (RegistrationAction(action.upper()), "east", None, {}, "why", "k")
    assert ask.writer.asked == [asked]
