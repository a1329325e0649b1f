"""Sockets of nobody have a bound of their own, and keep nobody out."""

import asyncio

from gateway.live.socket import Sockets
from gateway.live.strangers import Strangers


def test_a_newcomer_takes_the_place_of_who_was_silent_the_longest():
    strangers, left = Strangers(2), []
    for name in "abc":
        strangers.come(name, lambda name=name: left.append(name))
    strangers.go("b")
    strangers.come("d", lambda: left.append("d"))
    assert (left, len(strangers)) == (["a"], 2)


async def test_sockets_without_an_introduction_leave_for_those_who_come(live_settings):
    """Whoever opens them and says nothing loses them, and the last one still gets in."""
    few = live_settings.model_copy(update={"max_subscriptions": 1, "socket_init_seconds": 600})
    sockets = Sockets(few, callers=None, subscriptions=None, figures=_Figures(), clients=None)
    opened = [_Client(sockets) for _ in range(17)]
    async with asyncio.timeout(30):
        assert await opened[0].said() == 4408
    for one in opened[1:]:
        one.leave()
    async with asyncio.timeout(30):
        await asyncio.gather(*(one.task for one in opened))
    assert [one.closed_with for one in opened] == [4408, *[None] * 16]
    assert len(sockets.strangers) == 0


class _Figures:
    def closed(self, code):
        assert code == "4408"


class _Client:
    def __init__(self, sockets):
        self.closed_with = None
        self._says, self._closed = asyncio.Queue(), asyncio.Event()
        self._says.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "headers": [],
            "query_string": b"",
            "subprotocols": ["graphql-transport-ws"],
        }
        self.task = asyncio.create_task(sockets(scope, self._says.get, self._hear))

    async def _hear(self, message):
        if message["type"] == "websocket.close":
            self.closed_with = message["code"]
            self._closed.set()

    async def said(self):
        await self._closed.wait()
        return self.closed_with

    def leave(self):
        self._says.put_nowait({"type": "websocket.disconnect"})
