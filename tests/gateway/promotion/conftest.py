"""A gateway over a real store, whose promotions a test writes down."""

from itertools import count

import httpx
import pytest
from pydantic import SecretStr

from capabilities.caller import Role
from gateway.app import create_app
from tests.gateway.serving import ESTATE, bearer, served, settings_for
from tests.migrated import migrated

_NUMBERS = count(1)
SNACKS = {
    "id": "snacks",
    "name": "零食九折",
    "kind": "ITEM_DISCOUNT",
    "reward": {"percentOff": {"percent": "10"}},
    "items": {"categories": [["零食"]]},
}


class Gateway:
    def __init__(self, settings, database, url, client):
        self.settings, self.database, self.url = settings, database, url
        self.client = client

    def ask(self, query, variables=None, role=Role.OPERATIONS, **headers):
        body = {"query": query, "variables": variables or {}}
        headers = {**bearer(self.settings, role), **headers}
        return self.client.post(f"{self.url}/graphql", json=body, headers=headers).json()

    def data(self, query, variables=None, role=Role.OPERATIONS, **headers):
        answer = self.ask(query, variables, role, **headers)
        assert "errors" not in answer, answer
        (found,) = answer["data"].values()
        return found

    def change(self, name, kind, **given):
        """A mutation by its name and the type of its input."""
        query = (
            f"mutation M($i: {kind}!) {{ {name}(input: $i) {{ __typename"
            " ... on Promotion { id key status terms { version } }"
            " ... on UserError { code path }"
            " ... on PromotionDeclined { faults { message path } } } }"
        )
        key = given.pop("idempotencyKey", f"k{next(_NUMBERS)}")
        return self.data(query, {"i": {"reason": "a test", **given, "idempotencyKey": key}})

    def put_in_force(self, **promotion):
        """Write a promotion down and schedule it."""
        made = self.change("createPromotion", "CreatePromotionInput", promotion=promotion)
        assert made["__typename"] == "Promotion", made
        done = self.change("schedulePromotion", "PromotionChangeInput", id=promotion["id"])
        assert done["status"] == "ACTIVE", done


@pytest.fixture(scope="module")
def gateway(postgres, valkey, tmp_path_factory):
    database = migrated(postgres, f"promoting_{next(_NUMBERS)}")
    settings = settings_for(
        tmp_path_factory.mktemp("promoting"),
        ESTATE,
        database_url=SecretStr(database),
        redis_url=SecretStr(valkey.url),
    )
    with served(create_app(settings)) as (host, port), httpx.Client(timeout=30) as client:
        yield Gateway(settings, database, f"http://{host}:{port}", client)
