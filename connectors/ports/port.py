"""What every port has: its connector's sections, limits and observer."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from capabilities.estate import ConnectorSpec
from connectors._kit import Observed, Observer, Within, observed, within
from connectors.manifest import At, CompiledSection
from connectors.ports.wanted import Commander, Reader, Writer

T = TypeVar("T")


class Bound(Struct, frozen=True):
    """A section of the manifest with the client that reads it."""

    compiled: CompiledSection
    reader: Reader
    at: At
    writer: Writer | None = None
    commander: Commander | None = None


class Port:
    """Base of all ports; a connector sets these when it is opened.

    `_feeds` are the sections that say what changed, as they are asked for that.
    """

    spec: ConnectorSpec
    _observer: Observer
    _bound: Mapping[str, Bound]
    _feeds: Mapping[str, Bound]

    def _observed(self, port: str, batch: int) -> Observed:
        """One question, as its observer hears of it."""
        return observed(self._observer, self.spec.name, port, batch)

    def _deadline(self) -> Within:
        """The time that one question has."""
        return within(self.spec.limits.deadline_ms / 1000, self.spec.name)


async def together(calls: Iterable[Coroutine[Any, Any, T]], *, at_once: int) -> list[T]:
    """All of them, in order; when one fails the others end and its error is raised.

    `at_once` is how many run at a time, so that one question never fills its connector's own queue.
    """
    asked = list(calls)
    if len(asked) == 1:  # nearly always; needs no task beside this one
        return [await asked[0]]
    places = asyncio.Semaphore(at_once)

    async def one(call: Coroutine[Any, Any, T]) -> T:
        async with places:
            return await call

    tasks = [asyncio.ensure_future(one(call)) for call in asked]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for call in asked:
            call.close()  # those that never had a place


def chunks(keys: Sequence[T], size: int) -> list[Sequence[T]]:
    """Keys in runs of at most `size`."""
    return [keys[start : start + size] for start in range(0, len(keys), size)]
