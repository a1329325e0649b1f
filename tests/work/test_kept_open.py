"""Connectors stay open between commands, and no longer than they should."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from capabilities.estate import Capability, ConnectorSpec
from work.kept_open import KeptOpen

SPECS = {
    name: ConnectorSpec(name=name, system="ospos", channels={Capability.ORDER: {"*": name}})
    for name in ("till", "shop", "sap")
}


class House:
    """Connectors that count how often they are opened and closed, and a clock that is set."""

    def __init__(self, most=2):
        self.specs, self.now = dict(SPECS), 0.0
        self.opened, self.closed, self.ready = [], [], []
        self.kept = KeptOpen(
            self._opened, self._ready, self.specs.get, most=most, clock=lambda: self.now
        )

        self.sticks = set()

    @asynccontextmanager
    async def _opened(self, spec):
        self.opened.append(spec.name)
        await asyncio.sleep(0)
        try:
            yield object()
        finally:
            self.closed.append(spec.name)
            if spec.name in self.sticks:
                raise OSError("the other side is gone")

    async def _ready(self, name):
        self.ready.append(name)

    async def use(self, name):
        async with self.kept.opened(self.specs[name]) as connector:
            return connector


@pytest.fixture
async def house():
    made = House()
    async with made.kept:
        yield made


async def test_one_connector_serves_many_commands(house):
    used = {id(await house.use("till")) for _ in range(100)}
    assert (len(used), house.opened, house.closed) == (1, ["till"], [])
    assert house.ready == ["till"] * 100, "each use waits for its share of the agreement"
    house.now = 29.0
    await house.kept.sweep()
    await house.use("till")
    house.now = 60.0
    await house.kept.sweep()
    assert house.closed == ["till"]
    await house.use("till")
    assert house.opened == ["till", "till"]


async def test_two_who_come_at_once_open_one(house):
    both = await asyncio.gather(house.use("till"), house.use("till"))
    assert both[0] is both[1]
    assert house.opened == ["till"]


async def test_another_definition_is_another_connector_and_the_old_one_ends_with_its_last_user(
    house,
):
    async with house.kept.opened(SPECS["till"]) as before:
        house.specs["till"] = replace(SPECS["till"], channels={Capability.ORDER: {"*": "other"}})
        await house.kept.sweep()
        assert await house.use("till") is not before
        assert (house.opened, house.closed) == (["till", "till"], [])
    assert house.closed == ["till"]
    del house.specs["till"]
    await house.kept.sweep()
    assert house.closed == ["till", "till"], "one that is gone is closed"


async def test_it_is_opened_anew_now_and_then_for_a_secret_may_be_another(house):
    for house.now in range(0, 1_220, 20):
        await house.use("till")
    assert (len(house.opened), len(house.closed)) == (2, 1)


async def test_one_whose_use_failed_is_closed(house):
    async with house.kept.opened(SPECS["till"]):
        with pytest.raises(ValueError, match="no"):
            async with house.kept.opened(SPECS["till"]):
                raise ValueError("no")
        assert house.closed == [], "somebody uses it"
    assert house.closed == ["till"]
    await house.use("till")
    assert house.opened == ["till", "till"]


async def test_so_many_are_open_and_no_more(house):
    for house.now, name in enumerate(("till", "shop", "till", "sap")):
        await house.use(name)
    assert house.closed == ["shop"], "the one that was idle the longest"


async def test_one_that_cannot_close_is_nobody_elses_failure(house):
    house.sticks = {"till", "shop"}
    with capture_logs() as logs:
        for house.now, name in enumerate(("till", "shop", "sap", "till")):
            await house.use(name)
        house.now = 700.0
        await house.use("till")
        del house.specs["till"]
        async with house.kept.opened(SPECS["till"]):
            await house.kept.sweep()
    assert house.closed == ["till", "shop", "till", "sap", "till"]
    assert [one["connector"] for one in logs] == ["till", "shop", "till", "till"]
    assert not any("gone" in str(one.values()) for one in logs)


async def test_who_is_cancelled_while_room_is_made_uses_nothing_any_more(house):
    going, goes_on = asyncio.Event(), asyncio.Event()

    async def closes(_held):
        going.set()
        await goes_on.wait()

    for house.now, name in enumerate(("till", "shop")):
        await house.use(name)
    house.kept._retire = closes
    waiting = asyncio.create_task(house.use("sap"))
    await going.wait()
    del house.kept._retire
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert "sap" in house.closed, "its last user is gone"


async def test_all_of_them_are_closed_in_the_end():
    house = House()
    async with house.kept:
        for name in ("till", "shop"):
            await house.use(name)
    assert sorted(house.closed) == ["shop", "till"]
