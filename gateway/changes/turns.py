"""Bounded work in turns: of many who wait for the same, none keeps those of another waiting."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Turns(Generic[K]):
    """So many at a time; whoever waits is let in by turns of the keys, first come within each."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: OrderedDict[K, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, key: K) -> AsyncIterator[None]:
        """One turn of a key."""
        await self._taken(key)
        try:
            yield
        finally:
            self._given()

    async def _taken(self, key: K) -> None:
        if self._free:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._given()  # it was let in while it left
            raise

    def _given(self) -> None:
        """Let the next one in, of the key that waited longest for a turn."""
        while self._waiting:
            key, line = self._waiting.popitem(last=False)
            first = line.popleft()
            if line:
                self._waiting[key] = line
            if not first.done():
                first.set_result(None)
                return
        self._free += 1
