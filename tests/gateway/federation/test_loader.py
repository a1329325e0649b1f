"""Loads across requests: one call for many callers, and nobody's fate is another's."""

import asyncio
import contextvars
import logging
import time
from types import SimpleNamespace

import pytest
import structlog

from capabilities.caller import Role, Visibility
from capabilities.errors import (
    BadInput,
    Denied,
    Garbled,
    Overloaded,
    StoreUnavailable,
    TimedOut,
    Unavailable,
)
from capabilities.estate import ConnectorSpec, Limits
from connectors.connector import Turn
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.loader import loaders_of_store

SEES = Visibility(role=Role.OPERATIONS, brand="b")
WHOSE = contextvars.ContextVar("whose", default=None)


class System:
    """A system that answers when it is told to, and remembers what it was asked."""

    def __init__(self):
        self.calls, self.running, self.most = [], 0, 0
        self.held = asyncio.Event()
        self.held.set()
        self.cancelled = 0

    async def ask(self, keys):
        self.calls.append(list(keys))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.held.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return [f"{key}!" for key in keys]


@pytest.fixture
def system():
    return System()


@pytest.fixture
def connected():
    def of(keys=10, each=10, *, shared=True, one_credential=True, **limits):
        spec = ConnectorSpec(name="erp", system="any", limits=Limits(**limits))
        turn = Turn(keys, each, shared)
        return Connection(spec, SimpleNamespace(turn=lambda _: turn, one_credential=one_credential))

    return of


def request(seconds=None, **more):
    return Request(None, SEES, seconds, **more)


async def turns(count=5):
    """Let everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - whatever the condition is
            await asyncio.sleep(0)


def values(loads):
    return [load.result().value for load in loads]


async def test_keys_of_all_requests_travel_together_each_once(connected, system):
    connection = connected()
    first, second = request(), request()
    loads = [first.load(connection, "x", system.ask, key) for key in "abc"]
    loads += [second.load(connection, "x", system.ask, key) for key in "bcd"]
    await asyncio.gather(*loads)
    assert [sorted(keys) for keys in system.calls] == [list("abcd")]
    assert values(loads) == ["a!", "b!", "c!", "b!", "c!", "d!"]
    assert connection.figures.calls == 1
    assert not connection.loaders


@pytest.mark.parametrize(
    "unshared",
    [{"shared": False}, {"one_credential": False}, {"share_batches": False}],
    ids=["a list that is one walk", "a credential per caller", "the operator says no"],
)
async def test_what_is_not_shared_is_asked_by_each_request(connected, system, unshared):
    connection = connected(**unshared)
    loads = [request().load(connection, "x", system.ask, "a") for _ in range(2)]
    await asyncio.gather(*loads)
    assert system.calls == [["a"], ["a"]]


async def test_other_questions_are_other_calls(connected, system):
    connection, one = connected(), request()
    loads = [one.load(connection, name, system.ask, "a") for name in ("x", ("x", 1), ("x", 2))]
    await asyncio.gather(*loads)
    assert system.calls == [["a"]] * 3


async def test_an_answer_is_never_older_than_its_question(connected, system):
    connection = connected()
    system.held.clear()
    early = request().load(connection, "x", system.ask, "a")
    await until(lambda: system.running == 1)
    late = request().load(connection, "x", system.ask, "a")
    system.held.set()
    await asyncio.gather(early, late)
    assert system.calls == [["a"], ["a"]]


async def test_batches_grow_while_calls_are_under_way_but_wait_only_a_moment(connected, system):
    connection = connected()
    system.held.clear()
    loads = []
    for key in "abcdef":
        loads.append(request().load(connection, "x", system.ask, key))
        await turns()
    assert system.calls == [["a"], ["b"]]
    await until(lambda: system.running == 3)
    assert system.calls[2] == ["c", "d", "e", "f"]
    system.held.set()
    await asyncio.gather(*loads)


async def test_no_more_calls_at_once_than_the_system_takes(connected, system):
    connection = connected(2, 1, max_concurrent=4)
    system.held.clear()
    loads = [request().load(connection, "x", system.ask, key) for key in range(12)]
    await turns()
    assert system.calls == [[0, 1], [2, 3]]
    system.held.set()
    await asyncio.gather(*loads)
    assert system.most == 2


async def test_many_keys_of_one_request_do_not_hold_back_the_key_of_another(connected, system):
    connection, one, other = connected(max_concurrent=1), request(), request()
    many = [one.load(connection, "x", system.ask, key) for key in range(500)]
    single = other.load(connection, "x", system.ask, "mine")
    assert (await single).value == "mine!"
    assert len(system.calls) == 1
    await asyncio.gather(*many)
    assert len(system.calls) == 51


async def test_a_late_request_goes_before_the_rest_of_an_early_one(connected, system):
    connection, one = connected(max_concurrent=1), request()
    system.held.clear()
    many = [one.load(connection, "x", system.ask, key) for key in range(100)]
    await until(lambda: system.running == 1)
    late = [request().load(connection, "x", system.ask, f"late {key}") for key in range(3)]
    system.held.set()
    await asyncio.gather(*late)
    assert len(system.calls) <= 3
    await asyncio.gather(*many)


async def test_too_many_waiting_keys_are_refused_at_once(connected, system):
    connection = connected(max_concurrent=1)
    system.held.clear()
    loads = [request().load(connection, "x", system.ask, key) for key in range(1001)]
    with pytest.raises(Overloaded, match="too many keys wait"):
        await loads[-1]
    system.held.set()
    await asyncio.gather(*loads[:-1])


async def test_a_thousand_requests_half_of_them_cancelled_mid_batch(connected, caplog):
    connection = connected(50, 50, max_concurrent=4)
    caplog.set_level(logging.INFO)
    begun, go, seen = asyncio.Event(), asyncio.Event(), []

    async def ask(keys):
        seen.append((WHOSE.get(), dict(structlog.contextvars.get_contextvars())))
        logging.getLogger("upstream").info("asked", extra={"whose": WHOSE.get()})
        begun.set()
        await go.wait()
        return [key * 2 for key in keys]

    async def caller(number):
        WHOSE.set(number)
        structlog.contextvars.bind_contextvars(request_id=number)
        one = request(5)
        try:
            return (await one.load(connection, "x", ask, number)).value, WHOSE.get()
        finally:
            one.abandon()

    tasks = [asyncio.create_task(caller(number)) for number in range(1000)]
    await begun.wait()
    for task in tasks[::2]:
        task.cancel()
    await turns()
    go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in found[::2])
    assert found[1::2] == [(number * 2, number) for number in range(1, 1000, 2)]
    assert seen
    assert all(one == (None, {}) for one in seen)
    assert {record.whose for record in caplog.records if record.name == "upstream"} == {None}
    assert not connection.loaders
    assert connection.figures.in_flight == 0


async def test_a_key_that_nobody_waits_for_is_not_sent(connected, system):
    connection, gone, stays = connected(), request(), request()
    gone.load(connection, "x", system.ask, "a")
    shared = gone.load(connection, "x", system.ask, "b")
    kept = stays.load(connection, "x", system.ask, "b")
    gone.abandon()
    assert (await kept).value == "b!"
    assert shared.cancelled()
    assert system.calls == [["b"]]


async def test_a_call_that_nobody_waits_for_ends(connected, system):
    connection = connected()
    system.held.clear()
    both = [request(), request()]
    loads = [one.load(connection, "x", system.ask, "a") for one in both]
    await until(lambda: system.running == 1)
    both[0].abandon()
    await turns()
    assert system.cancelled == 0
    loads[1].cancel()
    await until(lambda: system.cancelled == 1)
    assert connection.figures.calls == 0
    await until(lambda: not connection.loaders)


async def test_one_of_two_waits_of_a_request_ends_alone(connected, system):
    connection, one = connected(), request()
    first, second = (one.load(connection, "x", system.ask, "a") for _ in range(2))
    first.cancel()
    assert (await second).value == "a!"
    again = one.load(connection, "x", system.ask, "b")
    assert (await again).value == "b!"
    assert one.load(connection, "x", system.ask, "b") is again


async def test_each_caller_has_its_own_deadline(connected, system):
    connection = connected()
    system.held.clear()
    hasty, patient = request(0.05), request(5)
    early, late = (one.load(connection, "x", system.ask, "a") for one in (hasty, patient))
    with pytest.raises(TimedOut, match=r"within (49|50) ms") as told:
        await early
    assert told.value.source == "erp"
    assert system.cancelled == 0
    system.held.set()
    assert (await late).value == "a!"
    assert (connection.figures.calls, connection.figures.errors) == (1, 0)


async def test_the_latency_is_what_the_caller_waited(connected, system):
    connection = connected(1, 1, max_concurrent=1)
    system.held.clear()
    first = request().load(connection, "x", system.ask, "a")
    second = request().load(connection, "x", system.ask, "b")
    began = time.perf_counter()
    asyncio.get_running_loop().call_later(0.03, system.held.set)
    answers = await asyncio.gather(first, second)
    whole = (time.perf_counter() - began) * 1000
    assert all(25 <= one.latency_ms <= whole + 5 for one in answers)


async def test_an_error_of_one_key_is_that_keys_alone(connected):
    async def ask(keys):
        return [Garbled("odd") if key == "b" else key for key in keys]

    store = loaders_of_store()
    both = [request(store=store) for _ in range(2)]
    loads = [one.load_with("x", ask, key) for one, key in zip(both, "ab", strict=True)]
    found = await asyncio.gather(*loads, return_exceptions=True)
    assert found[0] == "a"
    assert isinstance(found[1], Garbled)


@pytest.mark.parametrize("error", [Garbled("odd"), Unavailable("500"), BadInput("odd"), KeyError()])
async def test_an_odd_key_of_one_request_is_nobody_elses_error(connected, error):
    connection, calls = connected(), []

    async def ask(keys):
        calls.append(sorted(keys))
        if "odd" in keys:
            raise error
        return keys

    one, other, third = request(), request(), request()
    theirs = [one.load(connection, "x", ask, key) for key in ("odd", "a")]
    shared = [third.load(connection, "x", ask, key) for key in ("odd", "c")]
    mine = [other.load(connection, "x", ask, key) for key in ("b", "a")]
    found = await asyncio.gather(*theirs, *shared, *mine, return_exceptions=True)
    assert [isinstance(load, Exception) for load in found] == [
        True,
        False,
        True,
        False,
        False,
        False,
    ]
    assert len({id(load) for load in found}) == 6
    assert calls[0] == ["a", "b", "c", "odd"]


@pytest.mark.parametrize("error", [TimedOut("late"), Overloaded("less"), Denied("no")])
async def test_what_a_second_try_would_make_worse_is_not_tried_again(connected, error):
    connection, calls = connected(), []

    async def ask(keys):
        calls.append(keys)
        raise error

    loads = [request().load(connection, "x", ask, key) for key in "ab"]
    found = await asyncio.gather(*loads, return_exceptions=True)
    assert [type(one) for one in found] == [type(error)] * 2
    assert len(calls) == 1


async def test_a_system_that_fails_slowly_delays_nobody_by_the_others_turns(connected):
    """Alone each would have waited for one call; together nobody waits for fifty."""
    connection, calls = connected(100, 100, deadline_ms=40), []

    async def ask(keys):
        calls.append(keys)
        await asyncio.sleep(0.015)
        raise Unavailable("500")

    loads = [request().load(connection, "x", ask, key) for key in range(50)]
    async with asyncio.timeout(0.4):
        found = await asyncio.gather(*loads, return_exceptions=True)
    assert {one.code for one in found} == {"UPSTREAM_UNAVAILABLE"}
    assert len({id(one) for one in found}) == 50
    assert len(calls) <= 4
    assert not connection.loaders


async def test_behind_a_system_that_hangs_nobody_waits_for_the_turns_of_the_others(
    connected, system
):
    """One look-up a key, as by phone in a shop: 200 are 25 rounds, and none is waited for."""
    connection = connected(8, 1, deadline_ms=40, max_concurrent=8)
    system.held.clear()
    loads = [request().load(connection, "x", system.ask, key) for key in range(200)]
    async with asyncio.timeout(0.5):
        found = await asyncio.gather(*loads, return_exceptions=True)
    assert {type(one) for one in found} == {TimedOut}
    assert len({id(one) for one in found}) == 200
    assert len(system.calls) <= 3
    system.held.set()
    assert (await request().load(connection, "x", system.ask, "a")).value == "a!"
    await turns()
    assert not connection.loaders


async def test_a_failed_batch_is_its_waiters_error_alone(connected, system):
    connection = connected(2, 2)

    async def ask(keys):
        if 0 in keys:
            raise TimedOut("late")
        return await system.ask(keys)

    loads = [request().load(connection, "x", ask, key) for key in range(4)]
    found = await asyncio.gather(*loads, return_exceptions=True)
    assert [isinstance(one, TimedOut) for one in found] == [True, True, False, False]


async def test_a_request_pays_for_the_calls_it_would_make_alone(connected, system):
    connection = connected(4, 4, max_concurrent=1)
    crowd = [request().load(connection, "x", system.ask, f"other {key}") for key in range(40)]
    one = request(max_calls=2)
    mine = [one.load(connection, "x", system.ask, key) for key in range(8)]
    await asyncio.gather(*mine, *crowd)
    with pytest.raises(BadInput) as told:
        await one.load(connection, "x", system.ask, "one more")
    assert told.value.code == "QUERY_TOO_EXPENSIVE"


async def test_keys_beyond_what_a_request_may_ask_are_refused_and_no_other(connected, system):
    connection, one = connected(2, 2), request(max_calls=2)
    loads = [one.load(connection, "x", system.ask, key) for key in range(6)]
    found = await asyncio.gather(*loads, return_exceptions=True)
    assert [isinstance(load, BadInput) for load in found] == [False] * 4 + [True] * 2
    assert system.calls == [[0, 1], [2, 3]]


async def test_the_store_is_asked_once_for_all_requests_of_a_brand(system):
    store = loaders_of_store()
    brands = [SimpleNamespace(brand=brand) for brand in ("b", "b", "c")]
    loads = [
        Request(estate, SEES, store=store).load_with("x", system.ask, key)
        for estate, key in zip(brands, "abc", strict=True)
    ]
    assert await asyncio.gather(*loads) == ["a!", "b!", "c!"]
    assert system.calls == [["a", "b"], ["c"]]


async def test_a_store_that_is_away_is_each_waiters_own_error():
    calls = []

    async def ask(keys):
        calls.append(keys)
        raise StoreUnavailable("away")

    store = loaders_of_store()
    loads = [request(store=store).load_with("x", ask, key) for key in "ab"]
    found = await asyncio.gather(*loads, return_exceptions=True)
    assert [one.code for one in found] == ["STORE_UNAVAILABLE"] * 2
    assert len(calls) == 1
    assert found[0] is not found[1]


@pytest.mark.parametrize("patience", range(6))
async def test_who_leaves_at_any_turn_leaves_no_call_behind(connected, system, patience):
    """Also in the one turn in which the call is begun and has not taken a step."""
    connection = connected(max_concurrent=2)
    for _ in range(5):
        gone = request()
        load = gone.load(connection, "names", system.ask, "a")
        await turns(patience)
        gone.abandon()
        await asyncio.gather(load, return_exceptions=True)
    await turns()
    assert not connection.loaders
    async with asyncio.timeout(5):
        assert (await request().load(connection, "names", system.ask, "b")).value == "b!"
