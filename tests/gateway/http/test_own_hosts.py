"""Whose host a page may say that it is of: a name that leads here is not yet the gateway's."""

import pytest

from gateway.http.cross_origin import CrossOrigin
from gateway.http.own_hosts import OwnHosts
from gateway.settings import Settings


@pytest.mark.parametrize(
    ("host", "own"),
    [
        (b"127.0.0.1:8000", True),
        (b"192.168.1.5", True),
        (b"[::1]:8000", True),
        (b"localhost:8000", True),
        (b"graph.example", True),
        (b"GRAPH.example:443", True),
        (b"evil.example:8000", False),
        (b"graph.example.evil.example", False),
        (b"127.0.0.1.evil.example", False),
        (b"localhost.evil.example", False),
        (b"[evil.example]", False),
        (b"127.0.0.1@evil.example", False),
        (b"\xff", False),
        (b"", False),
        (None, False),
    ],
)
def test_a_host_is_an_address_or_a_listed_name(host, own):
    assert OwnHosts(("graph.example",)).has(host) is own


@pytest.mark.parametrize(
    ("origin", "host", "welcome"),
    [
        (None, b"evil.example", True),  # no page
        (b"http://127.0.0.1:8000", b"127.0.0.1:8000", True),
        (b"https://graph.example", b"graph.example", True),
        (b"https://shop.example", b"127.0.0.1:8000", True),
        (b"http://evil.example:8000", b"evil.example:8000", False),
        (b"http://127.0.0.1:9000", b"127.0.0.1:8000", False),
        (b"https://graph.example", b"127.0.0.1:8000", False),
        (b"null", b"127.0.0.1:8000", False),
        (b"null", None, False),
        (b"", b"", False),
    ],
)
def test_a_page_of_a_name_that_only_leads_here_is_turned_away(origin, host, welcome):
    settings = Settings(own_hosts=("graph.example",), cors_origins=("https://shop.example",))
    assert CrossOrigin(settings).is_welcome(origin, host) is welcome
