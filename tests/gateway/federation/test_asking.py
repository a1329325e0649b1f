"""The loads of one request: one call per connector and wave, one outcome per key."""

import asyncio
import gc
import weakref
from types import SimpleNamespace

import pytest

from capabilities.caller import Role, Visibility
from capabilities.errors import BadInput, Garbled, StoreUnavailable, TimedOut, Unavailable
from capabilities.estate import ConnectorSpec, Limits
from connectors.connector import Turn
from gateway.federation.asking import Request
from gateway.federation.estate import Connection

SEES = Visibility(role=Role.OPERATIONS, brand="b")


@pytest.fixture
def request_of():
    return lambda seconds=None: Request(None, SEES, seconds)


@pytest.fixture
def opened():
    def of(turn, **limits):
        spec = ConnectorSpec(name="erp", system="any", limits=Limits(**limits))
        return Connection(spec, SimpleNamespace(turn=lambda _: turn, one_credential=True))

    return of


@pytest.fixture
def connection(opened):
    return opened(Turn(3, 3), max_batch=3, deadline_ms=50)


async def test_all_keys_of_a_wave_travel_together_up_to_the_batch(request_of, connection):
    request, calls = request_of(), []

    async def ask(keys):
        calls.append(list(keys))
        return [key.upper() for key in keys]

    answers = await asyncio.gather(
        *(request.load(connection, "names", ask, key) for key in "abcdba")
    )
    assert [one.value for one in answers] == list("ABCDBA")
    assert calls == [["a", "b", "c"], ["d"]]
    assert (await request.load(connection, "names", ask, "a")).value == "A"
    assert len(calls) == 2


@pytest.mark.parametrize("error", [Unavailable("down"), Garbled("odd")])
async def test_a_failed_call_fails_each_of_its_keys_and_nothing_else(request_of, connection, error):
    request = request_of()

    async def ask(keys):
        if "a" in keys:
            raise error
        return keys

    found = await asyncio.gather(
        *(request.load(connection, "x", ask, key) for key in "abcd"), return_exceptions=True
    )
    assert [type(one) for one in found[:3]] == [type(error)] * 3
    assert found[3].value == "d"


async def test_an_answer_of_another_length_is_garbled(request_of, connection):
    async def ask(keys):
        return keys[1:]

    with pytest.raises(Garbled, match="did not answer every key"):
        await request_of().load(connection, "x", ask, "a")


@pytest.mark.parametrize(("client", "words"), [(None, "5[0-9] ms"), (0.01, "(9|10) ms")])
async def test_the_shorter_of_both_deadlines_holds(request_of, connection, client, words):
    async def ask(keys):
        await asyncio.Event().wait()

    with pytest.raises(TimedOut, match=words):
        await request_of(client).load(connection, "x", ask, "a")


async def test_a_store_that_is_away_fails_each_key(request_of):
    async def ask(keys):
        raise StoreUnavailable("away")

    request = request_of()
    found = await asyncio.gather(
        *(request.load_with("x", ask, key) for key in "ab"), return_exceptions=True
    )
    assert [type(one) for one in found] == [StoreUnavailable] * 2


async def test_a_batch_larger_than_a_turn_is_asked_turn_by_turn(request_of, connection):
    connection.connector.turn = lambda _: Turn(2, 2)
    request, calls = request_of(), []

    async def ask(keys):
        calls.append(list(keys))
        return keys

    answers = await asyncio.gather(*(request.load(connection, "x", ask, key) for key in "abc"))
    assert [one.value for one in answers] == ["a", "b", "c"]
    assert calls == [["a", "b"], ["c"]]


async def test_a_system_that_is_down_is_not_asked_for_the_rest_of_a_batch(request_of, opened):
    connection = opened(Turn(1, 1), max_concurrent=1)
    request, calls = request_of(), []

    async def ask(keys):
        calls.append(list(keys))
        raise Unavailable("down")

    found = await asyncio.gather(
        *(request.load(connection, "x", ask, key) for key in "abc"), return_exceptions=True
    )
    assert [type(one) for one in found] == [Unavailable] * 3
    assert calls == [["a"]]


async def test_a_request_may_ask_so_many_questions_and_no_more(connection):
    request = Request(None, SEES, max_calls=2)

    async def ask(keys):
        return keys

    for key in "ab":
        assert (await request.load(connection, "x", ask, key)).value == key
    with pytest.raises(BadInput) as told:
        await request.load(connection, "x", ask, "c")
    assert told.value.code == "QUERY_TOO_EXPENSIVE"


async def test_an_abandoned_request_asks_no_further(request_of, connection):
    request, begun, ended = request_of(), asyncio.Event(), asyncio.Event()

    async def ask(keys):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return keys

    waiting = request.load(connection, "x", ask, "a")
    await begun.wait()
    request.abandon()
    await asyncio.wait_for(ended.wait(), timeout=5)
    assert waiting.cancelled()


class Rows:
    """An answer that can be watched."""


@pytest.mark.parametrize("error", [None, Unavailable("down")])
async def test_a_request_that_is_over_keeps_none_of_its_rows(request_of, connection, error):
    watched = []

    async def ask(keys):
        if error is not None and "bad" in keys:
            raise error
        rows = [Rows() for _ in keys]
        watched.extend(map(weakref.ref, rows))
        return rows

    async def answer(request):
        await request.load_with("stored", ask, "a")
        await request.load(connection, "names", ask, "a")
        await asyncio.gather(request.load(connection, "names", ask, "bad"), return_exceptions=True)

    gc.disable()
    try:
        request = request_of(5)
        await answer(request)
        request.abandon()
        del request
        await asyncio.sleep(0)
        assert [one() for one in watched] == [None] * len(watched)
    finally:
        gc.enable()
    assert len(watched) == (3 if error is None else 2)
