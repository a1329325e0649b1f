"""One request's way to the sources: batched loads, one call per connector and wave."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar

from aiodataloader import DataLoader
from msgspec import Struct

from capabilities.caller import Visibility
from capabilities.errors import BadInput, Garbled, SantongError, Unavailable
from capabilities.sources import SourceReport
from gateway.federation.estate import Connection, Estate

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")
_LEAST_SECONDS = 0.001


class Loaded(Struct, frozen=True):
    """A port's answer for one key, with the latency of the call that brought it."""

    value: Any
    latency_ms: int


class Request:
    """What one GraphQL request shares: its estate, its caller's visibility, deadline and loads."""

    def __init__(
        self,
        estate: Estate,
        visibility: Visibility,
        deadline_seconds: float | None = None,
        *,
        max_calls: int = 300,
    ) -> None:
        self.estate = estate
        self.visibility = visibility
        self._ends = None if deadline_seconds is None else time.monotonic() + deadline_seconds
        self._calls_left = max_calls
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}
        self._batches: set[asyncio.Task[Any]] = set()
        # Sources behind single look-ups that could not be asked; the answer says so.
        self.notices: dict[str, SourceReport] = {}

    def remaining(self) -> float | None:
        """Seconds left of the deadline that the client set; None when it set none."""
        if self._ends is None:
            return None
        return max(self._ends - time.monotonic(), _LEAST_SECONDS)

    def abandon(self) -> None:
        """End what is still being asked: nobody waits for it any more."""
        for batch in list(self._batches):
            batch.cancel()

    def _keep_batch(self) -> None:
        # A loader runs its batches in tasks of their own, which outlive a cancelled request.
        task = asyncio.current_task()
        if task is not None:
            self._batches.add(task)
            task.add_done_callback(self._batches.discard)

    async def call(
        self, connection: Connection, ask: Callable[[], Awaitable[_T]]
    ) -> tuple[_T, int]:
        """One question to a system; BadInput when this request has asked too many already."""
        self._calls_left -= 1
        if self._calls_left < 0:
            raise BadInput(
                "this asks the systems too many questions; ask for fewer rows or fields at once",
                code="QUERY_TOO_EXPENSIVE",
            )
        return await connection.call(ask, self.remaining())

    async def load(
        self,
        connection: Connection,
        name: Hashable,
        ask: Callable[[Sequence[_K]], Awaitable[Sequence[Any]]],
        key: _K,
    ) -> Loaded:
        """The answer for one key; all keys of one wave travel in one call per `name`."""
        loader = self._loaders.get((connection.name, name))
        if loader is None:
            port = name[0] if isinstance(name, tuple) else name
            loader = self._loader(connection, ask, connection.turn(str(port)))
            self._loaders[connection.name, name] = loader
        answer: Loaded = await loader.load(key)
        return answer

    async def load_with(
        self, name: Hashable, ask: Callable[[Sequence[_K]], Awaitable[Sequence[Any]]], key: _K
    ) -> Any:
        """As `load`, for the platform's own store and cache."""
        loader = self._loaders.get(name)
        if loader is None:

            async def batch(keys: list[_K]) -> list[Any]:
                try:
                    return list(await ask(keys))
                except SantongError as exc:
                    return [exc] * len(keys)

            loader = self._loaders[name] = DataLoader(batch)
        return await loader.load(key)

    def _loader(
        self,
        connection: Connection,
        ask: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]],
        turn: int,
    ) -> DataLoader[Any, Any]:

        async def batch(keys: list[Any]) -> list[Any]:
            self._keep_batch()
            answers: list[Any] = []
            for start in range(0, len(keys), turn):
                part = keys[start : start + turn]
                answers += await self._turn(connection, ask, part)
                if isinstance(answers[-1], Unavailable):
                    # A system that does not answer is not asked again and again for the rest.
                    answers += [answers[-1]] * (len(keys) - len(answers))
                    break
            return answers

        return DataLoader(batch, max_batch_size=connection.spec.limits.max_batch)

    async def _turn(
        self,
        connection: Connection,
        ask: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]],
        keys: list[Any],
    ) -> list[Any]:
        try:
            answers, latency = await self.call(connection, lambda: ask(keys))
        except SantongError as exc:
            return [exc] * len(keys)
        if len(answers) != len(keys):
            wrong = Garbled("the connector did not answer every key", source=connection.name)
            return [wrong] * len(keys)
        return [Loaded(answer, latency) for answer in answers]
