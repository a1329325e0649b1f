"""Published queries as tools: read-only, as the caller's token allows, over a plain POST."""

import secrets

import pytest

from capabilities.caller import Role
from gateway.auth.tokens import mint
from tests.gateway.resource_shop import PHONE, shop_at
from tests.gateway.serving import BRAND

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t"}}


@pytest.fixture(scope="module")
def shop(postgres, valkey, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tools")
    with shop_at(folder, postgres, valkey, tools="read") as made:
        made.member = made.register()
        made.number = made.place()
        yield made


@pytest.fixture
def say(shop):
    """Sends one message; its answer."""

    def said(method, params=None, role=Role.SERVICE, token=None):
        message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}}
        headers = shop.headers(role, accept="application/json, text/event-stream")
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        return shop.client.post("/api/mcp", json=message, headers=headers)

    return said


def result(answer):
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    body = answer.json()
    assert (body["jsonrpc"], body["id"]) == ("2.0", 7)
    return body["result"]


def refusal(answer):
    return answer.json()["error"]["code"]


def names(answer):
    return {one["name"] for one in result(answer)["tools"]}


@pytest.mark.parametrize(
    ("wanted", "spoken"), [("2025-06-18", "2025-06-18"), ("1999", "2025-11-25")]
)
def test_a_client_is_told_which_revision_is_spoken(say, wanted, spoken):
    told = result(say("initialize", {**HELLO, "protocolVersion": wanted}))
    assert told["protocolVersion"] == spoken
    assert told["capabilities"] == {"tools": {}}
    assert result(say("ping")) == {}


def test_only_queries_are_tools_and_only_those_that_the_role_may_ask(say):
    assert names(say("tools/list")) == {
        *("Channels", "MemberByPhone", "OrderByNumber", "Orders", "OrdersOfMember", "Stores"),
    }
    assert "UpdateProfile" not in names(say("tools/list", role=Role.ADMIN))
    assert "MemberByPhone" not in names(say("tools/list", role=Role.CONNECTOR))
    call = {"name": "UpdateProfile", "arguments": {"member": "x", "familyName": "y"}}
    assert refusal(say("tools/call", call, Role.ADMIN)) == -32602


def test_a_tool_says_what_it_takes(say):
    (orders,) = [one for one in result(say("tools/list"))["tools"] if one["name"] == "Orders"]
    schema = orders["inputSchema"]
    assert schema["required"] == []
    assert schema["properties"]["channel"]["type"] == ["array", "null"]
    assert orders["annotations"]["readOnlyHint"]


def test_a_call_is_answered_as_the_resource_is(shop, say):
    called = result(say("tools/call", {"name": "MemberByPhone", "arguments": {"phone": PHONE}}))
    assert called["isError"] is False
    assert called["structuredContent"] == shop.get(f"/members/by-phone/{PHONE}").json()
    assert PHONE not in say("tools/list").text
    nothing = {"channel": "own", "number": "4711"}
    called = result(say("tools/call", {"name": "OrderByNumber", "arguments": nothing}))
    assert called["content"] == [{"type": "text", "text": "null"}]


def test_an_answer_that_lacks_a_source_says_so(say):
    told = result(say("tools/call", {"name": "Orders", "arguments": {}}))
    assert told["content"][1]["text"].startswith('This answer is not whole. It lacks: "old";code=')


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "BAD_USER_INPUT"),
        ({"phone": PHONE, "odd": 1}, "BAD_USER_INPUT"),
        ({"phone": [PHONE]}, "BAD_USER_INPUT"),
        ({"phone": "x"}, "PHONE_UNUSABLE"),
    ],
)
def test_a_call_that_does_not_fit_is_an_error_of_the_tool(say, arguments, code):
    told = result(say("tools/call", {"name": "MemberByPhone", "arguments": arguments}))
    assert told["isError"] is True
    assert f'"code":"{code}"' in told["content"][0]["text"]
    assert PHONE not in told["content"][0]["text"]


def test_the_budget_of_look_ups_holds_for_assistants_too(shop, say):
    subject = f"assistant {secrets.token_hex(4)}"  # all tests share one Redis
    token = mint(shop.settings, role=Role.SERVICE, brand=BRAND, subject=subject)
    told = [
        result(say("tools/call", by_phone(f"139000880{at:02}"), token=token))["content"][0]["text"]
        for at in range(61)
    ]
    assert ["LOOKUPS_SPENT" in one for one in told] == [*[False] * 60, True]


def by_phone(phone):
    return {"name": "MemberByPhone", "arguments": {"phone": phone}}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"method": "resources/list"}, -32601),
        ({"method": "server/discover"}, -32601),
        ({"method": "tools/call", "params": {"name": "Nobody"}}, -32602),
        ({"method": "tools/call", "params": {"name": 7}}, -32602),
        ({"method": "tools/call", "params": {"name": "Orders", "arguments": [1]}}, -32602),
        ({"method": "tools/call", "params": [1]}, -32602),
    ],
)
def test_what_is_no_message_for_tools_is_an_error_of_the_protocol(say, message, code):
    assert refusal(say(message["method"], params=message.get("params", {}))) == code


def test_what_is_no_message_at_all_is_refused(shop, say):
    def sent(method="POST", content=b"{}", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"content-type": "application/json", **named}
        answer = shop.client.request(
            method, "/api/mcp", content=content, headers=shop.headers(**kind)
        )
        return answer.status_code

    assert [sent(method) for method in ("GET", "DELETE", "PUT")] == [405, 405, 405]
    assert [sent(content=one) for one in (b"{}", b"[]", b"x", b'{"jsonrpc":"1.0"}')] == [400] * 4
    odd = [b'{"jsonrpc":"2.0","method":"ping","id":%s}' % one for one in (b"true", b"{}", b"[1]")]
    assert [sent(content=one) for one in odd] == [400] * 3
    assert sent(mcp_protocol_version="1999-01-01") == 400
    assert sent(origin="https://evil.example") == 403
    hello = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
    assert sent(content=hello, origin="http://evil.example", host="evil.example") == 403
    assert sent(content=hello, origin=shop.url) == 202
    assert sent(content=b'{"jsonrpc":"2.0","method":"notifications/initialized"}') == 202
    assert shop.client.post("/api/mcp", json={}).status_code == 401
