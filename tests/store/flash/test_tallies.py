"""What sales answered: of all processes together, in all and by the second."""

import asyncio
import time

from sqlalchemy import text

from capabilities.flash.tally import Answer
from store.flash.tallies import add_answers, read_answers, read_seconds

BRAND = "baiwei"


async def counted(store, counts):
    await store.transaction(lambda run: add_answers(run, BRAND, counts))


async def test_processes_count_together_and_never_cross(store):
    now = int(time.time())
    one = {("s1", Answer.RESERVED, now): 3, ("s2", Answer.SOLD_OUT, now): 1}
    other = {
        ("s2", Answer.SOLD_OUT, now): 4,
        ("s1", Answer.RESERVED, now - 1): 4,
        ("s1", Answer.RESERVED, now): 1,
    }
    await asyncio.gather(*(counted(store, counts) for counts in (one, other) * 5))
    (all_of_it,) = await read_answers(store, BRAND, "s1")
    assert (all_of_it.answer, all_of_it.count) == (Answer.RESERVED, 40)
    seconds = await read_seconds(store, BRAND, "s1", 600)
    assert [int(second.at.timestamp()) for second in seconds] == [now - 1, now]
    assert [one.count for second in seconds for one in second.answers] == [20, 20]


async def test_old_seconds_are_forgotten_and_the_sum_is_not(store):
    now = int(time.time())
    await counted(store, {("s1", Answer.THROTTLED, now - 16 * 60): 2})
    await counted(store, {("s1", Answer.THROTTLED, now): 1})
    (kept,) = await store.rows(text("SELECT count AS many FROM flash_seconds"))
    assert kept.many == 1
    (whole,) = await read_answers(store, BRAND, "s1")
    assert whole.count == 3
