"""The mock upstream of the benches, ill now and then: `python -m bench.soak.upstream --port N`.

Every hundredth answer or so is a 500, no JSON, cut off in the middle, or never given.
"""

import argparse
import asyncio
from random import Random

import uvloop

from bench.upstream.__main__ import Upstream
from bench.upstream.answers import Asked

_ILL_ONE_IN = 150
_BROKEN = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"
_GARBLED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n<html>..."
)
_HALF = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n[{"


class Ill(Upstream):
    """One connection of an upstream that is ill now and then."""

    def __init__(self, asked: Asked, chance: Random) -> None:
        super().__init__(asked, 0.0)
        self._chance = chance

    def _reply(self, target: bytes) -> None:
        if self._chance.randrange(_ILL_ONE_IN):
            super()._reply(target)
            return
        kind = self._chance.randrange(20)
        if kind == 0:
            return  # never answered: the gateway's deadline ends the call
        self._transport.write((_BROKEN, _GARBLED, _HALF)[kind % 3])
        if kind % 3 == 2:  # noqa: PLR2004 - the answer that is cut off
            self._transport.close()


async def _serve(port: int) -> None:
    asked, chance = Asked(), Random(1)  # noqa: S311 - a seeded generator is wanted
    server = await asyncio.get_running_loop().create_server(
        lambda: Ill(asked, chance), "127.0.0.1", port, backlog=1024
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.soak.upstream", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(_serve(parser.parse_args().port))
