"""What one request may cost the gateway and the systems behind it, over HTTP."""

import asyncio
import contextlib
import json
import socket
import threading

import httpx
import pytest

from capabilities.order.ports import OrderSearch
from capabilities.page import SourcePage
from gateway.app import create_app
from gateway.federation.reader import GraphReader
from tests.gateway.serving import CONNECTED, bearer, served, settings_for

GRAPHQL = "application/graphql-response+json"
ORDERS = "{ orders(first: 1) { nodes { id } sources { status code } } }"
CONNECTORS = "{ connectors { name health calls errors } }"


class Till(OrderSearch):
    """A system that hangs while it is told to, and counts what it was asked."""

    order_filters = frozenset()
    native_types = ()
    abilities = frozenset({OrderSearch})

    def __init__(self):
        self.hangs = False
        self.asked = 0
        self.cancelled = 0
        self.begun = asyncio.Event()
        self.asked_once = threading.Event()
        self.ended = threading.Event()

    async def search_orders(self, *_):
        self.asked += 1
        self.begun.set()
        self.asked_once.set()
        if self.hangs:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                self.ended.set()
                raise
        return SourcePage(rows=(), has_more=False, total=0)

    async def aclose(self):
        """Nothing is open."""


@pytest.fixture
def till(monkeypatch):
    made = Till()

    async def opened(*_, **__):
        return made

    monkeypatch.setattr("gateway.starting.open_connector", opened)
    return made


@pytest.fixture
async def opened(tmp_path, till):
    """Opens an application with the till and the given settings; its client and itself."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(**changes):
            settings = settings_for(tmp_path, CONNECTED, **changes)
            app = create_app(settings)
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://gateway",
                headers=bearer(settings),
            )
            await stack.enter_async_context(client)
            return client, app

        yield make


async def _asked(client, query, **headers):
    return await client.post("/graphql", json={"query": query}, headers=headers)


def _code(answer):
    return answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
async def test_an_answer_that_is_late_is_a_coded_error(opened, monkeypatch, accept):
    async def hangs(self, *_):
        await asyncio.Event().wait()

    monkeypatch.setattr(GraphReader, "order", hangs)
    client, _ = await opened(request_deadline_ms=40)
    query = '{ order(by: {business: {channel: "jd", number: "1"}}) { id } }'
    answer = await _asked(client, query, accept=accept)
    assert (answer.status_code, _code(answer)) == (200, "REQUEST_TIMEOUT")
    assert answer.json()["data"] is None


async def test_a_system_that_hangs_is_missing_before_the_whole_answer_is_late(opened, till):
    till.hangs = True
    client, _ = await opened(request_deadline_ms=600)
    answer = await _asked(client, ORDERS)
    assert answer.json()["data"]["orders"]["sources"] == [
        {"status": "TIMEOUT", "code": "UPSTREAM_TIMEOUT"}
    ]
    assert "errors" not in answer.json()


async def test_a_client_in_a_hurry_does_not_make_a_connector_fail(opened, till):
    till.hangs = True
    client, _ = await opened()
    answer = await _asked(client, ORDERS, **{"x-santong-deadline-ms": "30"})
    assert answer.json()["data"]["orders"]["sources"][0]["status"] == "TIMEOUT"
    state = (await _asked(client, CONNECTORS)).json()["data"]["connectors"]
    assert state == [{"name": "legacy", "health": "UNTRIED", "calls": 0, "errors": 0}]


async def test_lists_that_ask_for_too_many_rows_ask_nobody(opened, till):
    client, _ = await opened(max_rows=250)
    many = (
        "{ " + " ".join(f"a{n}: orders(first: 100) {{ nodes {{ id }} }}" for n in range(3)) + " }"
    )
    answer = await _asked(client, many)
    assert (answer.status_code, _code(answer)) == (200, "QUERY_TOO_EXPENSIVE")
    assert till.asked == 2


async def test_a_source_that_was_not_asked_any_more_says_so(opened, till):
    client, _ = await opened(max_upstream_calls=2)
    many = "{ " + " ".join(f"a{n}: {ORDERS[1:-1]}" for n in range(3)) + " }"
    data = (await _asked(client, many)).json()["data"]
    assert [one["sources"][0]["code"] for one in data.values()] == [
        None,
        None,
        "QUERY_TOO_EXPENSIVE",
    ]
    assert till.asked == 2


async def test_a_document_has_at_most_thirty_aliases(opened):
    client, _ = await opened()
    for count, refused in ((30, False), (31, True)):
        names = " ".join(f"a{n}: __typename" for n in range(count))
        answer = await _asked(client, f"{{ {names} }}")
        assert ("errors" in answer.json()) == refused
    assert _code(answer) == "DOCUMENT_TOO_MANY_ALIASES"


async def test_a_long_comment_is_not_even_read(opened):
    client, _ = await opened()
    answer = await _asked(client, "{ __typename } #" + "a" * 30_000)
    assert _code(answer) == "DOCUMENT_TOO_LARGE"


async def test_a_fault_of_ours_is_counted(opened, monkeypatch):
    def fails(*_):
        raise RuntimeError

    monkeypatch.setattr("gateway.gateway.Gateway.reader", fails)
    client, _ = await opened()
    assert (await _asked(client, ORDERS)).status_code == 500
    text = (await client.get("/metrics")).text
    assert 'santong_graphql_requests_total{status="500"} 1.0' in text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_nobody_waits_for_is_not_done(opened, till, method):
    till.hangs = True
    client, app = await opened()
    gone = asyncio.Event()
    body = json.dumps({"query": ORDERS}).encode() if method == "POST" else b""
    said = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if said:
            return said.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    sent = []

    async def send(message):
        sent.append(message)

    request = client.build_request(
        method, "/graphql", params={"query": ORDERS} if method == "GET" else None
    )
    headers = [(b"content-type", b"application/json"), *request.headers.raw]
    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in headers],
    }
    running = asyncio.create_task(app(scope, receive, send))
    async with asyncio.timeout(5):
        await till.begun.wait()
        gone.set()
        await running
    assert till.cancelled == 1
    assert b"CLIENT_GONE" in sent[-1]["body"]


def test_a_connection_that_is_closed_ends_its_work(tmp_path, till):
    """As above, over a real connection; no deadline is near."""
    till.hangs = True
    estate = CONNECTED.replace("5000", "60000")
    settings = settings_for(tmp_path, estate, request_deadline_ms=60_000)
    body = json.dumps({"query": ORDERS}).encode()
    token = bearer(settings)["authorization"]
    head = f"POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with served(create_app(settings)) as address:
        with socket.create_connection(address) as client:
            client.sendall(head.encode() + body)
            assert till.asked_once.wait(10)
        assert till.ended.wait(10)
    assert till.cancelled == 1
