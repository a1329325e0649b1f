"""Readers of the outbox woken when something was told; they are right without it, only later.

A message says that there is something and nothing of what: positions are read from PostgreSQL.
"""

import asyncio
from functools import partial
from types import TracebackType
from typing import Self

from cache.connection import Near
from cache.ending import ended
from cache.subscribed import Subscribed

# However many transactions end meanwhile: one message, and one look of each reader.
_AT_MOST_EVERY_SECONDS = 0.01


class Waking:
    """Wakes whoever waits in any process of a brand; `async with` lets it tell and hear.

    `hears` is for who waits: without it only `told` has an effect.
    """

    def __init__(self, near: Near, brand: str, *, hears: bool = True) -> None:
        self._near = near
        self._channel = f"santong:told:{brand}"
        self._hears = hears
        self._told = asyncio.Event()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._tell())]
        if self._hears:
            listening = Subscribed(self._near, self._channel, self)
            self._tasks.append(asyncio.create_task(listening.run()))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await ended(self._tasks)

    def tell(self) -> None:
        """Something was told: a transaction with events was committed."""
        self._told.set()

    async def wait(self, seconds: float) -> None:
        """Until something was told anywhere, and for so long at most."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    def begun(self) -> None:
        """What was told before was not heard."""
        self._woken.set()

    def heard(self, raw: bytes) -> None:
        """Somebody told something."""
        del raw
        self._woken.set()

    def lost(self) -> None:
        """Who waits looks by himself, as often as he does anyway."""

    async def turn(self) -> None:
        """Nothing is owed."""

    async def _tell(self) -> None:
        """One message for all that was told in a while; where Redis is away, none."""
        publish = partial(self._near.command, "PUBLISH", self._channel, b"")
        while True:
            await self._told.wait()
            self._told.clear()
            await self._near.attempt(publish, None)
            await asyncio.sleep(_AT_MOST_EVERY_SECONDS)
