"""Places: bounded, with a bounded queue, and callers go before background work."""

import asyncio

import pytest

from capabilities.errors import Limited
from connectors._kit.gate import Gate


def entering(gate, *, background=False):
    return asyncio.ensure_future(gate.enter(background=background))


async def turn():
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_place_is_had_at_once_and_the_next_one_waits():
    gate = Gate("sap", 1)
    await gate.enter()
    second = entering(gate)
    await turn()
    assert not second.done()
    gate.leave()
    await second
    assert gate.inside == 1


async def test_too_many_who_wait_are_refused_at_once():
    gate = Gate("sap", 1)
    waiting = [entering(gate) for _ in range(5)]
    await turn()
    with pytest.raises(Limited):
        await gate.enter()
    for _ in range(5):
        gate.leave()
    await asyncio.gather(*waiting)


async def test_callers_go_first_and_are_never_refused_for_the_background():
    gate = Gate("sap", 1)
    await gate.enter()
    background = [entering(gate, background=True) for _ in range(4)]
    await turn()
    with pytest.raises(Limited):
        await gate.enter(background=True)
    caller = entering(gate)
    await turn()
    gate.leave()
    await caller
    assert not any(one.done() for one in background)
    gate.leave()
    await background[0]
    for one in background[1:]:
        one.cancel()


async def test_the_background_leaves_a_place_to_callers():
    gate = Gate("sap", 4)
    background = [entering(gate, background=True) for _ in range(4)]
    await turn()
    assert [one.done() for one in background] == [True, True, True, False]
    await gate.enter()
    background[3].cancel()


async def test_who_gives_up_gives_back_what_came_at_the_same_moment():
    gate = Gate("sap", 1)
    await gate.enter()
    one, other = entering(gate), entering(gate)
    await turn()
    gate.leave()  # the place is `one`'s now, who does not know it yet
    one.cancel()
    await other
    with pytest.raises(asyncio.CancelledError):
        await one
    assert gate.inside == 1
    gate.leave()
    assert gate.inside == 0


async def test_who_gives_up_while_waiting_is_passed_over():
    gate = Gate("sap", 1)
    await gate.enter()
    one, other = entering(gate), entering(gate)
    await turn()
    one.cancel()
    gate.leave()
    await other
    await turn()
    assert gate.inside == 1
