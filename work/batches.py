"""Pages of a feed in batches worth a transaction, the next page read while one is taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from capabilities.feed import FeedPage, FeedRow

# Read ahead, so that the source and the store work at the same time.
_AHEAD = 2


class Batch(Struct, frozen=True):
    """Rows by their keys, each as it came last, and the last of the pages that they came with."""

    rows: dict[str, FeedRow[Any]]
    removed: tuple[str, ...]
    read: int
    page: FeedPage[Any]


async def batches(pages: AsyncIterator[FeedPage[Any]], most: int) -> AsyncIterator[Batch]:
    """Batches of about `most` rows, in order; an error of the source comes behind what it gave."""
    queue: asyncio.Queue[FeedPage[Any] | Exception] = asyncio.Queue(_AHEAD)
    reading = asyncio.create_task(_read(pages, queue))
    try:
        async for batch in _gathered(queue, most):
            yield batch
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(
    pages: AsyncIterator[FeedPage[Any]], queue: "asyncio.Queue[FeedPage[Any] | Exception]"
) -> None:
    try:
        async with aclosing(pages) as reading:  # type: ignore[type-var]
            async for page in reading:
                await queue.put(page)
    except Exception as exc:  # noqa: BLE001 - it is raised where the batches are taken
        await queue.put(exc)


async def _gathered(
    queue: "asyncio.Queue[FeedPage[Any] | Exception]", most: int
) -> AsyncIterator[Batch]:
    done = False
    while not done:
        rows: dict[str, FeedRow[Any]] = {}
        removed: dict[str, None] = {}
        read, page, failed = 0, None, None
        while read < most and not done and failed is None:
            told = await queue.get()
            if isinstance(told, Exception):
                failed = told
                continue
            page, done, read = told, told.done, read + len(told.rows)
            for row in told.rows:
                rows.pop(row.key, None)
                rows[row.key] = row
            removed.update(dict.fromkeys(told.removed))
        if page is not None:
            yield Batch(rows, tuple(removed), read, page)
        if failed is not None:
            raise failed
