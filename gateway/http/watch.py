"""Who looks after requests that take long: bodies that never come, clients that left."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest

_T = TypeVar("_T")
_TICK_SECONDS = 0.02


class Watch:
    """Looks at every request under way, now and then, on one timer for all of them.

    Two timers and a task for each would cost a short request more than its answer does. Nearly all
    are over before anybody looks.
    """

    def __init__(self, tick_seconds: float = _TICK_SECONDS) -> None:
        self._tick_seconds = tick_seconds
        self._watched: set[_Watched] = set()
        self._next: asyncio.TimerHandle | None = None

    async def over(self, asked: Asked, work: Coroutine[Any, Any, _T]) -> _T:
        """The work's result; BadRequest when the client leaves first or its body is overdue.

        The work runs in the task that asks, and is cancelled then. Once the body has been read
        (`asked.body_due` is None) the next word of `asked.receive` is the end of the connection.
        """
        watched = _Watched(asked)
        self._watched.add(watched)
        if self._next is None:
            self._next = asyncio.get_running_loop().call_later(self._tick_seconds, self._look)
        try:
            return await work
        except asyncio.CancelledError as exc:
            if watched.cut is not None and watched.task.cancelling() == 1:
                raise watched.cut from exc
            raise
        finally:
            self._watched.discard(watched)
            watched.end()

    def _look(self) -> None:
        now = time.monotonic()
        for watched in self._watched:
            watched.look(now)
        self._next = None
        if self._watched:
            self._next = asyncio.get_running_loop().call_later(self._tick_seconds, self._look)


class _Watched:
    """One request, the task that answers it, and why it was cut short, if it was."""

    __slots__ = ("_asked", "_watching", "cut", "task")

    def __init__(self, asked: Asked) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("nobody answers here")
        self.task = task
        self.cut: BadRequest | None = None
        self._asked = asked
        self._watching: asyncio.Task[None] | None = None

    def look(self, now: float) -> None:
        if self.cut is not None:
            return
        if self._asked.body_due is None:
            if self._watching is None:
                self._watching = asyncio.create_task(self._until_gone())
        elif now >= self._asked.body_due:
            self._end_by(BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT"))

    def end(self) -> None:
        """Nobody looks any more, and our own cancellation is taken back.

        Also where the work swallowed it and ended all the same, as `asyncio.wait_for` does up to
        Python 3.11: what the task does next would be taken for cancelled by somebody else.
        """
        if self._watching is not None:
            self._watching.cancel()
        if self.cut is not None:
            self.task.uncancel()

    def _end_by(self, cut: BadRequest) -> None:
        self.cut = cut
        self.task.cancel()

    async def _until_gone(self) -> None:
        # The body of a GET is empty and was not asked for.
        while (await self._asked.receive())["type"] != "http.disconnect":
            pass
        self._end_by(BadRequest("the client went away", 400, "CLIENT_GONE"))
