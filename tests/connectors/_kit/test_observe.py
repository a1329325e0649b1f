"""Every call is told once, with how it ended."""

import asyncio

import pytest

from capabilities.errors import TimedOut
from connectors._kit import SilentObserver, observed, within


class Recorder(SilentObserver):
    def __init__(self):
        self.calls = []

    def called(self, connector, port, outcome, seconds, batch):
        assert seconds >= 0
        self.calls.append((connector, port, outcome, batch))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TimedOut("late"), "UPSTREAM_TIMEOUT"),
        (ValueError(), "FAULT"),
        (asyncio.CancelledError(), "CANCELLED"),
    ],
    ids=["ours", "bug", "cancelled"],
)
async def test_an_error_is_told_and_goes_on(error, outcome):
    recorder = Recorder()
    with pytest.raises(type(error)):
        async with observed(recorder, "sap", "orders", 3):
            raise error
    assert recorder.calls == [("sap", "orders", outcome, 3)]


async def test_a_good_call_is_ok():
    recorder = Recorder()
    async with observed(recorder, "sap", "orders", 3):
        pass
    assert recorder.calls == [("sap", "orders", "OK", 3)]


async def test_the_outer_of_two_deadlines_wins_when_it_is_nearer():
    with pytest.raises(TimedOut) as caught:
        async with within(0.01, "outer"), within(60, "inner"):
            await asyncio.Event().wait()
    assert caught.value.source == "outer"
