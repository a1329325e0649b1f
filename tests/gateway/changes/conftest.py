from collections.abc import AsyncIterator
from itertools import count

import pytest

from gateway.embedded import EmbeddedPostgres
from store.engine import Store
from store.migrate import upgrade

_NUMBERS = count()


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> str:
    made = postgres.create_database(f"changes_{next(_NUMBERS)}")
    upgrade(made)
    return made


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    opened = Store.open(database, deadline_seconds=30)
    yield opened
    await opened.aclose()
