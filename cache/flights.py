"""One question on its way at a time: who asks the same meanwhile waits for its answer.

A flight runs in a task and context of its own, so that nobody's cancellation, log id or span
reaches another. It ends early only when everybody who waited has left.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from contextvars import Context
from typing import Any

from capabilities.errors import ChannelError

_log = logging.getLogger(__name__)


class Flight:
    """Keys that are asked together, and a future answer for each.

    `heard` grows with what is dropped: who asks after a drop does not board what began before it.
    """

    def __init__(self, keys: Sequence[Hashable], heard: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self.keys = keys
        self.heard = heard
        self.answers: dict[Hashable, asyncio.Future[Any]] = {
            key: loop.create_future() for key in keys
        }
        # old answers in hand, for who cannot wait until the new ones are there
        self.old: dict[Hashable, Any] = {}
        self.over: set[Hashable] = set()
        self.waiting = 0
        self.task: asyncio.Task[None] | None = None

    def land(self, key: Hashable, answer: Any, *, over: bool = True) -> None:
        """Give everybody who waits the answer of a key, or its error.

        Nobody boards for it any more, unless it is not `over`: then it is about to be kept.
        """
        if over:
            self.over.add(key)
        future = self.answers[key]
        if not future.done():
            future.set_result(answer)

    @property
    def unanswered(self) -> list[Hashable]:
        """The keys that nobody has an answer for yet."""
        return [key for key, one in self.answers.items() if not one.done()]


class Flights:
    """All that is on its way for one shelf."""

    def __init__(self, source: str, tasks: set["asyncio.Task[None]"]) -> None:
        self._source = source
        self._tasks = tasks
        self._flying: dict[Hashable, Flight] = {}

    def board(
        self,
        keys: Iterable[Hashable],
        fly: Callable[[Flight], Coroutine[Any, Any, None]],
        heard: int = 0,
    ) -> Mapping[Hashable, Flight]:
        """The flight of each key: one that is under way, or a new one for all that have none."""
        found = {key: self._flying.get(key) for key in keys}
        new = [
            key
            for key, flight in found.items()
            if flight is None or key in flight.over or flight.heard != heard
        ]
        if new:
            flight = Flight(new, heard)
            self._flying |= dict.fromkeys(new, flight)
            self.start(flight, fly)
            found |= dict.fromkeys(new, flight)
        return {key: flight for key, flight in found.items() if flight is not None}

    def start(self, flight: Flight, fly: Callable[[Flight], Coroutine[Any, Any, None]]) -> None:
        """Let a flight fly, whether or not somebody waits for it."""
        flight.task = asyncio.create_task(self._flown(flight, fly), context=Context())
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)

    async def wait(
        self, boarded: Mapping[Hashable, Flight], seconds: float | None
    ) -> dict[Hashable, Any]:
        """The answers that are there in time."""
        flights = {id(flight): flight for flight in boarded.values()}.values()
        for flight in flights:
            flight.waiting += 1
        try:
            await asyncio.wait(
                [flight.answers[key] for key, flight in boarded.items()], timeout=seconds
            )
        finally:
            for flight in flights:
                flight.waiting -= 1
                if not flight.waiting and flight.unanswered and flight.task is not None:
                    flight.task.cancel()
                    self._left(flight)
        answers = ((key, flight.answers[key]) for key, flight in boarded.items())
        return {key: one.result() for key, one in answers if one.done() and not one.cancelled()}

    async def _flown(
        self, flight: Flight, fly: Callable[[Flight], Coroutine[Any, Any, None]]
    ) -> None:
        try:
            await fly(flight)
        except Exception:  # noqa: BLE001  # a defect of ours is only this flight's
            _log.exception("defect of the cache", extra={"connector": self._source})
        finally:  # whatever it was, everybody is answered
            wrong = ChannelError("no answer could be made", source=self._source)
            for key in flight.unanswered:
                flight.land(key, wrong)
            self._left(flight)

    def _left(self, flight: Flight) -> None:
        for key in flight.keys:
            if self._flying.get(key) is flight:
                del self._flying[key]
