"""A gateway on a real port of this machine, for the tests of its front door."""

import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import strawberry
import uvicorn
from graphql import TypeMetaFieldDef
from pydantic import SecretStr

from capabilities.caller import MembershipKey, Role
from gateway.app import create_app
from gateway.auth.tokens import mint
from gateway.settings import Settings

KEY = "an invented key of more than thirty-two characters"
BRAND = "baiwei"
ESTATE = """
brand: baiwei
channels:
  - {code: jd, name: 京东旗舰店, kind: MARKETPLACE}
connectors: []
"""
CONNECTED = ESTATE.replace(
    "connectors: []",
    """connectors:
  - {name: legacy, system: ospos, limits: {deadline_ms: 5000}, channels: {order: jd}}
""",
)
# What the tests speak to runs on this machine; a gateway by itself refuses that.
LOOPBACK = ("public", "127.0.0.0/8:*", "[::1]:*", "unix:/")
# Nobody listens there: what a store that is away looks like at once.
AWAY = {
    "database_url": SecretStr("postgresql://127.0.0.1:1/away"),
    "redis_url": SecretStr("redis://127.0.0.1:1/0"),
}


def settings_for(folder: Path, estate: str = ESTATE, **changes: Any) -> Settings:
    """Settings with an estate file of their own; the stores are away unless named."""
    path = folder / "estate.yaml"
    path.write_text(estate, encoding="utf-8")
    return Settings(
        secret_key=SecretStr(KEY),
        **{"estate": path, "home": folder, "connector_hosts": LOOPBACK, **AWAY, **changes},
    )


def bearer(settings: Settings, role: Role = Role.OPERATIONS) -> dict[str, str]:
    """The header of a caller."""
    member = MembershipKey("jd", "1") if role is Role.CONSUMER else None
    token = mint(settings, role=role, brand=BRAND, stores=["M0001"], member=member)
    return {"authorization": f"Bearer {token}"}


def plain_schema(query: type, mutation: type | None = None) -> strawberry.Schema:
    """A Strawberry schema as it comes, which leaves the introspection of all others as it was.

    Strawberry puts a resolver of its own on graphql-core's one `__Type`; it fails on other schemas.
    """
    field = TypeMetaFieldDef.type.fields["isOneOf"]
    schema = strawberry.Schema(query, mutation)
    TypeMetaFieldDef.type.fields["isOneOf"] = field
    return schema


@asynccontextmanager
async def opened(
    settings: Settings, role: Role = Role.OPERATIONS, *, accept: str = "*/*"
) -> AsyncIterator[httpx.AsyncClient]:
    """A caller's client of an application that is open and listens nowhere."""
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://gateway",
            headers=bearer(settings, role) | {"accept": accept},
        ) as client,
    ):
        yield client


@contextmanager
def served(app: Callable[..., Any], **changes: Any) -> Iterator[tuple[str, int]]:
    """The application behind uvicorn, as `santong serve` runs it; its host and port."""
    config = uvicorn.Config(
        app,
        log_config=None,
        ws="websockets-sansio",
        access_log=False,
        server_header=False,
        **changes,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            # A connection waits in the backlog until the lifespan has opened everything.
            yield "127.0.0.1", listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
