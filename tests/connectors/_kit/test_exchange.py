"""Kept connections: used again while they are sound, asked twice only where that is safe."""

import asyncio
import gzip
import ipaddress
import socket
import ssl
import struct
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from capabilities.errors import BadInput, Garbled, Unavailable
from capabilities.estate import Limits
from connectors._kit import Wire, pool
from tests.connectors._kit.raw_server import Peer, RawServer, answering, message

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
STRAY = message(200, b'{"whose": "nobody"}')


@pytest.fixture
async def wire(raw):
    made = Wire("shop", raw.url, limits=Limits(deadline_ms=2000, max_body_bytes=1000))
    yield made
    await made.aclose()


def turns(raw: RawServer, *scripts) -> None:
    """One script after the other, the last one for ever."""
    left = list(scripts)

    async def script(peer: Peer) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(peer)

    raw.script = script


def sending(*parts: bytes, end: str = "open"):
    async def script(peer: Peer) -> None:
        peer.send(*parts)
        if end == "close":
            peer.close()
        if end == "reset":
            peer.reset()

    return script


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_a_kept_connection_that_died_is_asked_once_more_on_a_new_one(raw, wire, end):
    turns(raw, answering(200, {}), sending(end=end), answering(200, {"n": 2}))
    await wire.get("one")
    assert (await wire.get("two")).body == b'{"n": 2}'
    assert raw.targets == ["/one", "/two", "/two"]
    assert raw.opened == 2


async def test_a_second_death_is_the_callers_error(raw, wire):
    turns(raw, answering(200, {}), sending(end="close"))
    await wire.get("one")
    with pytest.raises(Unavailable):
        await wire.get("two")
    assert len(raw.requests) == 3


async def test_what_may_not_be_sent_twice_is_not(raw, wire):
    turns(raw, answering(200, {}), sending(end="close"), answering(200, {}))
    await wire.get("one")
    with pytest.raises(Unavailable):
        await wire.call("POST", "two", content=b"{}")
    assert len(raw.requests) == 2


async def test_an_answer_that_began_is_not_asked_for_again(raw, wire):
    turns(raw, answering(200, {}), sending(HEAD, end="close"), answering(200, {}))
    await wire.get("one")
    with pytest.raises(Unavailable, match="broke off"):
        await wire.get("two")
    assert len(raw.requests) == 2


@pytest.mark.parametrize("cut", [1, 9, STRAY.index(b"\r\n\r\n") + 4, len(STRAY) - 1])
async def test_an_answer_too_many_that_is_cut_is_not_ended_by_the_next_one(raw, wire, cut):
    turns(raw, sending(message(200, b"{}") + STRAY[:cut]), answering(200, {"n": 2}))
    assert (await wire.get("one")).body == b"{}"
    assert (await wire.get("two")).body == b'{"n": 2}'
    assert raw.opened == 2


@pytest.mark.parametrize("together", [True, False])
async def test_bytes_that_nobody_asked_for_are_nobodys_answer(raw, wire, together):
    async def later(peer: Peer) -> None:
        peer.send(message(200, b"{}"))
        await asyncio.sleep(0)
        peer.send(STRAY)

    first = sending(message(200, b"{}"), STRAY) if together else later
    turns(raw, first, answering(200, {"n": 2}))
    assert (await wire.get("one")).body == b"{}"
    await asyncio.wait_for(raw.lost.wait(), 2)
    assert (await wire.get("two")).body == b'{"n": 2}'
    assert raw.opened == 2


async def test_interim_answers_are_passed_over(raw, wire):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    raw.script = sending(hints, message(200, b'{"n": 1}'))
    answer = await wire.get("one")
    assert (answer.status, answer.body) == (200, b'{"n": 1}')
    assert "link" not in answer.headers
    await wire.get("two")
    assert raw.opened == 1


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 9 + HEAD + b"\r\n{}",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n" + HEAD + b"\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Content-Length: +2\r\n\r\n{}",
        HEAD + b"Content-Length: 2, 2\r\n\r\n{}",
        HEAD + b" folded: 1\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"X-N\x00ul: 1\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Content-Length: 9999999\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=lambda head: head[-60:].decode("latin-1"),
)
async def test_odd_framing_is_no_answer(raw, wire, head):
    raw.script = sending(head)
    with pytest.raises(Garbled):
        await wire.get("one")
    await asyncio.wait_for(raw.lost.wait(), 2)
    assert len(raw.requests) == 1


async def test_a_head_of_small_pieces_has_a_bound_too(raw, wire):
    async def script(peer: Peer) -> None:
        peer.send(HEAD)
        for _ in range(2000):
            peer.send(b"X-Piece: " + b"a" * 100 + b"\r\n")
            await asyncio.sleep(0)

    raw.script = script
    with pytest.raises(Garbled, match="headers"):
        await wire.get("one")


@pytest.mark.parametrize("frame", [b"0\r\nX: ", b"5;x="], ids=["a trailer", "an extension"])
async def test_what_stands_beside_a_body_has_a_bound_too(raw, wire, frame):
    async def script(peer: Peer) -> None:
        peer.send(HEAD, b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", frame)
        for _ in range(60):
            peer.send(b"x" * 16_384)
            await asyncio.sleep(0)

    raw.script = script
    with pytest.raises(Garbled, match="too large"):
        await wire.get("one")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (HEAD + b"\r\n", b'{"n": 1}'),
        (HEAD + b"Connection: close\r\nContent-Length: 8\r\n\r\n", b'{"n": 1}'),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\n", b'{"n": 1}'),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b'{"n": 1}')),
    ],
    ids=["until the end", "connection: close", "HTTP/1.0", "gzip until the end"],
)
async def test_a_connection_that_ends_with_its_answer_is_not_used_again(raw, wire, head, body):
    raw.script = sending(head, body, end="close")
    for _ in range(2):
        assert (await wire.get("one")).body == b'{"n": 1}'
    assert (len(raw.requests), raw.opened) == (2, 2)


async def test_a_server_that_says_close_and_waits_is_believed(raw, wire):
    raw.script = sending(HEAD, b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
    for _ in range(2):
        await wire.get("one")
    assert raw.opened == 2


async def test_an_answer_without_a_length_that_is_reset_broke_off(raw, wire):
    async def script(peer: Peer) -> None:
        peer.send(HEAD, b"\r\n", b"{")
        peer._transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        peer.reset()

    raw.script = script
    with pytest.raises(Unavailable):
        await wire.get("one")


async def test_trailers_are_no_headers(raw, wire):
    chunks = b'8\r\n{"n": 1}\r\n0\r\nContent-Type: text/html\r\nX-Late: 1\r\n\r\n'
    raw.script = sending(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", chunks)
    answer = await wire.get("one")
    assert (answer.body, answer.headers["content-type"]) == (b'{"n": 1}', "application/json")
    assert "x-late" not in answer.headers
    await wire.get("two")
    assert raw.opened == 1


@pytest.mark.parametrize("status", [204, 304])
async def test_answers_without_a_body_leave_the_connection_sound(raw, wire, status):
    raw.script = sending(f"HTTP/1.1 {status} Nothing\r\n\r\n".encode())
    for _ in range(2):
        answer = await wire.get("one")
        assert (answer.status, answer.body) == (status, b"")
    assert raw.opened == 1


async def test_a_post_sends_its_content(raw, wire):
    raw.script = answering(201, {})
    sent = await wire.call("POST", "batch", (), {"Content-Type": "text/x"}, content=b"abc")
    assert sent.status == 201
    assert raw.requests[0].startswith(b"POST /batch HTTP/1.1\r\nHost: ")
    assert b"Content-Length: 3" in raw.requests[0]


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Host", "Connection"])
async def test_nobody_frames_a_request_by_its_headers(raw, wire, name):
    with pytest.raises(BadInput):
        await wire.get("one", (), {name: "5"})
    assert raw.requests == []


@pytest.mark.parametrize("path", ["a b", "a#b", "ä", "a\r\nX: 1"])
async def test_an_unquoted_path_is_not_sent(raw, wire, path):
    with pytest.raises(BadInput):
        await wire.get(path)
    assert raw.requests == []


async def test_a_connection_that_was_idle_for_long_is_not_used_again(raw, wire, monkeypatch):
    raw.script = answering(200, {})
    await wire.get("one")
    monkeypatch.setattr(pool, "_KEPT_SECONDS", -1.0)
    await wire.get("two")
    assert raw.opened == 2


async def test_connections_that_nobody_needs_are_closed_without_a_further_call(
    raw, wire, monkeypatch
):
    monkeypatch.setattr(pool, "_KEPT_SECONDS", 0.05)
    raw.script = answering(200, {})
    await wire.get("one")
    await asyncio.wait_for(raw.lost.wait(), 2)
    assert wire._pool._idle == []
    assert wire._pool._sweeping is None


async def test_a_name_is_looked_up_once_for_a_while(raw, monkeypatch):
    raw.script = sending(HEAD, b"Connection: close\r\nContent-Length: 2\r\n\r\n{}", end="close")
    wire = Wire("shop", raw.url.replace("127.0.0.1", "localhost"), limits=Limits(deadline_ms=2000))
    asked = []
    look_up = wire._pool._place.lookup

    async def lookup():
        asked.append(1)
        return await look_up()

    monkeypatch.setattr(wire._pool._place, "lookup", lookup)
    for _ in range(3):
        await wire.get("one")
    assert (len(asked), raw.opened) == (1, 3)
    monkeypatch.setattr(wire._pool, "_found_until", 0.0)
    await wire.get("one")
    assert len(asked) == 2
    await wire.aclose()


async def test_an_address_that_leads_nowhere_is_not_remembered(raw):
    raw.script = answering(200, {})
    wire = Wire("shop", raw.url, limits=Limits(deadline_ms=2000))
    port = wire._pool._place.port
    nowhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))]
    wire._pool._found, wire._pool._found_until = nowhere, float("inf")
    with pytest.raises(Unavailable):
        await wire.get("one")
    assert (await wire.get("one")).status == 200
    assert wire._pool._found[0][4][1] == port
    await wire.aclose()


async def test_calls_that_run_when_the_wire_is_closed_are_unavailable(raw, wire):
    raw.script = answering(200, {})
    await wire.get("one")
    raw.asked.clear()
    raw.script = sending()
    running = asyncio.create_task(wire.get("two"))
    await raw.asked.wait()
    await wire.aclose()
    with pytest.raises(Unavailable):
        await running
    assert len(raw.requests) == 2


# TLS


def certificate(folder, *, days: int = 1):
    """A certificate of `localhost` that signs itself, as two files."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, secret


async def secured(folder, days=1):
    cert, key = certificate(folder, days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    names = []
    context.sni_callback = lambda _sock, name, _context: names.append(name)

    async def serve(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(message(200, b'{"n": 1}'))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    return server, server.sockets[0].getsockname()[1], cert, names


@pytest.mark.parametrize(
    ("trusted", "days", "host"),
    [(False, 1, "localhost"), (True, -1, "localhost"), (True, 1, "127.0.0.1")],
    ids=["signed by nobody", "out of date", "another host"],
)
async def test_a_certificate_that_does_not_hold_is_no_connection(
    tmp_path, monkeypatch, trusted, days, host
):
    server, port, cert, _ = await secured(tmp_path, days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    wire = Wire("shop", f"https://{host}:{port}", limits=Limits(deadline_ms=2000))
    with pytest.raises(Unavailable, match="its certificate is not valid"):
        await wire.get("one")
    await wire.aclose()
    server.close()


async def test_a_valid_certificate_is_a_connection_that_is_kept(tmp_path, monkeypatch):
    server, port, cert, names = await secured(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    wire = Wire("shop", f"https://localhost:{port}", limits=Limits(deadline_ms=2000))
    for _ in range(3):
        assert (await wire.get("one")).body == b'{"n": 1}'
    assert names == ["localhost"]
    await wire.aclose()
    server.close()


async def test_plain_text_where_tls_should_be_is_no_secure_connection(raw):
    raw.script = answering(200, {})
    wire = Wire("shop", raw.url.replace("http:", "https:"), limits=Limits(deadline_ms=2000))
    with pytest.raises(Unavailable):
        await wire.get("one")
    await wire.aclose()
