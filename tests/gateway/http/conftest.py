"""One gateway without connectors for all tests of this folder that only speak HTTP."""

from collections.abc import Iterator

import httpx
import pytest

from gateway.app import create_app
from gateway.settings import Settings
from tests.gateway.serving import bearer, served, settings_for

_ORIGIN = "https://shop.example"


@pytest.fixture(scope="session")
def front_settings(
    tmp_path_factory: pytest.TempPathFactory,
    postgres,
    valkey,
) -> Settings:
    """Settings of that gateway: real stores, the demo's tokens, one origin that may call."""
    return settings_for(
        tmp_path_factory.mktemp("front"),
        database_url=postgres.create_database("front_door"),
        redis_url=valkey.url,
        cors_origins=(_ORIGIN,),
        demo=True,
        body_timeout_seconds=1.0,
    )


@pytest.fixture(scope="session")
def front(front_settings: Settings) -> Iterator[tuple[str, int]]:
    """Its host and port."""
    with served(create_app(front_settings)) as address:
        yield address


@pytest.fixture
def ask(front: tuple[str, int], front_settings: Settings) -> Iterator[httpx.Client]:
    """An operator's client of it."""
    host, port = front
    with httpx.Client(
        base_url=f"http://{host}:{port}",
        headers=bearer(front_settings),
        trust_env=False,
        timeout=20,
    ) as client:
        yield client


@pytest.fixture
def stranger(front: tuple[str, int]) -> Iterator[httpx.Client]:
    """A client without a token."""
    host, port = front
    with httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=20) as client:
        yield client
