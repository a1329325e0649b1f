"""One call for all who ask the same at the same time, in one process and over many."""

import asyncio
import contextvars
import multiprocessing
import time
from contextlib import ExitStack

from cache import Fetched
from cache.shelf import Shelf
from capabilities.errors import BadInput, TimedOut, Unavailable
from capabilities.estate import Capability
from gateway.embedded import EmbeddedValkey
from tests.cache.conftest import Process, Source, until
from tests.cache.test_entity_cache import member, values

_who = contextvars.ContextVar("who", default="nobody")


async def test_a_thousand_misses_make_one_call(processes):
    process = await processes()
    source = Source({"1": member("1")})
    answers = process.of()
    source.gate.clear()
    loads = [asyncio.create_task(answers.load(["1"], source.fetch)) for _ in range(1000)]
    await until(lambda: source.asked)
    source.gate.set()
    assert all(values(one) == [member("1")] for one in await asyncio.gather(*loads))
    await process.settled()
    assert source.asked == [["1"]]
    assert process.cache.counts["woo", Capability.MEMBER].coalesced == 999


async def test_the_moment_of_expiry_makes_one_call(processes, clock):
    many = [await processes(follow=True) for _ in range(3)]
    source = Source({"1": member("1")})
    shelves = [process.of() for process in many]
    await shelves[0].load(["1"], source.fetch)
    await many[0].settled()
    clock.now += 31  # in the window where the old answer is given meanwhile
    source.gate.clear()
    loads = (one.load(["1"], source.fetch) for one in shelves for _ in range(300))
    served = [one for (one,) in await asyncio.gather(*loads)]
    assert all(one.stale and one.value == member("1") for one in served)
    await until(lambda: len(source.asked) == 2)
    source.gate.set()
    for process in many:
        await process.settled()
    assert len(source.asked) == 2


async def test_processes_together_make_one_call(processes):
    many = [await processes() for _ in range(5)]
    source = Source({"1": member("1"), "2": member("2")})
    source.gate.clear()
    loads = [
        asyncio.create_task(process.of().load(keys, source.fetch))
        for process in many
        for keys in (["1"], ["2", "1"], ["none"])
    ]
    await until(lambda: sum(map(len, source.asked)) >= 3)
    source.gate.set()
    await asyncio.gather(*loads)
    assert sorted(key for keys in source.asked for key in keys) == ["1", "2", "none"]


async def test_a_failure_reaches_all_and_the_next_asks_again(processes):
    many = [await processes(), await processes()]
    source = Source()
    source.error = Unavailable("away", source="woo")
    source.gate.clear()
    loads = [
        asyncio.create_task(answers.load(["1"], source.fetch))
        for answers in (many[0].of(), many[1].of())
        for _ in range(50)
    ]
    await until(lambda: source.asked)
    source.gate.set()
    assert {one.code for (one,) in await asyncio.gather(*loads)} == {"UPSTREAM_UNAVAILABLE"}
    assert len(source.asked) <= 2 * 50
    source.error, source.answers = None, {"1": member("1")}
    assert values(await many[0].of().load(["1"], source.fetch)) == [member("1")]


async def test_an_odd_key_of_one_caller_is_not_the_error_of_who_joined_its_call(processes):
    answers, source = (await processes()).of(), Source({"1": member("1")})
    source.gate.clear()

    async def fetch(keys):
        found = await source.fetch(keys)
        if "odd" in keys:
            raise BadInput("odd")
        return found

    theirs = asyncio.create_task(answers.load(["1", "odd"], fetch))
    await until(lambda: source.asked)
    joined = [asyncio.create_task(answers.load(["1"], fetch)) for _ in range(3)]
    odd = asyncio.create_task(answers.load(["odd"], fetch))
    await until(lambda: answers._counts.coalesced == 4)
    source.gate.set()
    assert {one.code for one in (*await theirs, *await odd)} == {"BAD_USER_INPUT"}
    assert [values(one) for one in await asyncio.gather(*joined)] == [[member("1")]] * 3
    assert len(source.asked) <= 3


async def test_who_leaves_takes_nobody_along(processes):
    process = await processes()
    source = Source({"1": member("1"), "2": member("2")})
    answers = process.of()
    source.gate.clear()
    loads = [asyncio.create_task(answers.load(["1", "2"], source.fetch)) for _ in range(100)]
    await until(lambda: source.asked)
    for load in loads[:50]:
        load.cancel()
    source.gate.set()
    done = await asyncio.gather(*loads, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in done[:50])
    assert all(values(one) == [member("1"), member("2")] for one in done[50:])
    assert source.asked == [["1", "2"]]
    assert source.cancelled == 0


async def test_when_all_have_left_the_call_ends_and_its_lock_is_gone(processes):
    process, other = await processes(), await processes()
    source = Source({"1": member("1")})
    answers = process.of(seconds=60)
    source.gate.clear()
    loads = [asyncio.create_task(answers.load(["1"], source.fetch)) for _ in range(3)]
    await until(lambda: source.asked)
    for load in loads:
        load.cancel()
    await asyncio.gather(*loads, return_exceptions=True)
    await process.settled()
    assert source.cancelled == 1
    source.gate.set()
    async with asyncio.timeout(5):
        assert values(await other.of(seconds=60).load(["1"], source.fetch)) == [member("1")]


async def test_a_fetch_knows_nothing_of_who_asked_first(processes):
    process = await processes()
    seen = []

    async def fetch(keys):
        seen.append(_who.get())
        return [Fetched(None, 1) for _ in keys]

    _who.set("first caller")
    await process.of().load(["1"], fetch)
    await process.of("orders").load(["1"], fetch, live=True)
    assert seen == ["nobody", "nobody"]


async def test_a_defect_answers_everybody(processes, caplog):
    process = await processes()

    async def fetch(keys):
        raise ZeroDivisionError

    answers = process.of()
    loads = (answers.load(["1"], fetch) for _ in range(10))
    for (one,) in await asyncio.gather(*loads):
        assert one.code == "UPSTREAM_ERROR"
    await process.settled()
    assert "defect of the cache" in caplog.text


async def test_a_holder_that_died_costs_its_lock_at_most(processes):
    process, dead = await processes(), await processes()
    source = Source({"1": member("1")})
    held = dead.of(seconds=0.4)
    known, _ = await held._shelf.look(["1"])
    assert await held._shelf.claim(["1"], known) == (["1"], {})
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert values(await process.of(seconds=0.4).load(["1"], source.fetch)) == [member("1")]
    assert 0.2 < loop.time() - began < 5


async def test_who_waits_for_another_process_waits_no_longer_than_he_can(processes):
    process, other = await processes(), await processes()
    held = other.of(seconds=30)
    known, _ = await held._shelf.look(["1"])
    await held._shelf.claim(["1"], known)
    source = Source({"1": member("1")})
    (late,) = await process.of(seconds=30).load(["1"], source.fetch, seconds=0.1)
    assert isinstance(late, TimedOut)
    assert source.asked == []


def _one_process(url, calls, ready, go):
    async def fetch(keys):
        with calls.get_lock():
            calls.value += len(keys)
        await asyncio.sleep(0.1)  # as a system that takes its time
        return [Fetched(member(key), 100) for key in keys]

    async def main():
        process = Process(url, "many", time.time)
        answers = process.of()
        await process.near.ping()
        ready.release()
        go.wait()
        served = await asyncio.gather(*(answers.load(["1"], fetch) for _ in range(250)))
        assert all(values(one) == [member("1")] for one in served)
        await process.settled()
        await process.near.aclose()

    asyncio.run(main())


def test_four_real_processes_make_one_call(tmp_path):
    context = multiprocessing.get_context("spawn")
    calls, ready, go = context.Value("i", 0), context.Semaphore(0), context.Event()
    with EmbeddedValkey.start(tmp_path) as server, ExitStack() as ending:
        children = [
            context.Process(target=_one_process, args=(server.url, calls, ready, go))
            for _ in range(4)
        ]
        for child in children:
            child.start()
            ending.callback(child.kill)
        for _ in children:
            assert ready.acquire(timeout=60)
        go.set()
        for child in children:
            child.join(60)
            assert child.exitcode == 0
    assert calls.value == 1


async def test_who_leaves_while_a_lock_is_taken_leaves_no_lock(processes, monkeypatch):
    claim, claimed = Shelf.claim, asyncio.Event()

    async def slow(self, keys, known):
        answer = await claim(self, keys, known)
        claimed.set()
        await asyncio.sleep(0.01)
        return answer

    monkeypatch.setattr(Shelf, "claim", slow)
    process, source = await processes(), Source({"1": member("1")})
    answering = process.of(seconds=30.0)
    leaving = asyncio.create_task(answering.load(["1"], source.fetch))
    await claimed.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    async with asyncio.timeout(10):
        found = await answering.load(["1"], source.fetch)
    assert values(found) == [member("1")]
