"""Through the running gateway: an old answer where a system fails, and none after a purge."""

import asyncio
import contextlib

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from capabilities.caller import Role
from capabilities.errors import Unavailable
from capabilities.order.ports import OrderSearch
from capabilities.order.records import Order
from capabilities.page import SourcePage
from capabilities.sources import SourceRef
from gateway.app import create_app
from gateway.cli import app as command
from tests.gateway.serving import CONNECTED, KEY, bearer, settings_for

ESTATE = CONNECTED.replace(
    "channels: {order: jd}",
    "channels: {order: jd}, cache: {order: {fresh: 0s, stale_if_error: 1h}}",
)
ORDERS = "{ orders(first: 2) { nodes { number } sources { status ageMs code } } }"
PURGE = """
mutation Q($connector: String, $capability: Capability, $key: String) {
  purgeCache(input: {
    connector: $connector, capability: $capability, key: $key, idempotencyKey: "1"
  }) {
    ... on CachePurged { connectors told }
    ... on UserError { code path }
  }
}
"""


class _Legacy(OrderSearch):
    order_filters = abilities = frozenset()
    one_credential = True
    native_types = ()
    digest = "1"
    error = None

    async def search_orders(self, *_):
        if self.error is not None:
            raise self.error
        ref = SourceRef(connector="legacy", system="ospos", external_id="7")
        row = Order(channel="jd", number="7", source=ref)
        return SourcePage(rows=(row,), has_more=False, total=1)

    async def aclose(self):
        pass


@pytest.fixture
def legacy(monkeypatch):
    made = _Legacy()

    async def opened(*_, **__):
        return made

    monkeypatch.setattr("gateway.starting.open_connector", opened)
    return made


@pytest.fixture
def settings(tmp_path, valkey):
    return settings_for(tmp_path, ESTATE, redis_url=SecretStr(valkey.url))


@pytest.fixture
async def ask(settings, legacy):
    async with contextlib.AsyncExitStack() as opened:
        app = create_app(settings)
        await opened.enter_async_context(app.router.lifespan_context(app))
        client = await opened.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")
        )

        async def put(query, role=Role.ADMIN, **variables):
            body = {"query": query, "variables": variables}
            answer = await client.post("/graphql", json=body, headers=bearer(settings, role))
            return answer.json()

        put.metrics = lambda: client.get("/metrics", headers=bearer(settings, Role.ADMIN))
        yield put


async def _kept(ask, legacy):
    """An answer was kept, and its system has failed since."""
    legacy.error = None
    async with asyncio.timeout(20):
        while True:
            await ask(ORDERS)
            legacy.error = Unavailable("not reached", source="legacy")
            answer = await ask(ORDERS)
            if answer["data"]["orders"]["sources"][0]["status"] == "STALE":
                return answer
            legacy.error = None


async def test_an_old_answer_is_whole_and_warns_of_the_failure(ask, legacy):
    answer = await _kept(ask, legacy)
    (source,) = answer["data"]["orders"]["sources"]
    assert answer["data"]["orders"]["nodes"] == [{"number": "7"}]
    assert (source["status"], source["code"]) == ("STALE", "UPSTREAM_UNAVAILABLE")
    assert source["ageMs"] >= 0
    assert "errors" not in answer
    (warning,) = answer["extensions"]["warnings"]
    assert (warning["code"], warning["source"]) == ("UPSTREAM_UNAVAILABLE", "legacy")
    assert 'outcome="STALE_ON_ERROR"' in (await ask.metrics()).text


async def test_live_gets_no_old_answer(ask, legacy):
    await _kept(ask, legacy)
    answer = await ask(ORDERS.replace("first: 2", "first: 2, freshness: LIVE"))
    assert answer["data"]["orders"]["sources"][0]["status"] == "ERROR"


@pytest.mark.parametrize("variables", [{}, {"connector": "legacy"}, {"capability": "ORDER"}])
async def test_after_a_purge_there_is_no_old_answer(ask, legacy, variables):
    await _kept(ask, legacy)
    answer = await ask(PURGE, **variables)
    assert answer["data"]["purgeCache"] == {"connectors": ["legacy"], "told": True}
    (source,) = (await ask(ORDERS))["data"]["orders"]["sources"]
    assert source["status"] == "ERROR"


async def test_a_purge_of_something_else_leaves_it(ask, legacy):
    await _kept(ask, legacy)
    await ask(PURGE, capability="MEMBER")
    await ask(PURGE, capability="ORDER", key="1")
    (source,) = (await ask(ORDERS))["data"]["orders"]["sources"]
    assert source["status"] == "STALE"


@pytest.mark.parametrize(
    ("variables", "code"),
    [({"connector": "none"}, "CONNECTOR_UNKNOWN"), ({"key": "1"}, "CAPABILITY_MISSING")],
)
async def test_a_purge_that_names_nothing_is_declined(ask, variables, code):
    assert (await ask(PURGE, **variables))["data"]["purgeCache"]["code"] == code


async def test_only_administrators_purge(ask):
    answer = await ask(PURGE, role=Role.OPERATIONS)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def _purge(settings, monkeypatch, *words):
    monkeypatch.setenv("SANTONG_SECRET_KEY", KEY)
    monkeypatch.setenv("SANTONG_ESTATE", str(settings.estate))
    monkeypatch.setenv("SANTONG_REDIS_URL", settings.redis_url.get_secret_value())
    return CliRunner().invoke(command, ["cache", "purge", *words])


async def test_the_command_purges_for_a_running_gateway(ask, legacy, settings, monkeypatch):
    await _kept(ask, legacy)
    done = await asyncio.to_thread(_purge, settings, monkeypatch, "--connector", "legacy")
    assert (done.exit_code, done.output) == (0, "purged: legacy\n")
    (source,) = (await ask(ORDERS))["data"]["orders"]["sources"]
    assert source["status"] == "ERROR"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--connector", "none"), "the connectors are legacy"),
        (("--key", "1"), "name it by --capability"),
    ],
)
def test_the_command_says_what_it_cannot_purge(settings, monkeypatch, words, said):
    done = _purge(settings, monkeypatch, *words)
    assert done.exit_code == 1
    assert said in done.exception.message


def test_the_command_says_that_redis_is_away(settings, monkeypatch):
    settings = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    done = _purge(settings, monkeypatch)
    assert done.exit_code == 1
    assert "Redis did not take it" in done.exception.message
