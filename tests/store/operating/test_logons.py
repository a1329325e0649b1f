"""Logons: one process tries at a time, one failure stops all, a person resumes."""

import asyncio
import contextlib

import pytest

from capabilities.errors import Denied
from connectors._kit.logon import LATCHED, LogonLatch
from store.engine import Store
from store.operating.logons import Logons


@pytest.fixture
async def processes(database):
    """Makes what one process has: logons that follow the others, and a latch of `sap`."""
    async with contextlib.AsyncExitStack() as opened:

        async def process():
            store = Store.open(database)
            opened.push_async_callback(store.aclose)
            logons = await opened.enter_async_context(Logons(store, "baiwei", poll_seconds=0.05))
            return logons, LogonLatch("sap", logons)

        yield process


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.01)


async def logged_on(latch, tries, *, fails):
    """One call that the system answers a while later."""
    async with latch.passing():
        tries.append(latch)
        await asyncio.sleep(0.05)
        latch.trip() if fails else latch.prove()


async def test_many_processes_with_a_wrong_password_try_once(processes):
    latches = [(await processes())[1] for _ in range(4)]
    tries = []
    calls = [logged_on(latch, tries, fails=True) for latch in latches for _ in range(3)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert len(tries) == 1
    denied = [one for one in outcomes if one is not None]
    assert len(denied) == 11
    assert {(type(one), one.code) for one in denied} == {(Denied, LATCHED)}


async def test_with_the_right_password_all_get_on(processes):
    latches = [(await processes())[1] for _ in range(4)]
    tries = []
    await asyncio.gather(*(logged_on(latch, tries, fails=False) for latch in latches))
    assert len(tries) == 4
    assert all(latch.proven for latch in latches)


async def test_a_failure_reaches_those_who_were_logged_on_and_a_resumption_all(processes):
    (_, one), (other_logons, other) = await processes(), await processes()
    for latch in (one, other):
        await logged_on(latch, [], fails=False)
    one.trip()
    await until(lambda: other.latched)
    (state,) = await other_logons.states()
    assert state.latched_at is not None
    assert await other_logons.resume("sap", by="ada")
    await until(lambda: not one.latched and not other.latched)
    assert not one.proven
    (state,) = await other_logons.states()
    assert (state.latched_at, state.resumes, state.resumed_by) == (None, 1, "ada")


async def test_a_process_that_starts_later_finds_the_latch(processes):
    _, first = await processes()
    await logged_on(first, [], fails=True)
    logons, _ = await processes()
    await until(lambda: logons._states)
    late = LogonLatch("sap", logons)
    assert late.latched


async def test_a_resumption_in_between_outlives_an_older_failure(processes):
    (logons, latch), (other, _) = await processes(), await processes()
    await logged_on(latch, [], fails=True)
    await other.resume("sap", by="ada")
    # a failure of the credential from before, written down late
    logons._unwritten["sap"] = 0
    await logons._write("sap")
    (state,) = await other.states()
    assert state.latched_at is None


async def test_who_dies_while_trying_holds_nobody_up_for_ever(processes):
    (logons, latch), (dead, _) = await processes(), await processes()
    await dead.claim("sap", 0.2)
    tries = []
    async with asyncio.timeout(3):
        await logged_on(latch, tries, fails=False)
    assert latch.proven
    assert await logons.states()


async def test_without_the_store_each_process_stands_alone():
    store = Store.open("postgresql://127.0.0.1:1/away")
    async with Logons(store, "baiwei", poll_seconds=0.05) as logons:
        latch, tries = LogonLatch("sap", logons), []
        calls = (logged_on(latch, tries, fails=True) for _ in range(5))
        await asyncio.gather(*calls, return_exceptions=True)
        assert len(tries) == 1
        again = LogonLatch("sap", logons)  # the connector was opened anew: it stays latched
        assert again.latched
    await store.aclose()


async def test_a_failure_without_the_store_is_written_when_it_is_back(processes, database):
    logons, latch = await processes()
    real, logons._store = logons._store, Store.open("postgresql://127.0.0.1:1/away")
    await logged_on(latch, [], fails=True)
    await logons._store.aclose()
    logons._store = real
    other, _ = await processes()
    await until(lambda: "sap" in other._states and other._states["sap"].latched_at is not None)
