"""One request's loads of one question that is answered for several keys at once."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence

from capabilities.errors import SantongError
from gateway.federation.load import Ask
from gateway.federation.loaded import Loaded
from gateway.federation.own_wait import beside, fail


class QueuedLine(ABC):
    """Each key is asked once; those of one wave are answered together, in a task of the request's.

    `spend` is asked once for every `size` keys of a wave, whoever answers them: the same document
    costs the same whatever is at hand.
    """

    def __init__(self, *, size: int, spend: Callable[[], None]) -> None:
        self._size = size
        self._spend = spend
        self._loop = asyncio.get_running_loop()
        self._loads: dict[Hashable, asyncio.Future[Loaded]] = {}
        self._queued: list[Hashable] = []
        self._room = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, ask: Ask, key: Hashable) -> "asyncio.Future[Loaded]":
        """The wait for a key; one that was answered before is not asked again."""
        held = self._loads.get(key)
        if held is None:
            held = self._loads[key] = self._loop.create_future()
            try:
                self._pay()
            except SantongError as exc:
                fail(held, exc)
            else:
                self._begin(held, ask, key)
        return held if held.done() else beside(held)

    def abandon(self) -> None:
        """Nobody waits for any of this any more."""
        for task in self._tasks:
            task.cancel()
        for held in self._loads.values():
            held.cancel()

    @abstractmethod
    async def _run(self, ask: Ask, keys: Sequence[Hashable]) -> None:
        """Settle the waits for some keys, whatever happens."""

    def _begin(self, held: "asyncio.Future[Loaded]", ask: Ask, key: Hashable) -> None:
        """Have a key answered that was not asked before."""
        del held
        self._queued.append(key)
        if len(self._queued) == 1:
            # Resolvers and plans ask one turn apart from each other.
            self._loop.call_soon(self._loop.call_soon, self._send, ask)

    def _pay(self) -> None:
        if self._room == 0:
            self._spend()
            self._room = self._size
        self._room -= 1

    def _send(self, ask: Ask) -> None:
        keys, self._queued, self._room = self._queued, [], 0
        task = self._loop.create_task(self._run(ask, keys))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
