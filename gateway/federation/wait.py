"""Something that was asked and is under way: who looks at it late still knows how long it took."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable
from time import perf_counter
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Wait(Generic[T]):
    """Begun when it is made, so that several are under way while one after the other is awaited.

    A load is a future already and needs no task; a coroutine gets one.
    """

    __slots__ = ("_asked", "_ended", "_started")

    def __init__(self, begin: Callable[[], Awaitable[T]]) -> None:
        self._started = perf_counter()
        self._ended: float | None = None
        try:
            self._asked: asyncio.Future[T] = asyncio.ensure_future(begin())
        except Exception as exc:  # noqa: BLE001 - who awaits is told, as of every other failure
            self._asked = asyncio.get_running_loop().create_future()
            self._asked.set_exception(exc)
        if self._asked.done():
            self._ended = self._started
        else:
            self._asked.add_done_callback(self._note)

    def __await__(self) -> Generator[Any, None, T]:
        return self._asked.__await__()

    @property
    def latency_ms(self) -> int:
        """Whole milliseconds from its beginning to its end, or to now."""
        ended = perf_counter() if self._ended is None else self._ended
        return round((ended - self._started) * 1000)

    def give_up(self) -> None:
        """Nobody waits for it any more; nothing happens where it has ended."""
        self._asked.cancel()

    def _note(self, _: "asyncio.Future[T]") -> None:
        self._ended = perf_counter()


def give_up(waits: Iterable[Wait[Any]]) -> None:
    """End what is still under way: whoever waited was cancelled, or has failed."""
    for wait in waits:
        wait.give_up()
