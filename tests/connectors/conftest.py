"""The raw server, started for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.connectors._kit.raw_server import RawServer


@pytest.fixture
async def raw() -> AsyncIterator[RawServer]:
    server = RawServer()
    await server.start()
    yield server
    await server.stop()
