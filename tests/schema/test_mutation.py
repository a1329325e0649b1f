"""Mutations: typed refusals, in the caller's language, and a way in that only reads."""

import pytest

from schema.user_error import MESSAGES

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
