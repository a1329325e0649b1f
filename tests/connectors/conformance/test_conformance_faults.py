"""Each fault of each system is the right error class, and is over when the fault is."""

import pytest

from capabilities.errors import ChannelError, Denied, Garbled, TimedOut, Unavailable
from capabilities.estate import Capability
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk
from connectors.connector import open_connector
from tests.connectors.conformance.case import Ear
from tests.connectors.conformance.conftest import ZONE

# A page instead of JSON asks for a logon at SAP; a proxy's page is noise at a database's door.
FAULTS = {
    "error500": {"sap": Unavailable, "woo": Unavailable, "pos": Unavailable},
    "timeout": {"sap": TimedOut, "woo": TimedOut, "pos": TimedOut},
    "html200": {"sap": Denied, "woo": Garbled, "pos": Unavailable},
    "truncated": {"sap": Garbled, "woo": Garbled, "pos": Unavailable},
    "refuse": {"sap": Unavailable, "woo": Unavailable, "pos": Unavailable},
    "garbage": {"sap": Garbled, "woo": Garbled, "pos": Unavailable},
}


async def _ask(connector):
    channels = tuple(connector.spec.channels[Capability.ORDER].values())
    return await connector.search_orders(OrderFilter(), PageAsk(first=2, channels=channels))


@pytest.fixture(autouse=True)
def _mended(systems, system):
    yield
    systems.fault(system, "none")


@pytest.mark.parametrize("mode", FAULTS)
async def test_a_fault_is_our_error_and_ends(systems, system, mode):
    ear = Ear()
    connector = await open_connector(systems.spec(system, deadline_ms=1500), ear, zone=ZONE)
    try:
        systems.fault(system, mode)
        with pytest.raises(ChannelError) as caught:
            await _ask(connector)
        assert isinstance(caught.value, FAULTS[mode][system])
        assert caught.value.source == system
        assert "demo-leaked-secret" not in repr(caught.value) + caught.value.message
        systems.fault(system, "none")
        assert (await _ask(connector)).rows
    finally:
        await connector.aclose()


async def test_a_connector_opens_while_its_system_is_away(systems, system):
    systems.fault(system, "refuse")
    connector = await open_connector(systems.spec(system, deadline_ms=1500), Ear(), zone=ZONE)
    assert connector.abilities
    await connector.aclose()
