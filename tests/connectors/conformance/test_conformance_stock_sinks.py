"""Every check of a stock sink, against every system that has one; and sinks with a defect."""

from contextlib import ExitStack

import pytest

from capabilities.errors import ChannelError
from capabilities.flash.ports import StockLevel
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from tests.connectors.conformance import stock_sinks as suite
from tests.connectors.conformance.stock_systems import SECRETS, STOCK_SYSTEMS
from tests.connectors.conformance.subject import ZONE, World


@pytest.fixture(scope="module")
def systems(postgres, tmp_path_factory):
    made = {}
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        world = World(postgres, tmp_path_factory, stack)

        def of(name):
            if name not in made:
                made[name] = STOCK_SYSTEMS[name](world.server)
            return made[name]

        yield of


@pytest.mark.parametrize("check", suite.CHECKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", STOCK_SYSTEMS)
async def test_stock_sink(systems, name, check):
    system = systems(name)
    sink = await open_connector(system.spec(), SilentObserver(), zone=ZONE)
    try:
        await check(system, sink)
    finally:
        await sink.aclose()


def _repeats(sink, push, _):
    """Tries again where no answer came, without a look."""

    async def twice(*wish):
        try:
            return await push(*wish)
        except ChannelError:
            return await push(*wish)

    sink.push_stock = twice


def _adds(sink, push, level):
    """Adds to what stands there."""

    async def more(code, units, reference):
        before = await level(code)
        return await push(code, units + (before.left if before else 0), reference)

    sink.push_stock = more


def _believes_itself(sink, push, _):
    """Says what it told, and not what stands there."""
    told = {}

    async def tell(code, units, reference):
        told[code] = StockLevel(units, reference)
        return await push(code, units, reference)

    async def level(code):
        return told.get(code)

    sink.push_stock, sink.stock_level = tell, level


def _swallows(sink, push, _):
    """Says that it is done where nobody knows."""

    async def tell(*wish):
        try:
            return await push(*wish)
        except ChannelError:
            return True

    sink.push_stock = tell


def _takes_any_code(sink, push, level):
    """Takes the first product for one that is not there."""

    async def other(code):
        return await level(code) or StockLevel(0, None)

    sink.stock_level = other


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (_repeats, suite.a_push_is_one_call_that_changes),
        (_adds, suite.a_push_sets_and_does_not_add),
        (_believes_itself, suite.what_is_sold_there_is_less),
        (_swallows, suite.what_was_done_and_not_confirmed_is_seen),
        (_takes_any_code, suite.what_is_not_there_is_no_error),
        (_takes_any_code, suite.a_code_is_never_part_of_what_is_asked),
    ],
    ids=lambda one: one.__name__.strip("_"),
)
async def test_a_defect_is_found(systems, spoil, check):
    shop = systems("woo")
    sink = await open_connector(shop.spec(), SilentObserver(), zone=ZONE)
    try:
        spoil(sink, sink.push_stock, sink.stock_level)
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            await check(shop, sink)
    finally:
        await sink.aclose()
