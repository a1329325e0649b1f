"""The application as a whole: opened, closed, twice in a process, with everything away."""

import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from capabilities.caller import Role
from capabilities.order.ports import OrderSearch
from capabilities.page import SourcePage
from gateway.app import create_app
from gateway.federation.estate_file import EstateFault
from gateway.federation.reader import GraphReader
from gateway.http import executing
from tests.gateway.serving import AWAY, CONNECTED, KEY, bearer, settings_for

SECRET = "secret 13912345678"
ORDERS = "{ orders(first: 1) { nodes { id } sources { name status code latencyMs } } }"


class Legacy(OrderSearch):
    """A legacy system that hangs, fails or answers nothing, as the test says."""

    order_filters = frozenset()
    native_types = ()
    abilities = frozenset({OrderSearch})

    def __init__(self):
        self.closed = 0
        self.cancelled = 0
        self.fault: Exception | None = None
        self.hangs = False

    async def search_orders(self, *_):
        if self.fault:
            raise self.fault
        if self.hangs:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        return SourcePage(rows=(), has_more=False, total=0)

    async def aclose(self):
        self.closed += 1


@pytest.fixture
def legacy(monkeypatch):
    made = Legacy()

    async def opened(spec, observer, **_):
        made.observer = observer
        return made

    monkeypatch.setattr("gateway.starting.open_connector", opened)
    return made


@pytest.fixture
async def client(tmp_path, legacy):
    """A client of an application with one connector, all stores away."""
    settings = settings_for(tmp_path, CONNECTED)
    app = create_app(settings)
    async with app.router.lifespan_context(app), _client(app, settings) as made:
        yield made


def _client(app, settings, role=Role.OPERATIONS):
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://gateway",
        headers=bearer(settings, role),
    )


async def _asked(client, query=ORDERS, **headers):
    answer = await client.post("/graphql", json={"query": query}, headers=headers)
    return answer.json()


async def test_a_client_lowers_the_deadline_of_a_system_that_hangs(client, legacy):
    legacy.hangs = True
    body = await _asked(client, **{"x-santong-deadline-ms": "60"})
    (source,) = body["data"]["orders"]["sources"]
    assert (source["name"], source["status"]) == ("legacy", "TIMEOUT")
    assert source["latencyMs"] < 2_000
    assert "errors" not in body
    (warning,) = body["extensions"]["warnings"]
    assert (warning["source"], warning["retryable"]) == ("legacy", True)
    assert legacy.cancelled == 1


async def test_a_client_cannot_raise_the_deadline(tmp_path, legacy):
    legacy.hangs = True
    settings = settings_for(tmp_path, CONNECTED.replace("5000", "60"))
    app = create_app(settings)
    async with app.router.lifespan_context(app), _client(app, settings) as made:
        body = await _asked(made, **{"x-santong-deadline-ms": "60000"})
    (source,) = body["data"]["orders"]["sources"]
    assert source["status"] == "TIMEOUT"
    assert source["latencyMs"] < 2_000


async def test_a_defect_of_a_connector_is_one_sources_failure_without_its_text(
    client, legacy, caplog
):
    legacy.fault = RuntimeError(SECRET)
    body = await _asked(client)
    (source,) = body["data"]["orders"]["sources"]
    assert (source["status"], source["code"]) == ("ERROR", "CONNECTOR_DEFECT")
    assert "secret" not in json.dumps(body)


async def test_a_resolver_that_fails_is_masked(client, monkeypatch):
    async def fails(self, *_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(GraphReader, "order", fails)
    query = '{ order(by: {business: {channel: "jd", number: "1"}}) { id } channels { code } }'
    body = await _asked(client, query)
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["requestId"] == body["extensions"]["requestId"]
    assert error["path"] == ["order"]
    assert "secret" not in json.dumps(body)
    assert body["data"] == {"order": None, "channels": [{"code": "jd"}]}


async def test_a_fault_outside_of_the_graph_is_one_masked_500(client, monkeypatch):
    def fails(self, *_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("gateway.gateway.Gateway.reader", fails)
    answer = await client.post("/graphql", json={"query": ORDERS})
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


async def test_figures_of_a_connector_have_bounded_labels(client, legacy):
    for outcome in ("OK", "UPSTREAM_TIMEOUT"):
        legacy.observer.called("legacy", "OrderSearch", outcome, 0.02, 3)
    legacy.observer.unknown("legacy", "status", "13912345678")
    await _asked(client)
    text = (await client.get("/metrics")).text
    asked = 'connector="legacy",outcome="UPSTREAM_TIMEOUT",port="OrderSearch"'
    assert f"santong_connector_calls_total{{{asked}}} 1.0" in text
    assert 'santong_connector_batch_keys_count{connector="legacy",port="OrderSearch"} 2.0' in text
    assert 'santong_connector_seconds_count{connector="legacy",port="OrderSearch"} 2.0' in text
    assert 'santong_connector_unknown_values_total{connector="legacy",field="status"} 1.0' in text
    assert 'santong_graphql_requests_total{status="200"} 1.0' in text
    assert "santong_graphql_seconds_count 1.0" in text
    assert "13912345678" not in text


@pytest.mark.parametrize("query", ["{ __schema { types { name } } }", "{ chanels { code } }"])
async def test_a_closed_schema_is_closed_over_http(tmp_path, query):
    settings = settings_for(tmp_path, introspection=False)
    app = create_app(settings)
    async with app.router.lifespan_context(app), _client(app, settings) as made:
        body = await _asked(made, query)
        unfit = await made.post(
            "/graphql",
            json={
                "query": "query Q($n: Int) { orders(first: $n) { __typename } }",
                "variables": {"n": "x"},
            },
        )
        fine = await _asked(made, "{ __typename channels { code } }")
    (error,) = body["errors"]
    assert error["message"] == "the document does not fit the graph"
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "locations" not in error
    assert [one["message"] for one in unfit.json()["errors"]] == [
        "the variables or the operation name do not fit the document"
    ]
    assert fine["data"]["channels"] == [{"code": "jd"}]


async def test_it_starts_and_reads_with_both_stores_away(client):
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert sorted(ready.json()["degraded"]) == ["near", "store"]
    body = await _asked(client)
    assert body["data"]["orders"]["sources"][0]["status"] == "OK"


async def test_nothing_is_left_of_it_when_it_is_closed(tmp_path, legacy, postgres, valkey):
    settings = settings_for(
        tmp_path,
        CONNECTED,
        database_url=postgres.create_database("left_over"),
        redis_url=valkey.url,
    )
    app = create_app(settings)
    before = asyncio.all_tasks()
    sockets = _sockets()
    async with app.router.lifespan_context(app), _client(app, settings) as made:
        assert (await made.get("/health/ready")).json()["degraded"] == []
        await _asked(made)
    gc.collect()
    # A task that was cancelled ends in the next turn of the loop.
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == set()
    assert legacy.closed == 1
    assert _sockets() <= sockets


def _sockets():
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return {one for one in found if one.startswith("socket:")}


async def test_two_applications_live_in_one_process(tmp_path, legacy):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = settings_for(tmp_path / "a", CONNECTED)
    two = settings_for(
        tmp_path / "b",
        CONNECTED.replace("code: jd", "code: tmall").replace("order: jd", "order: tmall"),
    )
    first, second = create_app(one), create_app(two)
    async with (
        first.router.lifespan_context(first),
        second.router.lifespan_context(second),
        _client(first, one) as ask_first,
        _client(second, two) as ask_second,
    ):
        answers = await asyncio.gather(
            _asked(ask_first, "{ channels { code } }"), _asked(ask_second, "{ channels { code } }")
        )
        assert [a["data"]["channels"] for a in answers] == [[{"code": "jd"}], [{"code": "tmall"}]]
        text = (await ask_second.get("/metrics")).text
        assert 'santong_graphql_requests_total{status="200"} 1.0' in text
    assert legacy.closed == 2


@pytest.mark.parametrize(
    ("estate", "told"),
    [("brand: [", "no YAML"), ("brand: baiwei", "channels"), ("", "estate.yaml")],
)
def test_an_estate_that_cannot_be_read_is_said_before_anything_is_opened(tmp_path, estate, told):
    with pytest.raises(EstateFault, match=told):
        create_app(settings_for(tmp_path, estate))


def test_a_missing_estate_ends_the_command_with_one_line(tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(tmp_path / "nothing.yaml"),
        "SANTONG_PORT": "0",
        "SANTONG_DATABASE_URL": AWAY["database_url"].get_secret_value(),
        "SANTONG_REDIS_URL": AWAY["redis_url"].get_secret_value(),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "serve"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "ESTATE_INVALID" in ended.stderr
    assert "nothing.yaml" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    ("header", "language"),
    [(None, "zh-CN"), ("en-GB,zh;q=0.5", "en"), ("fr, en", "en"), ("xx", "zh-CN"), ("zh", "zh-CN")],
)
async def test_the_language_is_the_clients(client, monkeypatch, header, language):
    seen = []

    made = executing.Context

    def keeps(**fields):
        seen.append(fields["language"])
        return made(**fields)

    monkeypatch.setattr(executing, "Context", keeps)
    await _asked(client, "{ __typename }", **({"accept-language": header} if header else {}))
    assert seen == [language]
