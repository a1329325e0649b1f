"""Readers are woken across processes; where nobody wakes them they wait no longer than before."""

import asyncio
from contextlib import asynccontextmanager

from cache.connection import Near
from cache.waking import Waking

AWAY = "redis://127.0.0.1:1/0"
FOR_EVER = 10_000.0


@asynccontextmanager
async def process(url, *, hears=True):
    near = Near(url)
    try:
        async with Waking(near, "baiwei", hears=hears) as waking:
            yield waking
    finally:
        await near.aclose()


async def woken(waking):
    async with asyncio.timeout(30):
        await waking.wait(FOR_EVER)


async def test_who_waits_is_woken_by_another_process(redis_url):
    async with process(redis_url, hears=False) as teller, process(redis_url) as reader:
        await woken(reader)  # it hears from now on: what was told before is looked for
        for _ in range(3):
            teller.tell()
            await woken(reader)


async def test_where_redis_is_away_the_reader_looks_when_it_would_anyway():
    async with process(AWAY) as reader:
        reader.tell()
        async with asyncio.timeout(30):
            await reader.wait(0.01)
