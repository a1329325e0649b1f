"""Pages of a feed in batches worth a transaction, the next ones made while one is taken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any, Final, TypeVar

from msgspec import Struct

from capabilities.feed import FeedPage, FeedRow

T = TypeVar("T")

# Read ahead, so that the source and the store work at the same time.
_AHEAD = 2
_END: Final = object()


class Batch(Struct, frozen=True):
    """Rows by their keys, each as it came last, and the last of the pages that they came with.

    `read_at` is when the source was asked for the first of the pages.
    """

    rows: dict[str, FeedRow[Any]]
    removed: tuple[str, ...]
    read: int
    page: FeedPage[Any]
    read_at: datetime


class _Asked(Struct, frozen=True):
    page: FeedPage[Any]
    at: datetime


async def batches(
    pages: AsyncIterator[FeedPage[Any]], most: int, now: Callable[[], datetime]
) -> AsyncIterator[Batch]:
    """Batches of about `most` rows, in order; an error of the source comes behind what it gave."""
    async with aclosing(ahead(_asked(pages, now), _AHEAD)) as reading:  # type: ignore[type-var]
        async for batch in _gathered(reading, most):
            yield batch


async def _asked(
    pages: AsyncIterator[FeedPage[Any]], now: Callable[[], datetime]
) -> AsyncIterator[_Asked]:
    async with aclosing(pages) as reading:  # type: ignore[type-var]
        at = now()
        async for page in reading:
            yield _Asked(page, at)
            at = now()


async def ahead(source: AsyncIterator[T], most: int) -> AsyncIterator[T]:
    """What a source gives, asked for so many before they are wanted; its error in its place."""
    queue: asyncio.Queue[T | Exception | object] = asyncio.Queue(most)
    reading = asyncio.create_task(_read(source, queue))
    try:
        while (told := await queue.get()) is not _END:
            if isinstance(told, Exception):
                raise told
            yield told  # type: ignore[misc]
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(source: AsyncIterator[T], queue: "asyncio.Queue[T | Exception | object]") -> None:
    try:
        async with aclosing(source) as reading:  # type: ignore[type-var]
            async for one in reading:
                await queue.put(one)
    except Exception as exc:  # noqa: BLE001 - it is raised where the source is read
        await queue.put(exc)
    else:
        await queue.put(_END)


async def _gathered(pages: AsyncIterator[_Asked], most: int) -> AsyncIterator[Batch]:
    open_: _Open | None = None
    try:
        async for asked in pages:
            open_ = open_ or _Open(asked.at)
            open_.add(asked.page)
            if asked.page.done or open_.read >= most:
                yield open_.batch(asked.page)
                open_ = None
    except Exception:
        if open_ is not None and open_.last is not None:
            yield open_.batch(open_.last)
        raise


class _Open:
    """A batch that more pages may still come to."""

    def __init__(self, read_at: datetime) -> None:
        self.read = 0
        self._read_at = read_at
        self.last: FeedPage[Any] | None = None
        self._rows: dict[str, FeedRow[Any]] = {}
        self._removed: dict[str, None] = {}

    def add(self, page: FeedPage[Any]) -> None:
        """A row that came before is as it came last; so is one that was said to be gone."""
        self.last = page
        self.read += len(page.rows)
        for row in page.rows:
            self._rows.pop(row.key, None)
            self._removed.pop(row.key, None)
            self._rows[row.key] = row
        for key in page.removed:
            self._rows.pop(key, None)
            self._removed[key] = None

    def batch(self, last: FeedPage[Any]) -> Batch:
        """What came so far."""
        return Batch(self._rows, tuple(self._removed), self.read, last, self._read_at)
