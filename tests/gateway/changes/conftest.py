from collections.abc import AsyncIterator
from itertools import count

import pytest

from gateway.embedded import EmbeddedPostgres
from store.engine import Store
from tests.migrated import migrated

_NUMBERS = count()


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> str:
    return migrated(postgres, f"changes_{next(_NUMBERS)}")


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    opened = Store.open(database, deadline_seconds=30)
    yield opened
    await opened.aclose()
