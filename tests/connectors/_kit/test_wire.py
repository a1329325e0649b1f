"""What the wire promises when the other side is honest."""

import asyncio
import gzip
import time
import tracemalloc

import pytest

from capabilities.errors import BadInput, Denied, Garbled, Overloaded, Refused, TimedOut
from capabilities.estate import Limits
from connectors._kit import LATCHED, ApiKey, Basic, Bearer, NoAuth, Secret, Wire
from tests.connectors._kit.raw_server import Peer, RawServer, answering, message

BASIC = Basic("用户", Secret("pass:word"))


async def hang(peer: Peer) -> None:
    await asyncio.Event().wait()


async def asked(raw: RawServer, number: int) -> None:
    while len(raw.requests) < number:
        await asyncio.wait_for(raw.asked.wait(), 5)
        raw.asked.clear()


async def test_a_request_follows_its_template(raw: RawServer):
    raw.script = answering(200, {})
    wire = Wire("shop", f"{raw.url}/wp-json/wc/v3/", auth=ApiKey("X-Key", Secret("s3cret")))
    await wire.get(
        "orders", {"search": "a&b=c #?%/'百味", "page": "1"}, {"Accept": "application/json"}
    )
    await wire.aclose()
    head = raw.requests[0].decode()
    assert head.startswith(
        "GET /wp-json/wc/v3/orders?search=a%26b%3Dc%20%23%3F%25/'%E7%99%BE%E5%91%B3&page=1 HTTP/1.1"
    )
    assert "X-Key: s3cret" in head
    assert "Accept-Encoding: gzip\r\n" in f"{head}\r\n"


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (NoAuth(), None),
        (BASIC, b"Authorization: Basic 55So5oi3OnBhc3M6d29yZA=="),
        (Bearer(Secret("t0ken")), b"Authorization: Bearer t0ken"),
        (ApiKey("X-Api-Key", Secret("k3y")), b"X-Api-Key: k3y"),
    ],
    ids=["none", "basic", "bearer", "key"],
)
async def test_credentials_go_as_a_header_and_never_show(raw: RawServer, auth, header):
    wire = Wire("shop", raw.url, auth=auth)
    await wire.get("orders")
    await wire.aclose()
    lines = raw.requests[0].split(b"\r\n")
    assert (header in lines) if header else not any(b"uthorization" in line for line in lines)
    for hidden in ("pass:word", "t0ken", "k3y"):
        assert hidden not in repr(auth)
        assert hidden not in repr(wire.__dict__)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "a\x7fb"])
async def test_control_characters_are_refused_before_anything_is_sent(raw: RawServer, value):
    wire = Wire("shop", raw.url)
    for call in (
        wire.get("orders", {"search": value}),
        wire.get("orders", {value: "1"}),
        wire.get("orders", (), {"X-Value": value}),
    ):
        with pytest.raises(BadInput):
            await call
    await wire.aclose()
    assert raw.requests == []


async def test_no_redirect_is_followed_and_no_cookie_kept(raw: RawServer):
    raw.script = answering(302, b"", {"Location": "/elsewhere", "Set-Cookie": "a=b"})
    wire = Wire("shop", raw.url)
    assert (await wire.get("one")).status == 302
    raw.script = answering(200, {})
    await wire.get("two")
    await wire.aclose()
    assert raw.targets == ["/one", "/two"]
    assert b"ookie" not in raw.requests[1]


async def test_no_proxy_of_the_environment_is_used(raw: RawServer, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    wire = Wire("shop", raw.url)
    assert (await wire.get("orders")).status == 204
    await wire.aclose()


async def test_one_client_keeps_its_connections(raw: RawServer):
    raw.script = answering(200, {})
    wire = Wire("shop", raw.url)
    for _ in range(5):
        await wire.get("orders")
    await wire.aclose()
    assert (len(raw.requests), raw.opened) == (5, 1)


async def test_no_more_calls_at_once_than_agreed(raw: RawServer):
    raw.script = hang
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=5000, max_concurrent=2))
    calls = [asyncio.create_task(wire.get("orders")) for _ in range(10)]
    await asked(raw, 2)
    with pytest.raises(Overloaded):
        await wire.get("orders")
    assert (len(raw.requests), wire.in_flight) == (2, 10)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert wire.in_flight == 0
    await wire.aclose()


async def test_waiting_for_a_place_counts_into_the_deadline(raw: RawServer):
    raw.script = answering(200, {})
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=300, max_concurrent=1))
    await wire.get("orders")  # the connection stands, so that all begin at once
    raw.script = hang
    started = time.perf_counter()
    results = await asyncio.gather(*(wire.get("orders") for _ in range(3)), return_exceptions=True)
    assert time.perf_counter() - started < 0.3 * 1.1 + 0.1
    assert [type(each) for each in results] == [TimedOut] * 3
    assert len(raw.requests) == 2
    await wire.aclose()


async def test_a_remaining_budget_lowers_the_deadline_and_never_raises_it(raw: RawServer):
    raw.script = hang
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=200))
    for seconds, most in ((0.05, 0.15), (60.0, 0.32)):
        started = time.perf_counter()
        with pytest.raises(TimedOut):
            await wire.get("orders", seconds=seconds)
        assert time.perf_counter() - started < most
    await wire.aclose()


async def test_a_cancelled_call_closes_its_connection(raw: RawServer):
    raw.script = hang
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=60_000))
    call = asyncio.create_task(wire.get("orders"))
    await asked(raw, 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(raw.lost.wait(), 2)
    assert not raw.connections
    await wire.aclose()


async def test_a_call_that_timed_out_closes_its_connection(raw: RawServer):
    raw.script = hang
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=50))
    with pytest.raises(TimedOut):
        await wire.get("orders")
    await asyncio.wait_for(raw.lost.wait(), 2)
    await wire.aclose()


async def test_it_recovers_without_a_restart(raw: RawServer):
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=50))
    raw.script = hang
    with pytest.raises(TimedOut):
        await wire.get("orders")
    raw.script = answering(200, {})
    assert (await wire.get("orders")).status == 200
    await wire.aclose()


async def test_a_bomb_costs_little_memory(raw: RawServer):
    bomb = gzip.compress(b" " * 20_000_000, 1) * 10
    raw.script = answering(200, bomb, {"Content-Encoding": "gzip"})
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=5000, max_body_bytes=1024 * 1024))
    tracemalloc.start()
    with pytest.raises(Garbled, match="cap"):
        await wire.get("orders")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await wire.aclose()
    assert peak < 20_000_000


async def test_one_failed_logon_stops_all_calls_until_resumed(raw: RawServer):
    raw.script = answering(401)
    wire = Wire("sap", raw.url, auth=BASIC)
    assert (await wire.get("orders")).status == 401
    for _ in range(3):
        with pytest.raises(Denied) as caught:
            await wire.get("orders")
        assert caught.value.code == LATCHED
    assert len(raw.requests) == 1
    raw.script = answering(200, {})
    wire.latch.resume()
    assert (await wire.get("orders")).status == 200
    await wire.aclose()


async def test_many_first_calls_with_a_wrong_password_make_one_logon(raw: RawServer):
    raw.script = answering(401)
    wire = Wire("sap", raw.url, auth=BASIC, limits=Limits(max_concurrent=8))
    results = await asyncio.gather(*(wire.get("orders") for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(each, Denied) for each in results) == 19
    assert len(raw.requests) == 1
    await wire.aclose()


async def test_after_a_good_logon_calls_go_at_once(raw: RawServer):
    raw.script = answering(200, {})
    wire = Wire("sap", raw.url, auth=BASIC, limits=Limits(max_concurrent=4))
    await wire.get("orders")
    raw.script = hang
    calls = [asyncio.create_task(wire.get("orders")) for _ in range(4)]
    await asked(raw, 5)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    await wire.aclose()


async def test_without_credentials_401_latches_nothing(raw: RawServer):
    raw.script = answering(401)
    wire = Wire("open", raw.url)
    for _ in range(2):
        assert (await wire.get("orders")).status == 401
    await wire.aclose()


async def test_an_address_that_no_server_reads_is_refused(raw: RawServer):
    wire = Wire("shop", raw.url)
    with pytest.raises(Refused):
        await wire.get("orders", {"include": "1," * 5000})
    await wire.aclose()
    assert raw.requests == []


async def test_headers_that_come_twice_are_folded(raw: RawServer):
    async def script(peer: Peer) -> None:
        peer.send(message(200, b"{}", {"Link": '<a>; rel="next"', "link": "<b>"}))

    raw.script = script
    wire = Wire("shop", raw.url)
    assert (await wire.get("orders")).headers["link"] == '<a>; rel="next", <b>'
    await wire.aclose()


async def test_a_system_that_is_silent_is_given_up_before_the_deadline(raw: RawServer):
    raw.script = hang
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=60_000, first_byte_ms=100))
    with pytest.raises(TimedOut, match="first byte"):
        await wire.get("orders")

    async def slow(peer: Peer) -> None:
        peer.send(message(200, b"{}")[:20])
        await asyncio.sleep(0.2)
        peer.send(message(200, b"{}")[20:])

    raw.script = slow
    assert (await wire.get("orders")).status == 200
    await wire.aclose()


async def test_a_connection_that_does_not_stand_in_time_is_given_up(monkeypatch):
    async def never(*_args, **_options):
        await asyncio.Event().wait()

    monkeypatch.setattr("connectors._kit.pool.aiohappyeyeballs.start_connection", never)
    wire = Wire("shop", "http://127.0.0.1:9", limits=Limits(deadline_ms=60_000, connect_ms=50))
    with pytest.raises(TimedOut, match="no connection in time"):
        await wire.get("orders")
    await wire.aclose()
