"""GraphQL over HTTP to the letter: the audits of the npm package `graphql-http`."""

import socket
import threading
from collections.abc import Iterator

import pytest
import strawberry
import uvicorn
from strawberry.asgi import GraphQL

from tests.gateway.serving import plain_schema
from tests.node_tools import run_node

# What an ordinary Strawberry server does not do of them.
KNOWN_WARNINGS = {"22EB", "865D", "556A", "D586", "51FE", "74FF", "5E5B", "86EE"}


@pytest.mark.box
def test_every_audit_passes(gateway_url: str, demo_tokens: dict[str, str]) -> None:
    audited = run_node(
        "audits.mjs", f"{gateway_url.rstrip('/')}/graphql", demo_tokens["OPERATIONS"]
    )
    answer = audited.json()
    assert (answer["failed"], answer["ok"], answer["total"]) == ([], 61, 61)
    assert audited.status == 0


@pytest.fixture
def ordinary_server() -> Iterator[str]:
    """A Strawberry server as it comes."""

    @strawberry.type
    class Query:
        hello: str = "hello"

    app = GraphQL(plain_schema(Query))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def test_the_audits_see_what_an_ordinary_server_lacks(ordinary_server: str) -> None:
    audited = run_node("audits.mjs", ordinary_server)
    assert {audit["id"] for audit in audited.json()["failed"]} == KNOWN_WARNINGS
    assert audited.status == 1


def test_the_audits_see_a_server_that_drops_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    audited = run_node("audits.mjs", address)
    assert len(audited.json()["failed"]) == 61
    assert audited.status == 1
