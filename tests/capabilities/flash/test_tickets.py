"""Tickets that are forged, foreign, over or of another kind are refused."""

import random
from base64 import b64encode

import pytest

from capabilities.flash.tickets import Ticket, TicketKind, TicketRefused, Tickets

NOW = 1_800_000_000.0
TICKETS = Tickets(b"k" * 32, "baiwei")
TICKET = Ticket(TicketKind.ADMITTED, "abcdefghij", "app", 7, int(NOW) + 60)


def read(text, sale="s1", kind=TicketKind.ADMITTED, now=NOW, tickets=TICKETS):
    return tickets.read(sale, text if text is None else text.encode(), kind, now)


def test_a_ticket_says_what_was_signed():
    assert read(TICKETS.signed("s1", TICKET)) == TICKET


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sale": "s2"}, "TICKET_INVALID"),
        ({"tickets": Tickets(b"x" * 32, "baiwei")}, "TICKET_INVALID"),
        ({"tickets": Tickets(b"k" * 32, "other")}, "TICKET_INVALID"),
        ({"now": NOW + 60}, "TICKET_EXPIRED"),
        ({"now": NOW + 3_600}, "TICKET_EXPIRED"),
        ({"kind": TicketKind.WAITING}, "TICKET_KIND"),
    ],
)
def test_a_ticket_is_good_for_one_sale_one_use_and_some_time(change, code):
    with pytest.raises(TicketRefused) as refused:
        read(TICKETS.signed("s1", TICKET), **change)
    assert refused.value.code == code


def test_brand_and_sale_cannot_be_shifted_into_one_another():
    text = Tickets(b"k" * 32, "ab").signed("c", TICKET)
    with pytest.raises(TicketRefused):
        read(text, sale="bc", tickets=Tickets(b"k" * 32, "a"))


@pytest.mark.parametrize("text", [None, "", "x", "ä", "====", "A" * 2_000, b64encode(b"0" * 40)])
def test_what_is_no_ticket_is_refused(text):
    with pytest.raises(TicketRefused):
        TICKETS.read(
            "s1", text if not isinstance(text, str) else text.encode(), TicketKind.ADMITTED, NOW
        )


def test_ten_thousand_changed_tickets_are_refused():
    chance = random.Random(7)  # noqa: S311 - which byte a test changes
    good = TICKETS.signed("s1", TICKET)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    refused = 0
    for _ in range(10_000):
        place = chance.randrange(len(good))
        other = chance.choice(letters.replace(good[place], ""))
        try:
            found = read(good[:place] + other + good[place + 1 :])
        except TicketRefused:
            refused += 1
        else:  # bits behind the last byte that no ticket has
            assert found == TICKET
            assert place == len(good) - 1
    assert refused > 9_700
