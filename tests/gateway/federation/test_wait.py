"""What was asked and is under way: its time is its own, and it ends with whoever waited for it."""

import asyncio

import pytest

from gateway.federation import wait as waiting
from gateway.federation.wait import Wait, give_up


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 0.0

    monkeypatch.setattr(waiting, "perf_counter", lambda: Clock.now)
    return Clock


async def test_who_is_looked_at_late_still_says_how_long_it_took(clock):
    loop = asyncio.get_running_loop()
    quick, slow = loop.create_future(), loop.create_future()
    waits = [Wait(lambda: slow), Wait(lambda: quick)]
    clock.now = 0.002
    quick.set_result("quick")
    await asyncio.sleep(0)
    clock.now = 0.7
    slow.set_result("slow")
    assert [await wait for wait in waits] == ["slow", "quick"]
    assert [wait.latency_ms for wait in waits] == [700, 2]


async def test_coroutines_run_while_another_is_awaited():
    met = asyncio.Barrier(2)
    waits = [Wait(met.wait), Wait(met.wait)]
    async with asyncio.timeout(5):
        assert {await wait for wait in waits} == {0, 1}


async def test_what_fails_as_it_begins_fails_whoever_awaits_it():
    def begin():
        raise KeyError("no")

    wait = Wait(begin)
    with pytest.raises(KeyError):
        await wait
    assert wait.latency_ms == 0


async def test_what_is_under_way_ends_and_what_has_ended_stays():
    ended = asyncio.get_running_loop().create_future()
    ended.set_result("there")
    waits = [Wait(lambda: ended), Wait(asyncio.Event().wait)]
    give_up(waits)
    assert await waits[0] == "there"
    with pytest.raises(asyncio.CancelledError):
        await waits[1]
