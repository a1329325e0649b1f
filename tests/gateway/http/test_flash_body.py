"""The body of an order of a flash sale: who sends none holds no connection for long."""

import asyncio

import pytest

from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.flash_body import read_order


async def test_a_body_that_never_comes_has_a_deadline():
    async def never():
        await asyncio.Event().wait()

    asked = Asked(
        {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}, never
    )
    async with asyncio.timeout(10):
        with pytest.raises(BadRequest) as refused:
            await read_order(asked, 0.05)
    assert refused.value.status == 408
