"""Everybody asks for her turn, at a fixed rate: `python -m bench.participants.polls`."""

import json
import sys
from dataclasses import asdict

import uvloop

from bench.flash.load import Buying, Run
from capabilities.flash.tickets import Ticket, TicketKind, Tickets

_FAR, _OK = 4_000_000_000, 200


class Polls(Run):
    """One poll after another, each of another member."""

    def next_order(self) -> bytes:
        """The poll of the next member."""
        number, self._number = self._number, self._number + 1
        return poll_of(self._tickets, self._buying.sales[0], number)

    def outcome(self, status: int, body: bytes) -> str:
        """A turn, or what else came."""
        turn = status == _OK and body.startswith(b'{"ticket"')
        return "turn" if turn else super().outcome(status, body)


def poll_of(tickets: Tickets, sale: str, number: int) -> bytes:
    """The request of a member who waits."""
    ticket = Ticket(TicketKind.WAITING, f"m{number:09d}abcdefghijklmn", "web", number, _FAR)
    head = f"GET /flash/{sale}/tickets HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    return f"{head}santong-ticket: {tickets.signed(sale, ticket)}\r\n\r\n".encode()


if __name__ == "__main__":
    told = uvloop.run(Polls(Buying(**json.load(sys.stdin))).run())
    print(json.dumps(asdict(told)))
