"""A client of graphql-transport-ws that says exactly what it is told to say."""

import asyncio
import json

from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
ORDERS = """
  subscription Changes($store: String!, $after: ID) {
    orderChanged(on: {store: {code: $store}}, after: $after) { eventId number channelCode orderId }
  }
"""


class Peer:
    """One client of the protocol."""

    def __init__(self, socket):
        self.socket = socket

    async def say(self, **message):
        await self.socket.send(json.dumps(message))

    async def hear(self):
        async with asyncio.timeout(30):
            return json.loads(await self.socket.recv())

    async def closed(self):
        """The code that the gateway closes with."""
        async with asyncio.timeout(30):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed as exc:
                return exc.rcvd.code, exc.rcvd.reason

    async def introduce(self, token):
        await self.say(type="connection_init", payload={"Authorization": token})
        assert (await self.hear())["type"] == "connection_ack"

    async def subscribe(self, own="1", query=ORDERS, **variables):
        payload = {"query": query, "variables": {"store": "M0001", **variables}}
        await self.say(type="subscribe", id=own, payload=payload)

    async def settled(self):
        """Whatever was said before has been read."""
        await self.say(type="ping", payload={"n": 1})
        assert await self.hear() == {"type": "pong", "payload": {"n": 1}}
