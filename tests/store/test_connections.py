"""Connections are so many and no more, and none is lost, whoever is cancelled and whenever."""

import asyncio
import random
import time

import msgspec
import psycopg
import pytest

from store import connections as module
from store.address import driver_url
from store.connections import Connections


@pytest.fixture
def open_to(database):
    opened = []

    def open_them(most, url=database):
        opened.append(Connections(driver_url(url), most))
        return opened[-1]

    yield open_them
    for one in opened:
        one.cut()


async def _pid(connections):
    async with connections.one() as one:
        return one.info.backend_pid


async def _all_at_once(connections, many):
    """Who gets a connection while nobody gives one back, of so many who want one."""
    let_go, got = asyncio.Event(), []

    async def take():
        async with connections.one() as one:
            got.append(one.info.backend_pid)
            await let_go.wait()

    tasks = [asyncio.create_task(take()) for _ in range(many)]
    async with asyncio.timeout(30):
        while len(got) < min(many, connections.most):  # noqa: ASYNC110  # a server is waited for
            await asyncio.sleep(0.001)
    before = sorted(got)
    let_go.set()
    await asyncio.gather(*tasks)
    return before


async def test_there_are_so_many_and_no_more(open_to):
    connections = open_to(3)
    first = await _all_at_once(connections, 8)
    assert len(set(first)) == 3
    assert await _all_at_once(connections, 3) == first


async def test_one_is_used_again(open_to):
    connections = open_to(3)
    assert len({await _pid(connections) for _ in range(5)}) == 1


async def test_what_was_left_in_a_transaction_is_never_seen_again(open_to):
    connections = open_to(1)
    async with connections.one() as one:
        first = one.info.backend_pid
        await one.execute("BEGIN")
    assert one.closed
    assert await _pid(connections) != first


async def test_what_was_cut_is_not_used_again_and_the_place_is(open_to):
    connections = open_to(1)
    async with connections.one() as out:
        connections.cut()
        assert (await (await out.execute("SELECT 1")).fetchone())[0] == 1
    assert out.closed
    async with connections.one() as resting:
        pass
    connections.cut()
    assert resting.closed
    assert await _pid(connections) > 0


async def test_an_old_one_is_made_anew(open_to, monkeypatch):
    connections = open_to(1)
    first = await _pid(connections)
    now = time.monotonic() + module._KEPT_SECONDS + 1
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    assert await _pid(connections) != first


async def _closed_by_its_server(database, pid):
    """A connection that rests is closed at the other end, as a server or a pooler does."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as other:
        await other.execute("SELECT pg_terminate_backend(%s, 30000)", (pid,))


async def test_what_was_closed_while_it_rested_is_never_seen_again(open_to, database):
    connections = open_to(2)
    for pid in await _all_at_once(connections, 2):
        await _closed_by_its_server(database, pid)
    async with connections.one() as one:
        assert (await (await one.execute("SELECT 1")).fetchone())[0] == 1


async def test_what_is_too_old_does_not_rest_below_those_that_are_used(open_to):
    connections = open_to(2)
    async with connections.one() as newer:
        async with connections.one() as old:
            pass
        assert not old.closed
    now = time.monotonic()
    below, above = connections._resting
    connections._resting[0] = msgspec.structs.replace(below, until=now - 1)
    assert (below.connection, above.connection) == (old, newer)
    assert await _pid(connections) == newer.info.backend_pid
    assert old.closed


async def test_what_one_prepared_is_known_to_no_other_by_its_name(open_to):
    connections, names = open_to(2), "SELECT name FROM pg_prepared_statements"
    async with connections.one() as one, connections.one() as other:
        for each in (one, other):
            for _ in range(module._PREPARED_AFTER + 2):
                await each.execute("SELECT 1 + %s", (1,))
        found = [{row[0] async for row in await each.execute(names)} for each in (one, other)]
    assert all(found)
    assert not found[0] & found[1]


async def test_who_cannot_connect_hears_why_and_leaves_her_place(open_to, tmp_path):
    connections = open_to(1, f"postgresql://santong@/none?host={tmp_path}")
    for _ in range(3):
        with pytest.raises(psycopg.OperationalError, match="No such file"):
            async with connections.one():
                pass


@pytest.mark.parametrize("seed", range(3))
async def test_none_is_lost_and_none_is_poisoned_whoever_is_cancelled(open_to, seed):
    """Before there is a place, while one is made, in a statement, in a transaction, at its end."""
    connections, drawn = open_to(3), random.Random(seed)  # noqa: S311

    async def work(number):
        async with connections.one() as one:
            if number % 2:
                async with one.transaction():
                    await one.execute("SELECT set_config('santong.dirt', 'x', true)")
                    await asyncio.sleep(0)
            said = await one.execute("SELECT current_setting('santong.dirt', true)")
            assert (await said.fetchone())[0] in (None, "")

    for _ in range(12):
        tasks = [asyncio.create_task(work(number)) for number in range(12)]
        for _ in range(drawn.randrange(40)):
            await asyncio.sleep(0)
        for task in drawn.sample(tasks, 8):
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(one) for one in done} <= {type(None), asyncio.CancelledError}
    assert len(set(await _all_at_once(connections, 5))) == 3
