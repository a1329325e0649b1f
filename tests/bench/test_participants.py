"""Everybody of a crowd orders, and every fifth of them twice."""

from bench.flash.load import Buying
from bench.participants.orders import Orders
from bench.participants.polls import Polls
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
