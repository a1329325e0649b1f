"""Every check of an order sink, against every system that takes orders."""

from contextlib import ExitStack

import pytest

from connectors._kit import SilentObserver
from connectors.connector import open_connector
from tests.connectors.conformance.order_sinks import CHECKS
from tests.connectors.conformance.order_systems import SYSTEMS
from tests.connectors.conformance.subject import ZONE, World


@pytest.fixture(scope="module")
def systems(postgres, tmp_path_factory):
    made = {}
    with ExitStack() as stack:
        world = World(postgres, tmp_path_factory, stack)

        def of(name):
            if name not in made:
                made[name] = SYSTEMS[name](world)
            return made[name]

        yield of


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", SYSTEMS)
async def test_order_sink(systems, name, check):
    system = systems(name)
    sink = await open_connector(system.spec(), SilentObserver(), zone=ZONE)
    try:
        await check(system, sink)
    finally:
        await sink.aclose()
