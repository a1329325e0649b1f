"""Deadlines nest: the one that ends first ends all, with as few clocks as can be."""

import asyncio
import time

import pytest

from capabilities.errors import TimedOut
from connectors._kit import within


async def hang():
    await asyncio.Event().wait()


@pytest.mark.parametrize(("outer", "inner"), [(0.05, 60), (60, 0.05), (0.05, 0.05)])
async def test_the_first_to_end_ends_all(outer, inner):
    started = time.perf_counter()
    with pytest.raises(TimedOut) as told:
        async with within(outer, "outer"), within(inner, "inner"):
            await hang()
    assert 0.04 < time.perf_counter() - started < 1
    assert told.value.source == ("outer" if outer <= inner else "inner")


async def test_tasks_of_a_block_end_with_it():
    async def inside():
        async with within(60, "inner"):
            await hang()

    with pytest.raises(TimedOut) as told:
        async with within(0.02, "outer"):
            await asyncio.gather(inside(), inside())
    assert told.value.source == "outer"


async def test_after_a_block_a_deadline_counts_again():
    async with within(0.01, "first"):
        pass
    with pytest.raises(TimedOut) as told:
        async with within(0.02, "second"):
            await hang()
    assert told.value.source == "second"


async def test_what_outlives_a_block_has_a_clock_of_its_own():
    over = asyncio.Event()

    async def stray():
        await over.wait()
        async with within(0.02, "stray"):
            await hang()

    async with within(60, "block"):
        task = asyncio.create_task(stray())
        await asyncio.sleep(0)
    over.set()
    with pytest.raises(TimedOut) as told:
        await task
    assert told.value.source == "stray"


async def test_a_cancellation_from_outside_stays_one():
    async def block():
        async with within(60, "block"):
            await hang()

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
