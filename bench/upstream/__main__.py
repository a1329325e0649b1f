"""The mock upstream: `python -m bench.upstream --port N`, one process, GET over keep-alive.

Deliberately bare, so that it is never the bottleneck: no framework, no parser of all of HTTP. It
speaks to the servers of the bench on loopback and to nobody else.
"""

import argparse
import asyncio
import json
from typing import cast

import uvloop

from bench.upstream.answers import Asked, answer

_END = b"\r\n\r\n"
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_NONE = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self, asked: Asked, latency: float) -> None:
        self._asked = asked
        self._latency = latency
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        while (end := data.find(_END)) >= 0:
            self._reply(data[4 : data.index(b" ", 4)])
            data = data[end + len(_END) :]
        self._rest = data

    def _reply(self, target: bytes) -> None:
        if target == b"/asked":
            asked = self._asked
            body: bytes | None = json.dumps(vars(asked)).encode()
        else:
            body = answer(target, self._asked)
        text = _NONE if body is None else _HEAD % (len(body), body)
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._send, text)
        else:
            self._transport.write(text)

    def _send(self, text: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(text)


async def _serve(port: int, latency: float) -> None:
    asked = Asked()
    server = await asyncio.get_running_loop().create_server(
        lambda: Upstream(asked, latency), "127.0.0.1", port, backlog=1024
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.upstream", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before every answer")
    chosen = parser.parse_args()
    uvloop.run(_serve(chosen.port, chosen.latency_ms / 1000))
