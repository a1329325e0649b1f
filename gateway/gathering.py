"""What arrives together is worked on together: one transaction pays for many requests.

Whoever asks is answered after the commit. One that cannot be written sinks no other.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from capabilities.errors import StoreUnavailable

T = TypeVar("T")
A = TypeVar("A")

_MOST = 256
_PATIENCE_SECONDS = 0.002


class Gathering(Generic[T]):
    """A queue whose batches are worked on one after another while anything waits.

    `work` must not fail. `pick` takes the next batch out of the queue; without it that is the
    longest from the front. A batch that is not full waits `patience` for company, in seconds; 0
    where those who come have waited for one another before.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[None]],
        pick: Callable[[deque[T], int], list[T]] | None = None,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._work = work
        self._pick = pick or _front
        self._patience = patience
        self._waiting: deque[T] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def add(self, one: T) -> None:
        """Have one worked on within a few milliseconds."""
        self._waiting.append(one)
        self._start()

    def add_first(self, some: Sequence[T]) -> None:
        """Have these worked on before all others."""
        self._waiting.extendleft(reversed(some))
        self._start()

    async def settled(self) -> None:
        """Wait for what was begun."""
        while self._task is not None and not self._task.done():
            await asyncio.gather(self._task, return_exceptions=True)

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            if self._patience and len(self._waiting) < _MOST:
                await asyncio.sleep(self._patience)
            await self._work(self._pick(self._waiting, _MOST))


async def each(
    some: Sequence[T], work: Callable[[Sequence[T]], Awaitable[Sequence[A]]]
) -> list[A | Exception]:
    """What `work` answers each; the exception for the one that it cannot be done for.

    StoreUnavailable is nobody's own fault, and comes through.
    """
    try:
        return list(await work(some))
    except StoreUnavailable:
        raise
    except Exception as exc:  # noqa: BLE001 - one that cannot be written sinks no other
        if len(some) == 1:
            return [exc]
        half = len(some) // 2
        first = await each(some[:half], work)
        return [*first, *await each(some[half:], work)]


def answer(waiting: Iterable["asyncio.Future[A]"], told: A | BaseException) -> None:
    """Answer whoever still waits; what was decided stands also where nobody does."""
    for one in waiting:
        if one.done():
            continue
        if isinstance(told, asyncio.CancelledError):
            one.cancel()
        elif isinstance(told, BaseException):
            one.set_exception(told)
        else:
            one.set_result(told)


def _front(waiting: deque[T], most: int) -> list[T]:
    return [waiting.popleft() for _ in range(min(most, len(waiting)))]
