"""Tokens and sessions that end, against servers that count logons."""

import asyncio
import json
from urllib.parse import parse_qs

import pytest

from capabilities.errors import ChannelError, Denied, Garbled, Unavailable
from capabilities.estate import Limits
from connectors._kit import LATCHED, Secret, Wire
from connectors._kit.oauth2 import ClientCredentials
from connectors._kit.renewed import Renewed, Token
from connectors._kit.session import Logon, SessionLogon, Shown
from connectors._kit.signed import TopSigned
from tests.connectors._kit.raw_server import Peer, answering, message

LIMITS = Limits(deadline_ms=3000)
IN_HEADER = Shown(header="X-Token")


class Desk:
    """A system that gives tokens, and takes only the last one."""

    def __init__(self, raw):
        self.given = 0
        self.wrong = 0
        self.seconds: object = 3600
        self.takes = lambda number: number == self.given
        self.answer: bytes | None = None
        self.wait = None
        raw.script = self.script

    async def script(self, peer: Peer) -> None:
        if peer.target.startswith("/token"):
            self.given += 1
            if self.wait is not None:
                await self.wait.wait()
            body = {"access_token": f"t{self.given}", "expires_in": self.seconds}
            cookie = {"Set-Cookie": f"lang=zh, SID=t{self.given}; Path=/; HttpOnly"}
            whole = json.dumps({**body, "data": {"token": f"t{self.given}"}}).encode()
            peer.send(self.answer or message(200, whole, cookie))
            return
        taken = any(f"t{n}".encode() in peer.request for n in range(1, 99) if self.takes(n))
        self.wrong += not taken
        peer.send(message(200 if taken else 401, b"{}"))


def oauth2(raw, **more):
    token = Wire("acme", f"{raw.url}/token", limits=LIMITS)
    return ClientCredentials(token, "me", Secret("s:cret"), **more)


def session(raw, shown=IN_HEADER, **more):
    wire = Wire("acme", raw.url, limits=LIMITS)
    found = more or {"token_at": ("data", "token")}
    logon = Logon(path="token", send={"pw": Secret("s:cret")}, **found)
    return SessionLogon(wire, logon, shown)


@pytest.fixture
async def opened(raw):
    wires = []

    def open_wire(prover):
        wires.append(Wire("acme", f"{raw.url}/api", limits=LIMITS, prover=prover))
        return wires[-1]

    yield open_wire
    for wire in wires:
        await wire.aclose()


MAKERS = pytest.mark.parametrize("make", [oauth2, session])


@MAKERS
async def test_many_callers_share_one_logon(raw, opened, make):
    desk = Desk(raw)
    wire = opened(make(raw))
    answers = await asyncio.gather(*(wire.get("orders") for _ in range(12)))
    assert {answer.status for answer in answers} == {200}
    assert (desk.given, desk.wrong) == (1, 0)


@MAKERS
async def test_an_ended_token_is_renewed_once_for_all(raw, opened, make):
    desk = Desk(raw)
    wire = opened(make(raw))
    await wire.get("orders")
    desk.takes = lambda number: number == 2
    answers = await asyncio.gather(*(wire.get("orders") for _ in range(6)))
    assert {answer.status for answer in answers} == {200}
    assert desk.given == 2
    assert not wire.latch.latched


@MAKERS
async def test_a_new_token_that_is_refused_too_latches(raw, opened, make):
    desk = Desk(raw)
    desk.takes = lambda _: False
    wire = opened(make(raw))
    assert (await wire.get("orders")).status == 401
    assert (desk.given, desk.wrong) == (2, 2)
    with pytest.raises(Denied) as caught:
        await wire.get("orders")
    assert caught.value.code == LATCHED
    assert desk.given == 2


@MAKERS
@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_logon_latches_and_is_not_repeated(raw, opened, make, status):
    desk = Desk(raw)
    desk.answer = message(status, b'{"error":"invalid_client","error_description":"s:cret"}')
    wire = opened(make(raw))
    found = await asyncio.gather(*(wire.get("orders") for _ in range(5)), return_exceptions=True)
    assert all(isinstance(one, Denied) for one in found)
    assert desk.given == 1
    assert "s:cret" not in "".join(f"{one!r}{one}" for one in found)


@MAKERS
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (message(500, b"{}"), Unavailable),
        (message(200, b"<html>", media="text/html"), ChannelError),
        (message(200, b'{"access_token":"","data":{"token":[]}}'), ChannelError),
        (message(200, b'{"access_token":7'), Garbled),
    ],
)
async def test_a_desk_that_misbehaves_is_an_error_of_ours(raw, opened, make, answer, kind):
    desk = Desk(raw)
    desk.answer = answer
    wire = opened(make(raw))
    with pytest.raises(kind):
        await wire.get("orders")
    if kind in (Unavailable, Garbled):
        desk.answer = None
        assert (await wire.get("orders")).status == 200


async def test_a_token_is_fetched_anew_shortly_before_its_end():
    now, fetched = [0.0], []

    async def fetch():
        fetched.append(now[0])
        return Token(Secret(f"t{len(fetched)}"), 600)

    renewed = Renewed(fetch, clock=lambda: now[0])
    first = await renewed.current()
    now[0] = 569
    assert await renewed.current() is first
    now[0] = 571
    second = await renewed.current()
    assert fetched == [0.0, 571]
    renewed.drop(first)  # heard late
    assert await renewed.current() is second


async def test_who_goes_away_while_she_fetches_costs_the_others_nothing(raw, opened):
    desk = Desk(raw)
    desk.wait = asyncio.Event()
    wire = opened(oauth2(raw))
    first = asyncio.ensure_future(wire.get("orders"))
    await raw.asked.wait()
    second = asyncio.ensure_future(wire.get("orders"))
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    desk.wait.set()
    assert (await second).status == 200


async def test_the_client_is_named_in_the_header_or_in_the_form(raw, opened):
    Desk(raw)
    await opened(oauth2(raw, scope="orders.read")).get("orders")
    head, *_ = raw.requests
    assert b"Authorization: Basic bWU6cyUzQWNyZXQ=" in head
    raw.requests.clear()
    raw.bodies.clear()
    await opened(oauth2(raw, in_body=True)).get("orders")
    sent = parse_qs(raw.bodies[0].decode())
    assert sent == {
        "grant_type": ["client_credentials"],
        "client_id": ["me"],
        "client_secret": ["s:cret"],
    }
    assert "Bearer t" in raw.requests[1].decode()


@pytest.mark.parametrize(
    ("shown", "where"),
    [
        (Shown(header="Authorization", form="Session {token}"), b"Authorization: Session t1"),
        (Shown(cookie="SID"), b"Cookie: SID=t1"),
        (Shown(param="sid"), b"?a=b&sid=t1 HTTP"),
    ],
)
async def test_a_session_is_shown_where_the_system_wants_it(raw, opened, shown, where):
    Desk(raw)
    for more in ({"token_at": ("data", "token")}, {"cookie": "SID", "body": "form"}):
        raw.requests.clear()
        desk = Desk(raw)
        await opened(session(raw, shown, **more)).get("orders", {"a": "b"})
        assert where in raw.requests[1]
        assert desk.given == 1


async def test_a_session_that_a_body_says_has_ended_is_opened_anew(raw, opened):
    desk = Desk(raw)
    wire = opened(session(raw))
    answer = await wire.get("orders")
    assert wire.renews(answer)
    assert (await wire.get("orders")).status == 200
    assert desk.given == 2
    assert wire.renews(answer)  # heard once more, by who asked at the same time
    assert (await wire.get("orders")).status == 200
    assert desk.given == 2


async def test_a_signed_post_carries_its_signature_in_the_form(raw, opened):
    raw.script = answering(200, {})
    wire = opened(TopSigned(key="k", secret=Secret("hidden"), session=Secret("sess")))
    await wire.call("POST", "router/rest", form={"method": "m", "q": "王 a&b=c"})
    sent = parse_qs(raw.bodies[0].decode(), keep_blank_values=True)
    assert sent["q"] == ["王 a&b=c"]
    assert {"sign", "session", "timestamp", "app_key"} <= set(sent)
    assert raw.targets == ["/api/router/rest"]
    assert b"application/x-www-form-urlencoded" in raw.requests[0]
    assert "hidden" not in raw.bodies[0].decode()


async def test_a_refused_signature_latches(raw, opened):
    raw.script = answering(401, {})
    wire = opened(TopSigned(key="k", secret=Secret("hidden")))
    await wire.get("orders")
    with pytest.raises(Denied):
        await wire.get("orders")
    assert len(raw.requests) == 1
