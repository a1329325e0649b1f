"""Server-sent events in the distinct connections mode, over real connections."""

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest

from capabilities.caller import Role
from tests.gateway.live.conftest import sold

QUERY = """
  subscription ($after: ID) {
    orderChanged(on: {store: {code: "M0001"}}, after: $after) { eventId number }
  }
"""


@pytest.fixture
def stream(gateway):
    host, port = gateway

    @asynccontextmanager
    async def streamed(authorization, query=QUERY, method="POST", **headers):
        named = {"accept": "text/event-stream", "authorization": authorization, **headers}
        asked = {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
        async with (
            httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as client,
            client.stream(method, "/graphql", headers=named, timeout=60, **asked) as answer,
        ):
            yield answer

    return streamed


async def events(answer, enough):
    """The events as (name, id, data), until they are enough."""
    found, now = [], {}
    async with asyncio.timeout(60):
        async for line in answer.aiter_lines():
            name, _, value = line.partition(":")
            if name:
                now[name] = value.strip()
            elif now:
                found.append((now.get("event"), now.get("id"), now.get("data")))
                now = {}
            if enough(found):
                break
    return found


def two(found):
    return len(found) == 2


async def test_a_store_is_followed_and_gone_on_with(stream, facts, token):
    await facts.record([sold("sse-0")])
    async with stream(token(), **{"last-event-id": "0.0.0"}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "private, no-store"
        found = await events(answer, lambda all_: any('"sse-0"' in one[2] for one in all_))
    assert {name for name, _, _ in found} == {"next"}
    seen = found[-1][1]
    assert json.loads(found[-1][2])["data"]["orderChanged"]["eventId"] == seen
    await facts.record([sold("sse-1"), sold("sse-2")])
    async with stream(token(), method="GET", **{"last-event-id": seen}) as answer:
        told = [
            json.loads(data)["data"]["orderChanged"] for _, _, data in await events(answer, two)
        ]
    assert [one["number"] for one in told] == ["sse-1", "sse-2"]


async def test_what_does_not_begin_is_told_and_complete(stream, token):
    async with stream(token(Role.CONSUMER)) as answer:
        (name, _, data), (last, _, _) = await events(answer, two)
    assert (name, last) == ("next", "complete")
    assert json.loads(data)["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with stream(token(), query="{ channels { code } }") as answer:
        ((_, _, data), _) = await events(answer, two)
    assert json.loads(data)["errors"][0]["extensions"]["code"] == "SUBSCRIPTIONS_ONLY"


async def test_nobody_is_told_without_a_token(stream):
    async with stream("Bearer none") as answer:
        assert answer.status_code == 401
        await answer.aread()
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_subscription_without_a_stream_is_refused(gateway, token):
    host, port = gateway
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as client:
        headers = {"authorization": token()}
        answer = await client.post("/graphql", json={"query": QUERY}, headers=headers, timeout=60)
    assert answer.status_code == 406
    assert answer.json()["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_NEEDS_STREAM"


async def test_a_page_of_another_origin_may_read_a_stream(stream, token):
    async with stream(token(Role.CONSUMER), origin="https://shop.example") as answer:
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
