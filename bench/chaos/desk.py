"""The sale alone, for a short run: the fast path and its desk as they ship, without the graph.

A gateway takes seconds of processor time to start. What is struck is here the same code.
"""

import asyncio
from typing import cast

import uvicorn
from msgspec import Struct
from starlette.responses import PlainTextResponse

from bench.santong import BRAND
from gateway.auth.known import KnownCallers
from gateway.flash.desk import Desk
from gateway.flash.entrance import Entrance
from gateway.flash.opening import opened_desk
from gateway.http.flash import FlashFirst
from gateway.observe import Metrics
from gateway.settings import Settings
from store.engine import Store
from store.owned import Owned
from work.flash import lapse_reservations

_LAPSE_SECONDS = 0.5


class _Door(Struct):
    desk: Desk

    @property
    def entrance(self) -> Entrance:
        """Nobody enters here: buyers bring the tickets of another gateway."""
        raise NotImplementedError


class _Brand(Struct):
    store: Store
    brand: str


async def sell() -> None:
    """Serve the fast path."""
    settings = Settings()
    async with opened_desk(settings, BRAND) as desk:
        app = FlashFirst(
            PlainTextResponse("there is nothing else here", 404),
            settings=settings,
            callers=KnownCallers(settings, None),
            door=_Door(desk),
            metrics=Metrics(),
        )
        config = uvicorn.Config(app, port=settings.port, lifespan="off", access_log=False)
        await uvicorn.Server(config).serve()


async def lapse() -> None:
    """Give back what is not paid in time, again and again."""
    store = Store.open(Settings().database_url.get_secret_value(), deadline_seconds=10)
    owned = cast("Owned", _Brand(store, BRAND))
    while True:
        try:
            await lapse_reservations(owned)
        except Exception as exc:  # noqa: BLE001 - as a chore of the back door is tried again
            print(f"lapsing: {exc}", flush=True)
        await asyncio.sleep(_LAPSE_SECONDS)
