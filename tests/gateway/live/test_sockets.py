"""graphql-transport-ws to the letter, over real sockets."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from capabilities.caller import Role
from tests.gateway.live.conftest import sold
from tests.gateway.live.peer import ORDERS


async def next_of(peer, own="1"):
    heard = await peer.hear()
    assert (heard["type"], heard.get("id")) == ("next", own), heard
    return heard["payload"]["data"]["orderChanged"]


async def refusal(peer, own="1"):
    heard = await peer.hear()
    assert (heard["type"], heard["id"]) == ("error", own), heard
    return heard["payload"][0]


async def test_a_store_is_followed_and_gone_on_with(dial, facts, token):
    async with dial() as peer:
        await peer.introduce(token())
        await peer.subscribe()
        await peer.settled()
        await facts.record([sold("ws-1"), sold("other", "M0002")])
        await facts.record([sold("ws-2")])
        first, second = await next_of(peer), await next_of(peer)
        assert (first["number"], first["channelCode"]) == ("ws-1", "jd")
        assert second["number"] == "ws-2"
        await peer.say(type="complete", id="1")
    await facts.record([sold("ws-3")])
    async with dial() as peer:
        await peer.introduce(token())
        await peer.subscribe(after=first["eventId"])
        assert [(await next_of(peer))["number"] for _ in range(2)] == ["ws-2", "ws-3"]


async def test_what_is_no_longer_known_is_said_so(dial, token):
    async with dial() as peer:
        await peer.introduce(token())
        await peer.subscribe(after="1.1.1")
        told = await refusal(peer)
        assert told["extensions"]["code"] == "EVENTS_FORGOTTEN"
        for wrong in (
            {"after": "nonsense"},
            {"after": f"1.{2**63:x}.1"},
            {"after": "1.1\x1b.1"},
            {"store": "a\x1bb"},
        ):
            await peer.subscribe(**wrong)
            assert (await refusal(peer))["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("role", "store", "changes"),
    [
        (Role.GUIDE, "M0002", {}),
        (Role.CONSUMER, "M0001", {}),
    ],
)
async def test_nobody_follows_what_she_may_not_see(dial, token, role, store, changes):
    async with dial() as peer:
        await peer.introduce(token(role, **changes))
        await peer.subscribe(store=store)
        assert (await refusal(peer))["extensions"]["code"] == "FORBIDDEN"


async def test_a_connector_follows_nothing(dial, token):
    async with dial() as peer:
        await peer.introduce(token(Role.CONNECTOR))
        await peer.subscribe()
        assert (await refusal(peer))["extensions"]["code"] == "FORBIDDEN"


async def test_a_guide_follows_her_store(dial, facts, token):
    async with dial() as peer:
        await peer.introduce(token(Role.GUIDE))
        await peer.subscribe()
        await peer.settled()
        await facts.record([sold("ws-guide")])
        assert (await next_of(peer))["number"] == "ws-guide"


async def test_a_failed_order_costs_nobody_the_event(dial, facts, token):
    query = ORDERS.replace("eventId number", "number order { status }")
    async with dial() as peer:
        await peer.introduce(token())
        await peer.subscribe(query=query)
        await peer.settled()
        await facts.record([sold("ws-failed")])
        heard = await peer.hear()
    assert heard["payload"]["data"]["orderChanged"]["number"] == "ws-failed"
    assert heard["payload"]["data"]["orderChanged"]["order"] is None
    assert heard["payload"]["errors"][0]["extensions"]["code"] == "CONNECTOR_BROKEN"


async def test_only_subscriptions_are_taken(dial, token):
    async with dial() as peer:
        await peer.introduce(token())
        await peer.subscribe(query="{ channels { code } }")
        assert (await refusal(peer))["extensions"]["code"] == "SUBSCRIPTIONS_ONLY"
        await peer.subscribe(query="subscription { nothing }")
        assert (await refusal(peer))["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        deep = "{a" * 20 + "}" * 20
        await peer.subscribe(query=f"subscription {deep}")
        assert (await refusal(peer))["extensions"]["code"] == "DOCUMENT_TOO_DEEP"


async def test_a_socket_carries_so_many_subscriptions_and_no_more(dial, token):
    async with dial() as peer:
        await peer.introduce(token(subject="many"))
        for own in "1234":
            await peer.subscribe(own)
        told = await refusal(peer, "4")
        assert told["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        await peer.say(type="complete", id="1")
        await peer.settled()
        await peer.subscribe("5")
        await peer.settled()


async def test_a_caller_holds_so_many_and_no_more(dial, token):
    mine = token(subject="greedy")
    async with dial() as one, dial() as two:
        await one.introduce(mine)
        await two.introduce(mine)
        for peer, ids in ((one, "123"), (two, "12")):
            for own in ids:
                await peer.subscribe(own)
            await peer.settled()
        await two.subscribe("3")
        assert (await refusal(two, "3"))["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


async def test_one_callers_sockets_keep_nobody_else_out(dial, token):
    mine = token(subject="idle")
    async with AsyncExitStack() as idle:
        peers = [await idle.enter_async_context(dial()) for _ in range(6)]
        for peer in peers[:5]:
            await peer.introduce(mine)
        await peers[5].say(type="connection_init", payload={"Authorization": mine})
        assert (await peers[5].closed())[0] == 4403
        async with dial() as other:
            await other.introduce(token(subject="another"))
    async with dial() as peer:
        await peer.introduce(mine)


async def test_no_token_no_connection(dial, token):
    for payload in (None, {}, {"Authorization": "Bearer none"}, {"Authorization": 7}):
        async with dial() as peer:
            await peer.say(type="connection_init", payload=payload)
            assert (await peer.closed())[0] == 4403


async def test_a_token_that_ends_ends_the_connection(dial, token, live_settings):
    soon = datetime.now(UTC) - timedelta(seconds=live_settings.token_ttl_seconds + 1)
    async with dial() as peer:
        await peer.introduce(token(now=soon))  # within the leeway of clocks that differ
        await peer.subscribe()
        assert (await peer.closed())[0] == 4403


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("no JSON", 4400),
        ('{"type": "hello"}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{a}"}}', 4401),
        ('{"type": "ping", "payload": 1}', 4400),
        ('{"type": "ping", "type": "ping"}', 4400),
        (b"binary", 4400),
    ],
)
async def test_what_breaks_the_protocol_closes_the_socket(dial, said, code):
    async with dial() as peer:
        await peer.socket.send(said)
        assert (await peer.closed())[0] == code


async def test_introducing_oneself_twice_closes_the_socket(dial, token):
    async with dial() as peer:
        await peer.introduce(token())
        await peer.say(type="connection_init", payload={"Authorization": token()})
        assert (await peer.closed())[0] == 4429


async def test_an_id_in_use_closes_the_socket(dial, token):
    async with dial() as peer:
        await peer.introduce(token(subject="twice"))
        await peer.subscribe()
        await peer.subscribe()
        assert (await peer.closed())[0] == 4409


async def test_who_says_nothing_is_left(dial):
    async with dial() as peer:
        assert (await peer.closed())[0] == 4408


async def test_another_protocol_is_not_spoken(dial):
    async with dial(subprotocols=(Subprotocol("graphql-ws"),)) as peer:
        assert (await peer.closed())[0] == 4406


async def test_a_message_beyond_bounds_closes_the_socket(dial, token):
    async with dial() as peer:
        await peer.introduce(token())
        await peer.subscribe(query="#" * 20_000_000)
        assert (await peer.closed())[0] == 1009


async def test_pages_of_strangers_open_no_socket(dial):
    with pytest.raises(InvalidStatus):
        async with dial(origin="https://elsewhere.example"):
            pass
    async with dial(origin="https://shop.example") as peer:
        await peer.settled()
