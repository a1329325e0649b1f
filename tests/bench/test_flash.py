"""The buyers of the bench count what comes back, and a fault is never a reservation."""

import asyncio

import pytest

from bench.flash.load import Bought, Buying, Run

RESERVED = b'{"__typename":"Reserved"}'
SOLD_OUT = b'{"__typename":"SoldOut"}'
WRONG = b'{"errors":[{"message":"no"}]}'


class Server(asyncio.Protocol):
    def __init__(self, bodies, heard):
        self.bodies, self.heard = bodies, heard

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        body = self.bodies[len(self.heard) % len(self.bodies)]
        self.heard.append(data)
        head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)


async def _bought(bodies, **more):
    heard: list[bytes] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(bodies, heard), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    buying = Buying(f"http://127.0.0.1:{port}", "b", ("s1", "s2"), "00" * 32, 0.05, **more)
    bought = await Run(buying).run()
    server.close()
    await server.wait_closed()
    return bought, heard


@pytest.mark.parametrize("rate", [0.0, 200.0])
async def test_outcomes_are_counted_for_another_member_each(rate):
    bought, heard = await _bought([RESERVED, SOLD_OUT], clients=2, rate=rate)
    assert bought.fault == ""
    assert sum(bought.outcomes.values()) == len(heard) == bought.members
    assert set(bought.outcomes) == {"Reserved", "SoldOut"}
    tickets = {line for one in heard for line in one.split(b"\r\n") if b"santong-ticket" in line}
    assert len(tickets) == len(heard)
    assert {one.split(b" ")[1] for one in heard} == {b"/flash/s1/orders", b"/flash/s2/orders"}


async def test_a_refusal_is_a_fault():
    bought, _ = await _bought([RESERVED, WRONG], clients=1)
    assert "errors" in bought.fault


def test_what_a_plain_server_answers_counts_as_well():
    assert Bought(outcomes={"Reserved": 10}, seconds=2.0).rate == 5.0
