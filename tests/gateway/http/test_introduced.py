"""Who is calling from where: of what stands in headers only what proxies of ours added counts."""

import pytest
from starlette.requests import Request

from gateway.http.asked import Asked
from gateway.http.compat import CompatDoor
from gateway.http.introduced import origin_of
from gateway.settings import Settings


@pytest.mark.parametrize(
    ("lines", "hops", "address"),
    [
        (["6.6.6.6"], 0, "10.0.0.1"),
        (["6.6.6.6, 198.51.100.7"], 1, "198.51.100.7"),
        (["6.6.6.6", "198.51.100.7"], 1, "198.51.100.7"),  # a proxy that adds a line
        (["6.6.6.6", "6.6.6.7", "198.51.100.7, 10.0.0.9"], 2, "198.51.100.7"),
        (["198.51.100.7"], 2, "10.0.0.1"),
        ([], 1, "10.0.0.1"),
    ],
)
def test_a_client_that_writes_the_header_itself_is_not_believed(lines, hops, address):
    headers = [(b"x-forwarded-for", one.encode()) for one in lines]
    scope = {"type": "http", "method": "GET", "query_string": b"", "client": ("10.0.0.1", 1)}
    scope["headers"] = headers
    assert origin_of(Asked(scope, None), hops).address == address
    door = CompatDoor(Settings(proxy_hops=hops), None, None)
    assert door._origin(Request(scope)).address == address
