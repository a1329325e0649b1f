"""Everybody of a crowd orders, and every fifth of them twice."""

import asyncio

from bench.flash.load import Buying
from bench.participants.orders import Orders
from bench.participants.polls import Polls
from bench.participants.sockets import Stood, Waiting
from capabilities.flash.tickets import TicketKind, Tickets

KEY = "00" * 32
BUYING = Buying("http://127.0.0.1:1", "b", ("s1",), KEY, 1e9, people=10)


def number_of(request, kind):
    lines = dict(line.split(b": ", 1) for line in request.split(b"\r\n") if b": " in line)
    ticket = lines[b"santong-ticket"]
    return Tickets(bytes.fromhex(KEY), "b").read("s1", ticket, kind, 0.0).number


def test_every_fifth_order_is_sent_again_and_the_last_one_ends_it():
    run = Orders(BUYING)
    run._ends = 1e9
    numbers = []
    while run._ends == 1e9:
        numbers.append(number_of(run.next_order(), TicketKind.ADMITTED))
    assert numbers == [0, 0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9]


def test_each_poll_is_of_another_member_and_only_a_turn_counts():
    run = Polls(BUYING)
    assert [number_of(run.next_order(), TicketKind.WAITING) for _ in range(3)] == [0, 1, 2]
    assert run.outcome(200, b'{"ticket":"t"}') == "turn"
    assert run.outcome(503, b"{}") == "503"


async def test_a_socket_asks_once_for_each_answer_however_it_comes():
    asked = []

    class Server(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            asked.append(data)
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
            asyncio.get_running_loop().call_soon(self.transport.write, b"ok")

    loop, stood = asyncio.get_running_loop(), Stood()
    server = await loop.create_server(Server, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    every = 0.001
    _, one = await loop.create_connection(lambda: Waiting(b"poll", every, stood), *address)
    one.ask()
    while stood.polls < 20:  # noqa: ASYNC110 - what is awaited is another's answers
        await asyncio.sleep(every)
    one.transport.abort()
    server.close()
    await server.wait_closed()
    assert stood.odd == 0
    assert len(asked) in (stood.polls, stood.polls + 1)
