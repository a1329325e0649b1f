"""Pages become batches, the next ones made ahead; errors and ends come in their place."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from capabilities.errors import Unavailable
from capabilities.feed import FeedPage, FeedRow
from work.batches import ahead, batches


def row(key, digest=b"1"):
    return FeedRow(key, digest, lambda: key)


def page(*rows, done=False, removed=()):
    return FeedPage(rows=rows, position="p", done=done, removed=removed)


NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


async def source(*given):
    for one in given:
        if isinstance(one, Exception):
            raise one
        yield one


async def gathered(*given, most=2):
    return [one async for one in batches(source(*given), most, lambda: NOON)]


async def test_pages_are_gathered_until_a_batch_is_worth_a_transaction():
    told = await gathered(page(row("a")), page(row("b")), page(row("c")), page(done=True))
    assert [list(one.rows) for one in told] == [["a", "b"], ["c"]]
    assert [one.read for one in told] == [2, 1]
    assert told[-1].page.done


async def test_a_row_stands_as_it_came_last_also_when_it_went_and_came_back():
    (one,) = await gathered(
        page(row("a"), row("b")),
        page(row("a", b"2"), removed=("b", "c")),
        page(row("c"), done=True),
        most=9,
    )
    assert {key: found.digest for key, found in one.rows.items()} == {"a": b"2", "c": b"1"}
    assert one.removed == ("b",)


async def test_what_came_before_an_error_is_a_batch_and_the_error_follows():
    reading = batches(source(page(row("a")), Unavailable("x", source="s")), 5, lambda: NOON)
    assert list((await anext(reading)).rows) == ["a"]
    with pytest.raises(Unavailable):
        await anext(reading)


async def test_a_batch_is_as_old_as_the_question_for_its_first_page():
    clock = iter(NOON + timedelta(minutes=one) for one in range(9))
    pages = [page(row(key)) for key in "abc"] + [page(done=True)]
    told = [one async for one in batches(source(*pages), 2, lambda: next(clock))]
    assert [one.read_at for one in told] == [NOON, NOON + timedelta(minutes=2)]


async def test_it_is_read_so_far_ahead_and_no_further():
    made, third = [], asyncio.Event()

    async def making():
        for number in range(9):
            made.append(number)
            if number == 3:
                third.set()
            yield number

    reading = ahead(making(), 2)
    assert await anext(reading) == 0
    await third.wait()
    for _ in range(9):
        await asyncio.sleep(0)
    assert made == [0, 1, 2, 3], "two wait and one is in hand"
    await reading.aclose()


async def test_who_stops_early_leaves_nothing_open():
    closed = asyncio.Event()

    async def making():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    reading = ahead(making(), 1)
    assert await anext(reading) == 1
    await reading.aclose()
    assert closed.is_set()
