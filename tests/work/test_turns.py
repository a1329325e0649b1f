"""What comes by the clock is worked off while more passes than may run at once take hours."""

import asyncio
import secrets

from work.jobs import add_jobs, add_streams
from work.queue import defer_once, open_queue, prepare
from work.run import work_off
from work.turns import Turns

AT_ONCE = 2


class Long:
    """Passes and scans that last until they are `over`."""

    def __init__(self):
        self.begun, self.over = asyncio.Semaphore(0), asyncio.Event()
        self.running, self.most = 0, 0

    def names(self):
        return ()

    async def due(self, now):
        del now
        return ()

    async def scan(self, connector):
        await self.run(connector, "files")

    async def run(self, connector, kind):
        del connector, kind
        self.running += 1
        self.most = max(self.most, self.running)
        self.begun.release()
        await self.over.wait()
        self.running -= 1


async def test_chores_wait_behind_no_pass(postgres):
    database = postgres.create_database(f"turns_{secrets.token_hex(4)}")
    prepare(database)
    queue, long, done, turns = open_queue(database), Long(), asyncio.Event(), Turns(AT_ONCE)
    add_jobs(queue, long, turns, 1)
    add_streams(queue, long, turns, 1)

    @queue.task(name="chore")
    async def chore():
        done.set()

    async with queue.open_async():
        for number in range(6):
            await defer_once(queue.tasks["sync_orders"], f"shop{number}")
            await defer_once(queue.tasks["scan_files"], f"till{number}")
        working = asyncio.create_task(work_off(queue))
        async with asyncio.timeout(60):
            for _ in range(AT_ONCE):
                await long.begun.acquire()
            await chore.defer_async()
            await done.wait()
        turns.end()
        long.over.set()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert long.most == AT_ONCE


async def test_who_waits_at_the_end_gets_no_turn():
    turns, begun, over = Turns(1), asyncio.Event(), asyncio.Event()
    got = []

    async def one():
        async with turns.one() as mine:
            got.append(mine)
            begun.set()
            await over.wait()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(one())
        await begun.wait()
        turns.end()
        over.set()
    assert got == [True, False, False]
