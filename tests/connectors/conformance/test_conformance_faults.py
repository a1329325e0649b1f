"""Each fault of each system is the right error class, and is over when the fault is."""

from contextlib import suppress

import pytest

from capabilities.errors import ChannelError, TimedOut
from capabilities.estate import Capability
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk
from tests.connectors.conformance.case import Ear
from tests.connectors.conformance.subject import SUBJECTS

FAULTS = [(name, mode) for name, subject in SUBJECTS.items() for mode in subject.faults]
MISBEHAVING = [name for name, subject in SUBJECTS.items() if subject.faults]


async def _ask(connector, truth):
    if not hasattr(connector, "search_orders"):
        return [row for row in await connector.orders(sorted(truth.orders)[:2]) if row is not None]
    channels = tuple(connector.spec.channels[Capability.ORDER].values())
    asked = PageAsk(first=2, channels=channels)
    return (await connector.search_orders(OrderFilter(), asked)).rows


async def _answered(connector, truth):
    """The answer of a system that is well again, on a busy machine not always within 1.5 s."""
    for _ in range(5):
        with suppress(TimedOut):
            return await _ask(connector, truth)
    return await _ask(connector, truth)


@pytest.fixture(autouse=True)
def _mended(subject):
    yield
    subject.fault("none")


@pytest.mark.parametrize(("system", "mode"), FAULTS)
async def test_a_fault_is_our_error_and_ends(subject, mode):
    connector = await subject.open(Ear(), deadline_ms=1500)
    try:
        subject.fault(mode)
        with pytest.raises(ChannelError) as caught:
            await _ask(connector, subject.truth())
        assert isinstance(caught.value, subject.faults[mode])
        assert caught.value.source == subject.name
        assert "demo-leaked-secret" not in repr(caught.value) + caught.value.message
        subject.fault("none")
        assert await _answered(connector, subject.truth())
    finally:
        await connector.aclose()


@pytest.mark.parametrize("system", MISBEHAVING)
async def test_a_connector_opens_while_its_system_is_away(subject):
    subject.fault("refuse")
    connector = await subject.open(Ear(), deadline_ms=1500)
    assert connector.abilities
    await connector.aclose()
