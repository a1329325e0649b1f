"""API keys at the door of a running gateway: known within seconds, and no longer when revoked."""

import asyncio
import time

import httpx
import pytest
from pydantic import SecretStr

from capabilities.api_keys import KeyScope, new_secret
from capabilities.caller import Role
from gateway.app import create_app
from store.access.api_keys import ApiKeys
from store.engine import Store
from tests.gateway.serving import served, settings_for
from tests.migrated import migrated

_SECONDS = 10.0


@pytest.fixture
def database(tmp_path, postgres):
    return migrated(postgres, f"callers_{tmp_path.name}")


def at_keys(database, work):
    async def run():
        store = Store.open(database, deadline_seconds=5, connections=1)
        try:
            return await work(ApiKeys(store, "baiwei"))
        finally:
            await store.aclose()

    return asyncio.run(run())


def ask(url, key, query="{ channels { code } }"):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    return httpx.post(url, json={"query": query}, headers=headers, timeout=10)


def settled(url, key, status):
    """The answer once it has this status; the last one where it never does."""
    ends = time.monotonic() + _SECONDS
    answer = ask(url, key)
    while answer.status_code != status and time.monotonic() < ends:
        answer = ask(url, key)
    return answer


def test_a_key_is_known_bound_and_revoked_while_the_gateway_runs(tmp_path, database):
    settings = settings_for(tmp_path, database_url=SecretStr(database))
    text, made = new_secret()
    scope = KeyScope(role=Role.SERVICE, channels=frozenset({"nowhere"}))
    with served(create_app(settings)) as (host, port):
        url = f"http://{host}:{port}/graphql"
        assert ask(url, text).status_code == 401
        at_keys(database, lambda keys: keys.add("desk", scope, made, by="test"))
        answer = settled(url, text, 200)
        assert answer.json()["data"] == {"channels": []}
        forged = text[:-1] + ("A" if text[-1] != "A" else "B")
        assert ask(url, forged).status_code == 401
        refused = ask(url, text, "{ connectors { name } }").json()
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        at_keys(database, lambda keys: keys.revoke("desk", by="test"))
        assert settled(url, text, 401).status_code == 401
