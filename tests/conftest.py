"""The real stores, started once per pytest process and ended with it."""

from collections.abc import Iterator

import pytest

from gateway.embedded import EmbeddedPostgres, EmbeddedValkey


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A real PostgreSQL 18; ask it for `create_database(name)` and `dsn(name)`."""
    with EmbeddedPostgres.start(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A real Valkey; its `url` is for redis-py."""
    with EmbeddedValkey.start(tmp_path_factory.mktemp("valkey")) as server:
        yield server
