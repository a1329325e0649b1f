"""Work for nobody ends, a body that never comes is not awaited, and short work is not looked at."""

import asyncio

import pytest

from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.watch import Watch


class Connection:
    """A client that leaves when it is told to."""

    def __init__(self):
        self.watched = asyncio.Event()
        self.left = asyncio.Event()
        self.watching = 0

    async def receive(self):
        self.watched.set()
        self.watching += 1
        try:
            await self.left.wait()
        finally:
            self.watching -= 1
        return {"type": "http.disconnect"}


def over(client, work, tick=0.0, due=None):
    asked = Asked({"headers": [], "method": "POST", "query_string": b""}, client.receive)
    asked.body_due = due
    return Watch(tick).over(asked, work)


async def _answered(value=1):
    return value


async def test_what_is_ready_is_not_watched():
    client = Connection()
    assert await over(client, _answered(), tick=5) == 1
    assert not client.watched.is_set()


async def test_slow_work_is_watched_and_then_left_alone():
    client = Connection()

    async def work():
        await client.watched.wait()
        return 1

    assert await over(client, work()) == 1
    await asyncio.sleep(0)
    assert client.watching == 0


async def test_work_that_swallows_its_end_leaves_its_task_whole():
    client = Connection()

    async def deaf():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return 1

    asyncio.get_running_loop().call_later(0.01, client.left.set)
    assert await over(client, deaf()) == 1
    assert asyncio.current_task().cancelling() == 0


async def test_work_for_nobody_ends_and_its_task_goes_on():
    client, ended = Connection(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, client.left.set)

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(BadRequest) as told:
        await over(client, work())
    assert told.value.code == "CLIENT_GONE"
    assert ended.is_set()
    # Whatever comes next in this task is not cancelled.
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)


async def test_a_deadline_inside_the_work_stays_a_deadline():

    async def late():
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await over(Connection(), late())


async def test_a_task_that_is_cancelled_is_cancelled():
    client = Connection()
    task = asyncio.create_task(over(client, asyncio.Event().wait()))
    await client.watched.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert client.watching == 0


async def test_an_error_of_the_work_is_its_own():
    async def fails():
        raise KeyError("x")

    with pytest.raises(KeyError):
        await over(Connection(), fails())


async def test_a_body_that_is_overdue_is_not_awaited():
    with pytest.raises(BadRequest) as told:
        await over(Connection(), asyncio.Event().wait(), due=0.0)
    assert (told.value.status, told.value.code) == (408, "BODY_TIMEOUT")
    assert asyncio.current_task().cancelling() == 0


async def test_nobody_looks_for_the_end_while_a_body_comes():
    client = Connection()
    waiting = over(client, asyncio.sleep(0.02), due=float("inf"))
    await waiting
    assert not client.watched.is_set()


async def test_no_timer_is_left_when_nothing_is_under_way():
    watch = Watch(0.001)
    asked = Asked({"headers": [], "method": "GET", "query_string": b""}, Connection().receive)
    for _ in range(3):
        assert await watch.over(asked, _answered()) == 1
    async with asyncio.timeout(5):
        while watch._next is not None:  # noqa: ASYNC110 - one tick
            await asyncio.sleep(0.001)
