"""Differences of a channel that is compared, followed over sockets and streams."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.tally import Tally
from capabilities.caller import Role
from capabilities.estate import Capability
from store.adoption.comparisons import Comparisons
from store.engine import Store
from tests.capabilities.adoption.pairs import chance_of, record
from tests.gateway.serving import BRAND

QUERY = """
  subscription ($channel: String!, $after: ID) {
    adoptionDiff(channel: $channel, capability: ORDER, after: $after) {
      eventId at channelCode capability class field critical legacy platform key version more
    }
  }
"""
LEGACY = record(chance_of(3), Capability.ORDER)


@pytest.fixture
async def found(live_settings):
    """Settles a difference of an order of jd."""
    store = Store.open(live_settings.database_url.get_secret_value(), deadline_seconds=30)
    comparisons = Comparisons(store, BRAND)

    async def settled(*numbers):
        tally, subject = Tally(b"secret"), Subject("jd", Capability.ORDER, "v1")
        for number in numbers:
            tally.add(compare(subject, number, LEGACY, None, datetime.now(UTC)))
        await comparisons.keep(*tally.drain())

    yield settled
    await store.aclose()


async def follow(peer, **variables):
    await peer.subscribe(query=QUERY, channel="jd", **variables)


async def told(peer):
    heard = await peer.hear()
    assert heard["type"] == "next", heard
    return heard["payload"]["data"]["adoptionDiff"]


async def test_differences_are_followed_and_gone_on_with(dial, token, found):
    await found("d-1", "d-2", "d-3")
    async with dial() as peer:
        await peer.introduce(token(Role.OPERATIONS))
        await follow(peer, after="0.0.0")
        first = await told(peer)
        assert (first["class"], first["field"], first["critical"]) == ("MISSING", "", False)
        assert (first["channelCode"], first["capability"]) == ("jd", "ORDER")
        assert (first["legacy"], first["platform"], first["more"]) == ("there", None, 0)
    async with dial() as peer:
        await peer.introduce(token(Role.ADMIN))
        await follow(peer, after=first["eventId"])
        rest = [await told(peer) for _ in range(2)]
        await found("d-4")
        rest.append(await told(peer))
    assert len({one["key"] for one in (first, *rest)}) == 4


@pytest.mark.parametrize(
    ("role", "channel"),
    [
        (Role.CONSUMER, "jd"),
        (Role.GUIDE, "jd"),
        (Role.SERVICE, "jd"),
        (Role.OPERATIONS, "nowhere"),
    ],
)
async def test_who_may_not_read_the_report_is_told_nothing(gateway, token, role, channel):
    host, port = gateway
    headers = {"accept": "text/event-stream", "authorization": token(role)}
    body = {"query": QUERY, "variables": {"channel": channel, "after": "0.0.0"}}
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as client:
        answer = await client.post("/graphql", json=body, headers=headers, timeout=60)
    data = next(one for one in answer.text.splitlines() if one.startswith("data:"))
    assert json.loads(data[5:])["errors"][0]["extensions"]["code"] == "FORBIDDEN"
