"""Threads of a connector: never more than agreed, never waited for, never shared."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from connectors.protocols.sql.lanes import After, Lanes


class Gone(Exception):
    pass


class Wrong(Exception):
    pass


class Wire:
    """A connection as a lane sees it; `hold` keeps its thread until it is cut or let go."""

    made: list["Wire"]

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.thread: int | None = None
        self.waits = threading.Event()
        self.go = threading.Event()
        self.cuttable = True
        self.made.append(self)

    def open(self) -> None:
        self.opened += 1

    def after(self, exc: BaseException) -> After:
        return "again" if isinstance(exc, Gone) else "keep"

    def cut(self) -> None:
        if self.cuttable:
            self.go.set()

    def close(self) -> None:
        self.closed += 1

    def hold(self) -> str:
        self.thread = threading.get_ident()
        self.waits.set()
        assert self.go.wait(20)
        return "late"


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - threads tell nobody else
            await asyncio.sleep(0)


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    Wire.made = []
    lanes = Lanes("till", 2, Wire)
    yield lanes
    for wire in Wire.made:
        wire.go.set()
    await lanes.aclose()
    assert lanes.threads == 0
    assert all(wire.closed == wire.opened for wire in Wire.made)


async def test_one_connection_serves_one_call_after_the_other(lanes: Lanes):
    idents = [await lanes.run(lambda _: threading.get_ident()) for _ in range(5)]
    assert len(set(idents)) == 1 != threading.get_ident()
    assert [wire.opened for wire in Wire.made] == [1]


async def test_calls_beyond_the_places_wait(lanes: Lanes):
    calls = [asyncio.create_task(lanes.run(lambda wire: wire.hold())) for _ in range(3)]
    await _until(lambda: sum(wire.waits.is_set() for wire in Wire.made) == 2)
    assert lanes.threads == 2
    for wire in Wire.made:
        wire.go.set()
    assert await asyncio.gather(*calls) == ["late"] * 3
    assert lanes.threads == 2


async def test_an_abandoned_call_ends_its_connection(lanes: Lanes):
    call = asyncio.create_task(lanes.run(lambda wire: wire.hold()))
    await _until(lambda: bool(Wire.made) and Wire.made[0].waits.is_set())
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await _until(lambda: lanes.threads == 0)
    assert Wire.made[0].closed == 1
    assert await lanes.run(lambda _: "next") == "next"
    assert len(Wire.made) == 2


async def test_a_thread_that_does_not_end_keeps_its_place(lanes: Lanes):
    async def stuck() -> Wire:
        call = asyncio.create_task(lanes.run(lambda wire: wire.hold()))
        await _until(lambda: bool(Wire.made) and Wire.made[-1].waits.is_set())
        wire = Wire.made[-1]
        wire.cuttable = False
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return wire

    wires = [await stuck(), await stuck()]
    waits = asyncio.create_task(lanes.run(lambda _: "at last"))
    await asyncio.sleep(0)
    assert lanes.threads == 2
    assert not waits.done()
    wires[0].go.set()
    assert await waits == "at last"
    assert lanes.threads <= 2
    wires[1].go.set()


async def test_a_dead_connection_is_replaced_once(lanes: Lanes):
    await lanes.run(lambda _: None)

    def gone(wire: Any) -> str:
        if wire.opened == 1:
            raise Gone
        return "anew"

    assert await lanes.run(gone) == "anew"

    def always(_: Any) -> None:
        raise Gone

    with pytest.raises(Gone):
        await lanes.run(always)
    assert await lanes.run(lambda wire: wire.opened) == 4


async def test_a_fault_of_a_statement_keeps_the_connection(lanes: Lanes):
    def wrong(_: Any) -> None:
        raise Wrong

    with pytest.raises(Wrong):
        await lanes.run(wrong)
    assert await lanes.run(lambda wire: (wire.opened, wire.closed)) == (1, 0)


async def test_a_caller_that_leaves_as_the_answer_comes_takes_no_lane_along(lanes: Lanes):
    for _ in range(200):
        call = asyncio.create_task(lanes.run(lambda _: None))
        for _ in range(3):
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    assert await lanes.run(lambda _: "alive") == "alive"


async def test_the_loop_is_free_while_a_thread_waits(lanes: Lanes):
    call = asyncio.create_task(lanes.run(lambda wire: wire.hold()))
    await _until(lambda: bool(Wire.made) and Wire.made[0].waits.is_set())
    assert Wire.made[0].thread != threading.get_ident()
    assert await lanes.run(lambda _: 1) == 1
    Wire.made[0].go.set()
    assert await call == "late"


async def test_closing_abandons_what_runs():
    Wire.made = []
    lanes = Lanes("till", 1, Wire)
    call = asyncio.create_task(lanes.run(lambda wire: wire.hold()))
    await _until(lambda: bool(Wire.made) and Wire.made[0].waits.is_set())
    await lanes.aclose()
    assert lanes.threads == 0
    assert await call == "late"
