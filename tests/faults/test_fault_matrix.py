"""Every upstream fault in every protocol: a coded error in time, no wrong data, no storm."""

import asyncio
import time
from collections import Counter

import pytest

from capabilities.errors import ChannelError, CircuitOpen, Denied
from capabilities.estate import BreakerState, Limits
from tests.connectors._kit.raw_server import Peer, RawServer, answering, message
from tests.connectors._kit.test_wire_faults import CASES, PERSON, SECRET, chain
from tests.faults.protocols import PROTOCOLS, opened

DEADLINE = 0.4
LIMITS = Limits(deadline_ms=int(DEADLINE * 1000), max_body_bytes=64 * 1024)
# A system may say in its own way that there is no such thing; that is no fault and no wrong data.
NOTHING = {"204", "list"}
pytestmark = pytest.mark.parametrize("protocol", PROTOCOLS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_fault_is_a_coded_error_in_time_and_never_data(
    raw: RawServer, protocol, case, monkeypatch
):
    raw.script = case.script
    connector = await opened(protocol, raw.url, LIMITS, monkeypatch)
    started = time.perf_counter()
    (found,) = await asyncio.gather(connector.orders(["1", "2"]), return_exceptions=True)
    took = time.perf_counter() - started
    if isinstance(found, ChannelError):
        assert (found.source, found.code.split("_")[0]) == ("sap", "UPSTREAM")
        for one in chain(found):
            for hidden in (SECRET, PERSON, "Basic ", raw.url):
                assert hidden not in f"{one!s} {one!r} {one.args!r}"
    else:
        assert case.name in NOTHING, "a fault was taken for an answer"
        assert found == [None, None]
    assert took <= DEADLINE * 1.1 + 0.15  # what a busy machine takes
    assert len(raw.requests) <= 3  # a logon, a question, and a kept connection that had died
    await connector.aclose()


async def hang(peer: Peer) -> None:
    await asyncio.Event().wait()


async def reset(peer: Peer) -> None:
    peer.reset()


OUTAGES = {
    "500": answering(500),
    "503": answering(503),
    "503 with a pause": message(503, b"", {"Retry-After": "86400"}),
    "reset": reset,
    "hang": hang,
}


def script(outage):
    if not isinstance(outage, bytes):
        return outage

    async def sent(peer: Peer) -> None:
        peer.send(outage)

    return sent


class Clock:
    """The breaker's clock, which can be put forward."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.monotonic() + self.ahead


async def asked(connector):
    try:
        await connector.orders(["1"])
    except ChannelError as error:
        return type(error)
    return None


@pytest.mark.parametrize("outage", OUTAGES)
async def test_an_outage_is_no_storm_opens_the_circuit_and_ends_when_it_ends(
    raw: RawServer, protocol, outage, monkeypatch
):
    raw.script = script(OUTAGES[outage])
    connector = await opened(protocol, raw.url, Limits(deadline_ms=100), monkeypatch)
    upstream = connector.upstream
    upstream.breaker._clock = clock = Clock()
    started, outcomes, most = time.monotonic(), Counter(), 1.1
    while upstream.breaker.state is BreakerState.CLOSED:
        outcomes[await asked(connector)] += 1
    assert time.monotonic() - started <= 10
    before = len(raw.requests)
    assert before <= most * outcomes.total()
    began = time.perf_counter()
    for _ in range(100):
        outcomes[await asked(connector)] += 1
    assert time.perf_counter() - began < 2  # refused at once
    assert outcomes[CircuitOpen] == 100
    assert len(raw.requests) == before
    for _ in range(4):  # the outage goes on: one call tries, now and then
        clock.ahead += 15
        await asked(connector)
    assert len(raw.requests) <= before + 4
    raw.script = answering(404)  # well again: there is no such order
    for _ in range(30):
        clock.ahead += 1
        await asked(connector)
    assert upstream.breaker.state is BreakerState.CLOSED
    await connector.aclose()


async def test_a_sporadic_fault_costs_at_most_a_tenth_more_calls(
    raw: RawServer, protocol, monkeypatch
):
    turn = 0

    async def flapping(peer: Peer) -> None:
        nonlocal turn
        turn += 1
        peer.send(message(502 if turn % 3 == 0 else 404))

    raw.script = flapping
    connector = await opened(protocol, raw.url, Limits(deadline_ms=1000), monkeypatch)
    for _ in range(100):
        await asked(connector)
    assert connector.upstream.breaker.state is BreakerState.CLOSED
    calls = sum(connector.upstream.calls.values())
    assert len(raw.requests) == calls
    assert connector.upstream.retries.made <= 0.1 * (calls - connector.upstream.retries.made)
    await connector.aclose()


async def test_a_logon_that_is_refused_later_latches(raw: RawServer, protocol, monkeypatch):
    raw.script = answering(404)
    connector = await opened(protocol, raw.url, LIMITS, monkeypatch)
    await asked(connector)
    raw.script = answering(401)
    assert await asked(connector) is Denied
    before = len(raw.requests)
    assert [await asked(connector) for _ in range(10)] == [Denied] * 10
    assert len(raw.requests) == before
    assert connector.upstream.latch.latched
    await connector.aclose()
