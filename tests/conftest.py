"""The real stores, started once per pytest process and ended with it."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from gateway.embedded import EmbeddedPostgres, EmbeddedValkey
from tests.acceptance.retailer import Retailer, running_retailer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a tool of tests/node or the whole box, and the conformance suite.

    `make check` leaves them to `make test`; what shares the one box stays in one process with it.
    """
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        if "conformance" in item.path.parts:
            item.add_marker(pytest.mark.suite)
        if hasattr(item.module, "run_node"):
            item.add_marker(pytest.mark.node)
        if "box" in item.fixturenames:
            item.add_marker(pytest.mark.box)
            item.add_marker(pytest.mark.xdist_group("acceptance"))


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


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retailer]:
    """The retailer in a box, once per process; a test leaves every system well."""
    with running_retailer(tmp_path_factory.mktemp("retailer") / "home") as retailer:
        yield retailer


@pytest.fixture(scope="session")
def gateway_url(box: Retailer) -> str:
    """Address of the box's gateway."""
    return box.address


@pytest.fixture(scope="session")
def demo_tokens(box: Retailer) -> dict[str, str]:
    """A token per role, by the role's name."""
    return {role.upper(): token for role, token in box.tokens.items()}


@pytest.fixture
def break_source(box: Retailer) -> Callable[[str, str], AbstractContextManager[None]]:
    """Breaks the system of a connector for a block."""
    systems = {"sap": "sap", "woo": "shop", "pos": "pos"}
    return lambda connector, mode: box.broken(systems[connector], mode)


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
