"""A hundred wrong definitions are registered under load, and nobody else's request fails."""

import asyncio
import time
from collections import Counter

import pytest
from pydantic import SecretStr

from capabilities.caller import Role
from tests.gateway.legacy_shop import ROWS, legacy_shop
from tests.gateway.mutated_definitions import (
    definition,
    wrong_when_asked,
    wrong_when_read,
)
from tests.gateway.serving import opened, settings_for
from tests.gateway.test_registering import Caller
from tests.migrated import migrated

ESTATE = """
brand: baiwei
channels:
  - {code: main, name: 主店, kind: STORE}
connectors: []
"""
_GOOD = (
    '{ orders(filter: {channels: ["good"]}, first: 50) { nodes { number } sources { status } } }'
)
_ALL = "{ orders(first: 100) { nodes { number channel { code } } sources { name status code } } }"
_OTHERS = "{ channels { code } connectors { name state } }"
_ONE = "query Q($c: [String!]) { orders(filter: {channels: $c}, first: 50) { sources { status } } }"
_SECONDS = 60.0


class Load:
    """Callers who ask all the time, and what went wrong for them."""

    def __init__(self, client):
        self.caller = Caller(client)
        self.done = Counter()
        self.failed = []
        self.slowest = 0.0

    async def ask(self, query):
        while True:
            began = time.monotonic()
            answer = await self.caller.post(query)
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.done[query] += 1
            if not self._good(query, answer):
                self.failed.append(answer)
            await asyncio.sleep(
                0.03
            )  # two hundred questions a second would be a load test of its own

    def _good(self, query, answer):
        if "errors" in answer or not answer.get("data"):
            return False
        if query == _OTHERS:
            return True
        orders = answer["data"]["orders"]
        if query == _GOOD:
            return len(orders["nodes"]) == ROWS and orders["sources"] == [{"status": "OK"}]
        ours = [one for one in orders["nodes"] if one["channel"]["code"] == "good"]
        told = {one["name"]: one["status"] for one in orders["sources"]}
        return len(ours) == ROWS and told["good"] == "OK"


@pytest.fixture
def settings(tmp_path, postgres):
    database = migrated(postgres, f"mutated_{tmp_path.name}")
    return settings_for(tmp_path, ESTATE, database_url=SecretStr(database))


async def asked(admin, name):
    """What the one source of a mutated connector says."""
    answer = await admin.post(_ONE, c=[name])
    assert "errors" not in answer, answer
    return [one["status"] for one in answer["data"]["orders"]["sources"]]


@pytest.mark.timeout(180)
async def test_a_hundred_wrong_definitions_fail_nobody(settings):
    began = time.monotonic()
    async with legacy_shop() as base, opened(settings, Role.ADMIN) as client:
        admin, load = Caller(client), Load(client)
        assert (await admin.register(definition("good", base), ()))["name"] == "good"
        callers = [asyncio.create_task(load.ask(query)) for query in (_GOOD, _GOOD, _ALL, _OTHERS)]
        registered, failing, refused = 0, 0, 0
        for name, text in wrong_when_asked(base):
            answer = await admin.register(text, ())
            assert answer["__typename"] == "RegisteredConnector", (name, answer)
            registered += 1
            failing += await asked(admin, name) != ["OK"]
            if registered % 3:  # some stay in force beside the others
                assert (await admin.change("remove", name=name))["state"] == "REMOVED"
        for name, text in wrong_when_read(base):
            answer = await admin.register(text, ())
            assert answer["__typename"] == "ConnectorInvalid", (name, answer)
            assert answer["faults"]
            broken = await admin.change("update", name="good", definition=text)
            assert broken["__typename"] == "ConnectorInvalid", (name, broken)
            refused += 1
        for one in callers:
            one.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        assert load.failed == []
    assert registered + refused >= 100
    assert failing >= 60
    assert min(load.done.values()) > 20
    assert time.monotonic() - began < _SECONDS
