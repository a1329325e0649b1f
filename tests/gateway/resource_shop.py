"""A gateway that publishes the demo's resources over members and orders of its own."""

import asyncio
import io
import json
from contextlib import contextmanager, redirect_stderr
from itertools import count

import httpx
import pytest
from pydantic import SecretStr

from capabilities.caller import Role
from capabilities.operations import operation_hash
from gateway.app import create_app
from gateway.cli.box.published_files import write_published
from store.access.audit import Audit
from store.engine import Store
from tests.gateway.serving import BRAND, bearer, served, settings_for
from tests.migrated import migrated

_KEYS = count(1)
PHONE = "13900077001"
ESTATE = """
brand: baiwei
channels:
  - {code: own, name: 会员俱乐部, kind: APP}
  - {code: quiet, name: 老系统, kind: STORE}
connectors:
  - name: old
    system: ospos
    settings: {url: "postgresql://nobody@/none?host=/nowhere"}
    secrets: {password: "env:DEMO_POS_PASSWORD"}
    channels: {order: {"*": quiet}}
"""
REGISTER = """mutation R($i: RegisterMemberInput!) { registerMember(input: $i) { __typename
  ... on MemberRegistered { memberId } ... on UserError { code } } }"""
PLACE = """mutation P($i: PlaceOrderInput!) { placeOrder(input: $i) { __typename
  ... on OrderChanged { order { number } } ... on UserError { code path } } }"""
CHANNELS = """
  - path: /channels
    operation: Channels
    answer: channels
"""
MORE = """
  - path: /channels/{deep}
    operation: Channels
    variables: { deep: path.deep }
    name: DeepChannels
    answer: channels
"""
CHANNELS_TEXT = (
    "query Channels($deep: Boolean = true) { channels { code name @include(if: $deep) } }"
)
OWN = {"channel": "own"}


class Shop:
    """A gateway with members and orders of its own, and a system that never answers."""

    def __init__(self, settings, url, resources, log):
        self.settings, self.url, self.resources, self.log = settings, url, resources, log
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=60)

    def headers(self, role=Role.SERVICE, **more):
        return {**bearer(self.settings, role), **more}

    def get(self, path, role=Role.SERVICE, params=None, method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(
            method, f"/api{path}", params=params, headers=self.headers(role, **named)
        )

    def write(self, path, body, role=Role.SERVICE, method="PATCH", **headers):
        named = {"idempotency-key": f"r{next(_KEYS)}"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(
            method, f"/api{path}", json=body, headers=self.headers(role, **named)
        )

    def graph(self, query, **variables):
        body = {"query": query, "variables": variables}
        answer = self.client.post("/graphql", json=body, headers=self.headers()).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def place(self, **more):
        total = {"amount": "10.00", "currency": "CNY"}
        wish = {"channel": "own", "lines": [{"sku": "SN-1", "quantity": "1", "unitPrice": total}]}
        wish |= {"total": total, "idempotencyKey": f"o{next(_KEYS)}", **more}
        return self.graph(PLACE, i=wish)["placeOrder"]["order"]["number"]

    def register(self, phone=PHONE):
        wish = {"channel": "own", "phone": phone, "phoneVerified": True, "familyName": "林"}
        wish["idempotencyKey"] = f"m{next(_KEYS)}"
        return self.graph(REGISTER, i=wish)["registerMember"]["memberId"]

    def trail(self, action):
        async def read():
            store = Store.open(self.settings.database_url.get_secret_value())
            try:
                return [one for one in await Audit(store, BRAND).page(100) if one.action == action]
            finally:
                await store.aclose()

        return asyncio.run(read())


@contextmanager
def shop_at(folder, postgres, valkey, **changes):
    database = migrated(postgres, f"resources_{folder.name}")
    operations, resources = write_published(folder)
    listed = json.loads(operations.read_text("utf-8"))
    operations.write_text(
        json.dumps({**listed, operation_hash(CHANNELS_TEXT): CHANNELS_TEXT}), "utf-8"
    )
    resources.write_text(resources.read_text("utf-8") + CHANNELS, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEMO_POS_PASSWORD", "secret")
        settings = settings_for(
            folder,
            ESTATE,
            database_url=SecretStr(database),
            redis_url=SecretStr(valkey.url),
            operations=operations,
            resources=resources,
            **changes,
        )
        log = io.StringIO()
        with redirect_stderr(log):
            app = create_app(settings)
        with served(app) as (host, port):
            shop = Shop(settings, f"http://{host}:{port}", resources, log)
            with shop.client:
                yield shop
