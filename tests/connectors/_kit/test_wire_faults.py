"""Every way in which a server breaks its promise becomes one of our errors, in time, in silence."""

import asyncio
import gzip
import time
import zlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest
from msgspec import Struct

from capabilities.errors import (
    ChannelError,
    Denied,
    Garbled,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)
from capabilities.estate import Limits
from connectors._kit import Basic, Decoder, Reading, Secret, Wire, result
from tests.connectors._kit.raw_server import Peer, RawServer, message

DEADLINE = 0.4
SECRET = "hunter2-password"
PERSON = "13912345678-private"
LIMITS = Limits(deadline_ms=int(DEADLINE * 1000), max_body_bytes=64 * 1024)


class Row(Struct):
    number: str
    quantity: int = 0
    nest: object = None


ROW = Decoder(Row)


class Case(NamedTuple):
    name: str
    script: Callable[[Peer], Awaitable[None]]
    expected: type[ChannelError]


def sent(name: str, expected: type[ChannelError], *parts: bytes, end: str = "open") -> Case:
    async def script(peer: Peer) -> None:
        peer.send(*parts)
        if end == "close":
            peer.close()
        if end == "reset":
            peer.reset()

    return Case(name, script, expected)


def body(name: str, content: bytes, media: str = "application/json") -> Case:
    return sent(name, Garbled, message(200, content, media=media))


def status(code: int, expected: type[ChannelError], **headers: str) -> Case:
    content = f'{{"code": "SY/530", "message": "{PERSON}"}}'.encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    label = f"{code} {named or ''}".strip()
    return sent(label, expected, message(code, content, named))


async def drip(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n")
    while True:
        peer.send(b" ")
        await asyncio.sleep(0.02)


async def endless(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.send(b"2\r\n  \r\n")
        await asyncio.sleep(0.02)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BOMB = gzip.compress(b" " * 20_000_000, 1) * 10  # 200 MB behind 900 kB
GZIPPED = {"Content-Encoding": "gzip"}
PAGE = f"<!DOCTYPE html><html><form action=logon>{PERSON}</form></html>".encode()
DEEP = b'{"number": "1", "nest": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
LEVELS = b'{"number": "1", "nest": ' + b"[" * 300 + b"]" * 300 + b"}"
CHUNKS = b'5\r\n{"num\r\na\r\nber": "1"}\r\n0\r\n\r\n'
BIG5 = '{"number": "百味"}'.encode("big5")

CASES = (
    # time
    sent("hang", TimedOut),
    sent("hang in the head", TimedOut, HEAD),
    sent("hang in the body", TimedOut, HEAD, b'Content-Length: 99\r\n\r\n{"number"'),
    Case("drip", drip, TimedOut),
    Case("endless chunks", endless, TimedOut),
    # protocol
    sent("reset at once", Unavailable, end="reset"),
    sent("closed at once", Unavailable, end="close"),
    sent("closed in the head", Unavailable, HEAD, end="close"),
    sent("reset in the body", Unavailable, HEAD, b'Content-Length: 99\r\n\r\n{"nu', end="reset"),
    sent(
        "content-length too long",
        Unavailable,
        HEAD,
        b'Content-Length: 99\r\n\r\n{"number": "1"}',
        end="close",
    ),
    sent("content-length too short", Garbled, HEAD, b'Content-Length: 5\r\n\r\n{"number": "1"}'),
    sent("two content-lengths", Garbled, HEAD, b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}"),
    sent("bad status line", Garbled, f"HTTP/1.1 {PERSON} ok\r\n\r\n".encode()),
    sent("not HTTP", Garbled, f"220 smtp {PERSON} ready\r\n\r\n".encode()),
    sent("a header of 200 kB", Garbled, HEAD, b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n{}"),
    sent("2,000 headers", Garbled, HEAD, b"X-Many: 1\r\n" * 2000 + b"\r\n{}"),
    sent("a body of 50 MB", Garbled, HEAD, b"Content-Length: 50000000\r\n\r\n", b" " * 100_000),
    # compression
    sent("gzip bomb", Garbled, message(200, BOMB, GZIPPED)),
    sent(
        "deflate bomb",
        Garbled,
        message(200, zlib.compress(b" " * 9_000_000), {"Content-Encoding": "deflate"}),
    ),
    sent("bad gzip", Garbled, message(200, b'{"number": "1"}', GZIPPED)),
    sent("cut gzip", Garbled, message(200, gzip.compress(b'{"number": "1"}')[:-6], GZIPPED)),
    sent(
        "bytes after gzip", Garbled, message(200, gzip.compress(b'{"number": "1"}') + b"x", GZIPPED)
    ),
    sent("unknown encoding", Garbled, message(200, b"{}", {"Content-Encoding": "br"})),
    # bodies
    body("html with 200", PAGE, "text/html"),
    body("html labelled json", PAGE),
    body("html with blanks first", b"\n\n  " + PAGE),
    body("empty", b""),
    body("null", b"null"),
    body("list", b"[]"),
    body("wrong type", b'{"number": 7}'),
    body("missing key", b'{"other": "1"}'),
    body("NaN", b'{"number": "1", "nest": NaN}'),
    body("Infinity", b'{"number": "1", "nest": -Infinity}'),
    body("1e999", b'{"number": "1", "nest": 1e999}'),
    body("400 digits", b'{"number": "1", "nest": ' + b"7" * 400 + b"}"),
    body("5,000 digits", b'{"number": "1", "quantity": ' + b"7" * 5000 + b"}"),
    body("float for int", b'{"number": "1", "quantity": 1.5}'),
    body("duplicate keys", b'{"number": "1", "quantity": 7, "quantity": 9999}'),
    body("duplicate keys below", b'{"number": "1", "nest": [{"a": 1, "b": {}, "a": 1}]}'),
    body("duplicate keys by escape", b'{"number": "1", "\\u006eumber": "2", "nest": "\\u003A"}'),
    body("cut JSON", b'{"number": "1"'),
    body("text after JSON", b'{"number": "1"} x'),
    body("Big5 bytes", BIG5),
    body("UTF-16 lie", '{"number": "1"}'.encode("utf-16")),
    body("UTF-16 lie without mark", '{"number": "1"}'.encode("utf-16-le")),
    body("lone surrogate", b'{"number": "\\ud83d"}'),
    body("50,000 levels", DEEP),
    body("300 levels", LEVELS),
    body("another charset", b'{"number": "1"}', "application/json; charset=gbk"),
    body("unknown charset", b'{"number": "1"}', "application/json; charset=klingon"),
    body("plain text", b'{"number": "1"}', "text/plain"),
    sent(
        "no content type", Garbled, b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"number": "1"}'
    ),
    sent(
        "error with 200", Refused, message(200, f'{{"code": "SY/530", "x": "{PERSON}"}}'.encode())
    ),
    # status
    status(204, Garbled),
    status(206, Garbled),
    status(302, Garbled, Location="/elsewhere"),
    status(302, Denied, Location="https://idp.example/saml2/idp"),
    status(302, Garbled, Location="http://169.254.169.254/latest/meta-data"),
    status(307, Garbled),
    status(400, Refused),
    status(401, Denied),
    status(403, Denied),
    status(404, Refused),
    status(409, Refused),
    status(422, Refused),
    status(429, Overloaded),
    status(429, Overloaded, Retry_After="-1"),
    status(500, Unavailable),
    status(502, Unavailable),
    status(503, Unavailable),
    status(503, Overloaded, Retry_After="86400"),
    status(999, Garbled),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_every_fault_is_one_of_our_errors(raw: RawServer, case: Case):
    raw.script = case.script
    wire = Wire("sap", raw.url, limits=LIMITS, auth=Basic("user", Secret(SECRET)))
    started = time.perf_counter()
    with pytest.raises(ChannelError) as caught:
        result(await wire.get("orders"), ROW, Reading(), "sap")
    elapsed = time.perf_counter() - started
    await wire.aclose()
    assert type(caught.value) is case.expected, caught.value
    assert caught.value.source == "sap"
    assert elapsed <= DEADLINE * 1.1 + 0.1  # and what a busy machine takes
    assert len(raw.requests) <= 2  # a lost kept connection may be asked once more by the client
    for error in chain(caught.value):
        for hidden in (SECRET, PERSON, "dXNlcjpod", "Basic ", raw.url):
            assert hidden not in f"{error!s} {error!r} {error.args!r}"


def chain(error: BaseException | None) -> list[BaseException]:
    """The error with its causes and contexts."""
    found: list[BaseException] = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


async def test_a_good_answer_passes(raw: RawServer):
    bodies = (
        message(200, b'{"number": "1"}'),
        message(200, b'\xef\xbb\xbf{"number": "1"}', media="application/json; charset=UTF-8"),
        message(200, gzip.compress(b'{"number": "1"}'), GZIPPED),
        message(200, b'{"number": "1"}', media="application/hal+json"),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    )
    wire = Wire("sap", raw.url, limits=LIMITS, auth=Basic("user", Secret(SECRET)))
    for whole in bodies:
        raw.script = sent("good", Garbled, whole).script
        answer = await wire.get("orders")
        assert result(answer, ROW, Reading(), "sap").number == "1"
        assert "number" not in repr(answer)
    await wire.aclose()


async def test_a_closed_port_and_an_unknown_host_are_unavailable(raw: RawServer):
    await raw.stop()
    for base in (raw.url if raw._server.sockets else "http://127.0.0.1:1", "http://no.invalid"):
        wire = Wire("sap", base, limits=LIMITS)
        with pytest.raises(Unavailable):
            await wire.get("orders")
        await wire.aclose()
