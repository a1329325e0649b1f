"""The prepared headers are those of the library that they stand for."""

import asyncio

import pytest
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware

from gateway.http.cross_origin import CrossOrigin, cross_origin_rules
from gateway.settings import Settings

SHOP = "https://shop.example"


def of_the_library(settings, origin):
    message = {"type": "http.response.start", "status": 200, "headers": []}
    asked = Headers({} if origin is None else {"origin": origin.decode("latin-1")})

    async def send(_):
        pass

    library = CORSMiddleware(None, **cross_origin_rules(settings))
    asyncio.run(library.send(message, send, asked))
    return sorted(message["headers"])


@pytest.mark.parametrize("origins", [(), (SHOP,), (SHOP, "http://localhost:3000"), ("*",)])
@pytest.mark.parametrize(
    "origin",
    [
        *(None, SHOP.encode(), b"http://localhost:3000", b"https://evil.example", b"null", b""),
        *(b"http://shop.example", b"https://SHOP.example", b"https://shop.example:443", b"\xe4"),
    ],
)
def test_an_answer_to_an_origin_says_the_same(origins, origin):
    settings = Settings(cors_origins=origins)
    mine = sorted(CrossOrigin(settings).headers(origin))
    assert mine == of_the_library(settings, origin)
