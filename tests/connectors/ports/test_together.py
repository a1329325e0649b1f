"""Several calls of one question: in order, so many at a time, and all ended when one fails."""

import asyncio

import pytest

from connectors.ports.port import together


@pytest.mark.parametrize(("calls", "at_once"), [(20, 4), (3, 8), (1, 1), (0, 0)])
async def test_so_many_run_at_a_time_and_answers_keep_their_order(calls, at_once):
    running, most = 0, 0

    async def call(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(calls - number):  # the later it was asked, the sooner it is done
            await asyncio.sleep(0)
        running -= 1
        return number

    assert await together((call(one) for one in range(calls)), at_once=at_once) == [*range(calls)]
    assert most == min(calls, at_once)


async def test_the_first_failure_ends_the_others_also_those_that_never_ran():
    ended = []

    async def call(number):
        if number == 1:
            raise ValueError(number)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    with pytest.raises(ValueError, match="1"):
        await together((call(one) for one in range(6)), at_once=2)
    assert ended[0] == 0
