"""How a flash sale stands, for everybody: one answer to a poll, or a stream of what changes.

    GET /flash/SALE                             how it stands, a second old at most
    GET /flash/SALE   accept: text/event-stream the same, each time it is another

Nobody introduces herself: it is coarse, and answered from what this process follows anyway. A
cache in front may keep an answer for a second.
"""

import asyncio
from contextlib import suppress

import msgspec
from starlette.types import Receive, Send

from capabilities.attempts import network_of
from capabilities.flash.moment import SaleMoment
from gateway.flash.desk import Desk
from gateway.flash.moments import moment_of
from gateway.http.asked import Asked
from gateway.http.cross_origin import Pairs
from gateway.http.introduced import origin_of
from gateway.http.media import JSON
from gateway.http.reply import STREAM, headers_of
from gateway.live.pauses import with_pauses
from gateway.live.room import Room
from gateway.settings import Settings

_QUIET_SECONDS = 15.0
_SEND_SECONDS = 30.0
_SHARED = (b"cache-control", b"public, max-age=1")
_encode = msgspec.json.Encoder().encode


class PublicMoments:
    """Answers and streams of one process.

    Streams are bounded in all and for one address, so that nobody from a single place keeps
    everybody else out; a poll is answered all the same.
    """

    def __init__(self, settings: Settings) -> None:
        self._room = Room(settings.max_subscriptions, settings.max_streams_per_address, "address")
        self._hops = settings.proxy_hops

    async def answer(self, desk: Desk, sale: str, asked: Asked, send: Send, more: Pairs) -> None:
        """How it stands now, or as it goes on; BadInput where this process follows no such sale."""
        moment = moment_of(desk.offer(sale), desk.clock.now())
        if STREAM.encode() in (asked.header(b"accept") or b""):
            address = origin_of(asked, self._hops).address
            with self._room.place(None if address is None else network_of(address)):
                await self._stream(desk, sale, asked, send, more)
            return
        body = _encode(moment)
        headers = [one for one in headers_of(JSON, asked.request_id, more) if one[0] != _SHARED[0]]
        headers += [_SHARED, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, desk: Desk, sale: str, asked: Asked, send: Send, more: Pairs) -> None:
        gone = asyncio.create_task(_until_gone(asked.receive))
        telling = asyncio.create_task(
            _tell(desk, sale, send, headers_of(STREAM, asked.request_id, more))
        )
        try:
            await asyncio.wait({gone, telling}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, telling):
                task.cancel()
            await asyncio.gather(gone, telling, return_exceptions=True)


async def _tell(desk: Desk, sale: str, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    moments = desk.moments(sale, each=False)
    try:
        async for moment in with_pauses(moments, _QUIET_SECONDS):
            await _send(send, _event(moment), more=True)
        await _send(send, b"event: complete\ndata:\n\n", more=False)
    finally:
        with suppress(RuntimeError):  # it is being asked by who was cancelled
            await moments.aclose()


def _event(moment: SaleMoment | None) -> bytes:
    return b":\n\n" if moment is None else b"data: " + _encode(moment) + b"\n\n"


async def _send(send: Send, body: bytes, *, more: bool) -> None:
    async with asyncio.timeout(_SEND_SECONDS):  # a client that reads nothing is left
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
