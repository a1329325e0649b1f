"""Calls of drivers that block: a connector's own bounded threads, each with one connection.

A call whose time is up is abandoned: its connection is cut from outside and thrown away with its
thread. Until that thread has really ended it keeps its place, so that there are never more
threads than places, whatever the database does.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Literal, Protocol, TypeVar

T = TypeVar("T")
After = Literal["keep", "drop", "again"]
_Job = tuple["asyncio.Future[Any]", Callable[["Link"], Any]]

_IDLE_SECONDS = 60.0
_GOODBYE_SECONDS = 1.0


class Link(Protocol):
    """One connection, used by one thread; only `cut` is called from outside."""

    def open(self) -> None:
        """Connect; may block as long as a deadline."""

    def after(self, exc: BaseException) -> "After":
        """What a fault means for the connection: it is kept, dropped, or asked again anew."""

    def cut(self) -> None:
        """End whatever the thread waits for."""

    def close(self) -> None:
        """Give the connection up, without waiting for the other side."""


class Lanes:
    """At most `size` threads; made inside the event loop, closed with `aclose`."""

    def __init__(self, name: str, size: int, make: Callable[[], Link]) -> None:
        self._name = name
        self._make = make
        self._places = asyncio.Semaphore(size)
        self._idle: list[_Lane] = []
        self._lanes: set[_Lane] = set()

    @property
    def threads(self) -> int:
        """Threads that have not ended, abandoned ones among them."""
        return len(self._lanes)

    async def run(self, work: Callable[[Link], T]) -> T:
        """What the work answers, in a thread with a connection; it is abandoned when cancelled."""
        await self._places.acquire()
        lane = self._idle.pop() if self._idle else self._started()
        future = lane.ask(work)
        try:
            answer: T = await future
        except asyncio.CancelledError:
            if lane.is_busy:
                lane.abandon()
            raise
        return answer

    async def aclose(self) -> None:
        """Abandon what runs and close every connection."""
        lanes = tuple(self._lanes)
        for lane in lanes:
            lane.abandon()
        self._idle.clear()
        ended = (asyncio.ensure_future(lane.ended.wait()) for lane in lanes)
        if waiting := list(ended):
            _, late = await asyncio.wait(waiting, timeout=_GOODBYE_SECONDS)
            for one in late:
                one.cancel()

    def _started(self) -> "_Lane":
        lane = _Lane(self._make(), self._freed, self._gone)
        self._lanes.add(lane)
        threading.Thread(target=lane.work, name=f"sql-{self._name}", daemon=True).start()
        return lane

    def _freed(self, lane: "_Lane") -> None:
        """A call has ended; its thread waits for the next one."""
        if lane.is_abandoned:
            return  # keeps its place until its thread has ended
        self._idle.append(lane)
        self._places.release()
        lane.unused = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._retire, lane)

    def _retire(self, lane: "_Lane") -> None:
        if lane in self._idle:
            self._idle.remove(lane)
            lane.abandon()

    def _gone(self, lane: "_Lane") -> None:
        self._lanes.discard(lane)
        if lane.was_busy:
            self._places.release()
        lane.ended.set()


class _Lane:
    """One thread and its connection. Everything but `work` is the event loop's."""

    def __init__(
        self, link: Link, freed: Callable[["_Lane"], None], gone: Callable[["_Lane"], None]
    ) -> None:
        self._link = link
        self._freed = freed
        self._gone = gone
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self.is_busy = False
        self.unused: asyncio.TimerHandle | None = None
        self.ended = asyncio.Event()
        self.is_abandoned = False
        self.was_busy = False

    def ask(self, work: Callable[[Link], Any]) -> "asyncio.Future[Any]":
        """Hand a call to the thread."""
        if self.unused is not None:
            self.unused.cancel()
        self.is_busy = True
        future = self._loop.create_future()
        self._jobs.put((future, work))
        return future

    def abandon(self) -> None:
        """Throw the connection away, and the thread as soon as it notices."""
        if self.is_abandoned:
            return
        self.is_abandoned, self.was_busy = True, self.is_busy
        self._jobs.put(None)
        if self.is_busy:
            self._link.cut()
        if self.unused is not None:
            self.unused.cancel()

    def work(self) -> None:
        """The thread: one call after the other, then the connection is closed."""
        is_open = False
        while (job := self._jobs.get()) is not None:
            future, work = job
            is_open, answer, error = self._done(work, is_open=is_open)
            self._tell(self._answered, future, answer, error)
            del job, future, work, answer, error  # rows are not kept while the thread waits
        if is_open:
            self._link.close()
        self._tell(self._gone, self)

    def _done(
        self, work: Callable[[Link], Any], *, is_open: bool
    ) -> tuple[bool, Any, BaseException | None]:
        """An answer, or a fault; asked again where the connection had died meanwhile."""
        was_open = is_open
        try:
            if not is_open:
                self._link.open()
            return True, work(self._link), None
        except Exception as exc:  # noqa: BLE001 - it is raised where the call came from
            then, fault = self._link.after(exc), exc
        if then == "keep":
            return True, None, fault
        self._link.close()
        if then == "again" and was_open and not self.is_abandoned:
            return self._done(work, is_open=False)
        return False, None, fault

    def _answered(
        self, future: "asyncio.Future[Any]", answer: Any, error: BaseException | None
    ) -> None:
        self.is_busy = False
        if not future.done():
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)
        self._freed(self)

    def _tell(self, what: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before the thread
            self._loop.call_soon_threadsafe(what, *args)
