"""The real stores, started once per pytest process and ended with it."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.embedded import EmbeddedPostgres, EmbeddedValkey


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what runs a tool of tests/node, so that `make check` can leave it to `make test`."""
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item.module, "run_node"):
            item.add_marker(pytest.mark.node)


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


@pytest.fixture
def living() -> Callable[[Path], list[int]]:
    """Who still lives of a home: it stands in their arguments, environment or directory."""

    def find(home: Path) -> list[int]:
        own = (place for place in Path("/proc").iterdir() if place.name.isdigit())
        return [int(place.name) for place in own if _lives_of(place, str(home))]

    return find


def _lives_of(process: Path, home: str) -> bool:
    with contextlib.suppress(OSError):
        if (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False  # a zombie counts as gone
        words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        return home.encode() in words or str((process / "cwd").readlink()).startswith(home)
    return False
