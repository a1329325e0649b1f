"""A caller's own short deadline is nothing against the platform's side."""

import asyncio
from types import SimpleNamespace

import pytest

from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from gateway.federation.adopted_figures import PartFigures
from gateway.federation.call import Burst
from gateway.federation.deciding import Deciding


async def read(part, left, answer):
    allowance = SimpleNamespace(remaining=lambda: left)
    deciding = Deciding(SimpleNamespace(allowance=allowance), None)
    async with deciding.reading(part):
        await answer()


async def never():
    await asyncio.Event().wait()


async def away():
    raise StoreUnavailable("away")


@pytest.mark.parametrize(
    ("left", "answer", "counted"),
    [(0.01, never, Burst(0, 0)), (1.3, never, Burst(1, 1)), (0.01, away, Burst(1, 1))],
)
async def test_only_who_had_time_to_answer_is_counted_as_late(left, answer, counted):
    part = SimpleNamespace(figures=PartFigures("woo", Capability.ORDER))
    with pytest.raises(StoreUnavailable):
        await read(part, left, answer)
    assert part.figures.within(60) == counted
