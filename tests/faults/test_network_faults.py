"""Ports that accept nothing, names that nobody looks up in time, clocks that are a day off."""

import asyncio
import contextlib
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from capabilities.errors import TimedOut, Unavailable
from capabilities.estate import Limits
from connectors._kit import Secret, Upstream, Wire, address_rules
from connectors._kit.oauth2 import ClientCredentials
from connectors._kit.session import Logon, SessionLogon, Shown
from tests.connectors._kit.raw_server import RawServer, message
from tests.faults.protocols import PROTOCOLS, opened

DEADLINE = 0.4
LIMITS = Limits(deadline_ms=int(DEADLINE * 1000))


@contextlib.asynccontextmanager
async def blackhole():
    """A port whose queue is full: what connects to it gets no answer at all."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            filling = stack.enter_context(socket.socket())
            filling.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                filling.connect(listening.getsockname())
        yield listening.getsockname()[1]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_port_that_accepts_nothing_is_a_coded_error_in_time(protocol, monkeypatch):
    async with blackhole() as port:
        connector = await opened(protocol, f"http://127.0.0.1:{port}", LIMITS, monkeypatch)
        started = time.perf_counter()
        with pytest.raises(Unavailable) as caught:
            await connector.orders(["1"])
        assert time.perf_counter() - started <= DEADLINE * 1.1 + 0.15
        assert caught.value.source == "sap"
        assert connector.upstream.gate.inside == 0
        await connector.aclose()


async def test_a_name_that_nobody_looks_up_in_time_is_a_coded_error_and_holds_no_place():
    asked = []

    async def slow(host, port):
        asked.append(host)
        await asyncio.Event().wait()

    rules = address_rules(["shop.example"], slow)
    upstream = Upstream("shop", LIMITS, addresses=rules)
    wire = Wire("shop", "http://shop.example", limits=LIMITS, upstream=upstream)
    started = time.perf_counter()
    with pytest.raises(TimedOut):
        await wire.call("GET", "orders")
    assert time.perf_counter() - started <= DEADLINE * 1.1 + 0.15
    assert (asked, upstream.gate.inside) == (["shop.example"], 0)
    await wire.aclose()


@pytest.mark.parametrize("days", [-1, 1])
@pytest.mark.parametrize("kind", ["oauth2", "session"])
async def test_a_token_holds_as_long_as_it_says_whatever_the_system_s_clock_says(
    raw: RawServer, kind, days
):
    date = format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)
    body = b'{"access_token": "abc", "token_type": "bearer", "expires_in": 3600}'
    answer = message(200, body, {"Date": date, "Expires": date})

    async def grants(peer):
        peer.send(answer)

    raw.script = grants
    wire = Wire("shop", raw.url, limits=LIMITS)
    if kind == "oauth2":
        token = ClientCredentials(wire, "reader", Secret("hunter2"))._renewed
    else:
        logon = Logon(path="login", send={}, token_at=("access_token",), seconds=3600)
        token = SessionLogon(wire, logon, Shown(header="X-Session"))._renewed
    held = await token.current()
    assert [await token.current() for _ in range(5)] == [held] * 5
    assert len(raw.requests) == 1
    ours = token._clock
    token._clock = lambda: ours() + 3590  # and is fetched anew before its end
    assert await token.current() is not held
    assert len(raw.requests) == 2
    await wire.aclose()
