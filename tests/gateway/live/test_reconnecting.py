"""Redis is wiped while clients reconnect: none misses an event, none is told one twice.

`SANTONG_TEST_CLIENTS` is how many there are; `make reconnect` runs it with a thousand.
"""

import asyncio
import json
import os
import resource
from random import Random

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from store.engine import Store
from store.order.changes import OrderChanges
from tests.gateway.live.conftest import sold
from tests.gateway.serving import BRAND

CLIENTS = int(os.environ.get("SANTONG_TEST_CLIENTS", "24"))
STORE, ORDERS, EACH = "M0888", 5, 16
EVENTS = ORDERS * EACH
PATIENCE = 60.0 + CLIENTS
QUERY = """
  subscription Follow($store: String!, $after: ID) {
    orderChanged(on: {store: {code: $store}}, after: $after) { eventId number }
  }
"""


@pytest.fixture
async def store(live_settings):
    opened = Store.open(live_settings.database_url.get_secret_value(), deadline_seconds=30)
    yield opened
    await opened.aclose()


@pytest.fixture
def many_files():
    """Both ends of every socket are files of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * CLIENTS + 500)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Client:
    """Follows the store; its line breaks after some events, without a word to the gateway."""

    def __init__(self, address, token, after, luck):
        self.seen, self.lines = [], 0
        self._address, self._token, self._after, self._luck = address, token, after, luck

    async def run(self):
        while len(self.seen) < EVENTS:
            try:
                await self._line(self._luck.randint(1, EVENTS // 3))
            except (ConnectionClosed, InvalidHandshake, OSError):
                await asyncio.sleep(self._luck.random() / 10)  # as real clients do

    async def _line(self, events):
        host, port = self._address
        address = f"ws://{host}:{port}/graphql"
        protocol = [Subprotocol("graphql-transport-ws")]
        line = connect(address, subprotocols=protocol, open_timeout=PATIENCE, ping_interval=None)
        async with line as socket:
            self.lines += 1
            await socket.send(_said("connection_init", payload={"Authorization": self._token}))
            variables = {"store": STORE, "after": self._after}
            asked = {"query": QUERY, "variables": variables}
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(_said("subscribe", id="1", payload=asked))
            for _ in range(min(events, EVENTS - len(self.seen))):
                heard = json.loads(await socket.recv())
                assert heard["type"] == "next", heard
                change = heard["payload"]["data"]["orderChanged"]
                self.seen.append((change["eventId"], change["number"]))
                self._after = change["eventId"]
            socket.transport.abort()


def _said(kind, **more):
    return json.dumps({"type": kind, **more})


async def wipe(url):
    """As if Redis were another: nothing is known there, and every line to it is cut."""
    async with Redis.from_url(url) as redis:
        await redis.flushall()
        for kind in ("pubsub", "normal"):
            await redis.client_kill_filter(_type=kind, skipme=True)


async def write(facts, url):
    """Every order changes again and again, of several at once; Redis is wiped in between."""
    for paid in range(1, EACH + 1):
        await asyncio.gather(
            *(facts.record([sold(f"again-{one}", STORE, paid)]) for one in range(ORDERS))
        )
        if paid % (EACH // 4) == 0:
            await wipe(url)


async def test_nobody_misses_an_event_while_redis_is_wiped(
    gateway, facts, token, store, live_settings, many_files
):
    begin = (await OrderChanges(store, BRAND).standing()).text
    clients = [
        Client(gateway, token(subject=f"client-{one}"), begin, Random(one))  # noqa: S311
        for one in range(CLIENTS)
    ]
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(
            write(facts, live_settings.redis_url.get_secret_value()),
            *(one.run() for one in clients),
        )
    rows = await store.rows(
        text("""
          SELECT key FROM events WHERE brand = :brand AND key LIKE 'again-%' ORDER BY xid, position
        """),
        {"brand": BRAND},
    )
    told = [row.key for row in rows]
    assert len(told) == EVENTS
    for one in clients:
        assert one.seen == clients[0].seen
        assert [number for _, number in one.seen] == told
    assert sum(one.lines for one in clients) > 3 * CLIENTS
