"""The load checks what comes back: a real server, a wrong length, an error, a closed connection."""

import asyncio

import pytest

from bench.load import Load, Run

BODY = b'{"data":1}'
GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n" + BODY
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n" + BODY[:4]
CHUNKED += b"\r\n6\r\n" + BODY[4:] + b"\r\n0\r\n\r\n"


class Server(asyncio.Protocol):
    def __init__(self, answer, heard):
        self.answer, self.heard = answer, heard

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard.append(data)
        if self.answer is None:
            self.transport.close()
        else:
            self.transport.write(self.answer)


async def _run(answer, **more):
    heard = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(answer, heard), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        asked = {"clients": 2, "seconds": 0.05, "length": len(BODY), **more}
        load = Load(f"http://127.0.0.1:{port}", "token", '{"n":"{number}"}', **asked)
        return await Run(load).run(), heard


@pytest.mark.parametrize("answer", [GOOD, CHUNKED])
@pytest.mark.parametrize("rate", [0, 200])
async def test_good_answers_are_counted(answer, rate):
    outcome, heard = await _run(answer, rate=rate)
    assert (outcome.failed, outcome.fault) == (0, "")
    assert outcome.requests == len(heard) > 0
    assert 0 < outcome.p50_ms <= outcome.p99_ms


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (GOOD.replace(b"200 OK", b"500 No"), "500, 10 bytes"),
        (GOOD.replace(b"10", b"9", 1)[:-1], "200, 9 bytes"),
        (b'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"errors": 1', "200, 10 bytes"),
        (None, "a connection was closed"),
    ],
)
async def test_a_bad_answer_is_a_failure(answer, fault):
    outcome, _ = await _run(answer)
    assert outcome.failed > 0
    assert outcome.fault.startswith(fault)


async def test_numbers_come_in_turn_or_are_drawn_alike_with_one_seed():
    async def numbers(**more):
        _, heard = await _run(GOOD, clients=1, first=100, many=400, **more)
        return [request.split(b'"n":"')[1][:3] for request in heard][:5]

    assert await numbers(in_turn=True) == [b"100", b"101", b"102", b"103", b"104"]
    assert await numbers(seed=3) == await numbers(seed=3) != await numbers(seed=4)


async def test_a_rate_is_kept():
    outcome, _ = await _run(GOOD, rate=100, seconds=0.3)
    assert 25 <= outcome.requests <= 30
