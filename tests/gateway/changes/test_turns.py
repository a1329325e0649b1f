"""Bounded work in turns."""

import asyncio

from gateway.changes.turns import Turns


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_whoever_follows_the_same_as_many_others_keeps_nobody_waiting():
    turns, done, gate = Turns[str](1), [], asyncio.Event()

    async def read(key, name):
        async with turns.turn(key):
            await gate.wait()
            done.append(name)

    crowd = [asyncio.create_task(read("crowded", f"c{number}")) for number in range(5)]
    await settle()
    quiet = asyncio.create_task(read("quiet", "q"))
    await settle()
    gate.set()
    await asyncio.gather(*crowd, quiet)
    assert done.index("q") <= 2
    assert [one for one in done if one != "q"] == [f"c{number}" for number in range(5)]


async def test_so_many_at_a_time():
    turns, now, most = Turns[int](2), 0, 0

    async def read(key):
        nonlocal now, most
        async with turns.turn(key):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await asyncio.gather(*(read(number % 3) for number in range(20)))
    assert most == 2


async def test_who_leaves_the_line_or_its_turn_costs_nobody_a_place():
    turns, gate = Turns[str](1), asyncio.Event()

    async def read(key):
        async with turns.turn(key):
            await gate.wait()

    first, waiting = asyncio.create_task(read("a")), asyncio.create_task(read("b"))
    last = asyncio.create_task(read("c"))
    await settle()
    waiting.cancel()
    first.cancel()  # the place is given on and its new owner leaves in the same moment
    await settle()
    last.cancel()
    await asyncio.gather(first, waiting, last, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(30):
        await asyncio.gather(read("d"), read("e"))
