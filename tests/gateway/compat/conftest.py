"""A shop and a gateway that answers in its words, each at a real port; and the client of both."""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from msgspec.structs import replace
from pydantic import SecretStr
from sqlalchemy import text
from woocommerce import API

from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import Standing
from capabilities.api_keys import KeyScope, new_secret
from capabilities.caller import Role
from capabilities.working import WorkPlan, encode_plan
from connectors._kit import OpeningRules, address_rules
from connectors.connector import open_connector
from gateway.app import create_app
from gateway.compat.consumers import PURPOSE, consumer_of
from gateway.federation.estate_file import read_estate
from gateway.keys import derived_key, keyring
from gateway.observe import Metrics
from store.access.api_keys import ApiKeys
from store.adoption.standings import Standings
from store.commands import Commands
from store.engine import Store
from store.member.taking import intake_of
from store.owned import owned_by
from store.privacy.data_keys import DataKeys
from tests.gateway.serving import BRAND, KEY, LOOPBACK, served, settings_for
from tests.migrated import migrated
from work.commands import Relay

ESTATE = """
brand: baiwei
time_zone: Asia/Shanghai
channels:
  - {{code: shop, name: 商城, kind: OTHER}}
  - {{code: app, name: 会员App, kind: APP}}
  - {{code: mini, name: 小程序, kind: MINI_PROGRAM}}
  - {{code: live, name: 直播间, kind: LIVESTREAM}}
  - {{code: jd, name: 京东, kind: MARKETPLACE}}
connectors:
  - name: woo
    system: woocommerce
    settings: {{ base_url: "{url}/wp-json/wc/v3", username: ck_demo }}
    secrets: {{ password: "env:DEMO_WOO_SECRET" }}
    limits: {{ deadline_ms: 30000, max_concurrent: 8, max_batch: 50 }}
    channels:
      member: shop
      order: {{ checkout: shop, app: app, miniprogram: mini, livestream: live }}
"""
CHANNELS = frozenset({"shop", "app", "mini", "live"})


@pytest.fixture(scope="module")
def shop():
    """The shop itself, as a process of its own; its address."""
    command = [sys.executable, "-m", "demo.shop", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        words = (word for line in process.stdout for word in line.split())
        yield next(word for word in words if word.startswith("http://"))
        process.terminate()


@pytest.fixture(scope="module", autouse=True)
def _patience():
    """A copy that is slow is waited for: in its place the shop would answer, and rightly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Store.open.__func__.__kwdefaults__, "deadline_seconds", 40.0)
        yield


@pytest.fixture(scope="module")
def settings(shop, postgres, valkey, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compat")
    database = migrated(postgres, f"compat_{folder.name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEMO_WOO_SECRET", "cs_demo")
        yield settings_for(
            folder,
            ESTATE.format(url=shop),
            database_url=SecretStr(database),
            redis_url=SecretStr(valkey.url),
            compat_write_wait_ms=30_000,
            request_deadline_ms=120_000,
            key_lookups_per_10_minutes=1_000_000,
            key_lookups_per_day=1_000_000,
        )


@pytest.fixture(scope="module")
def gateway(settings, shop):
    # A slow machine is no matter of these tests: nobody is left waiting for less than a minute.
    with served(create_app(settings)) as (host, port), httpx.Client(timeout=60) as http:
        yield Gateway(settings, f"http://{host}:{port}", shop, http)


class Gateway:
    """The gateway, whoever may call it, and what its back door does."""

    def __init__(self, settings, url, shop, http):
        self.settings, self.url, self.shop = settings, url, shop
        self.http = http

    def consumer(self, name, role=Role.SERVICE, channels=CHANNELS, stores=None):
        """A consumer key and secret of a new API key, once the gateway follows it."""
        text_, made = new_secret()
        scope = KeyScope(role=role, channels=channels, stores=stores)
        self.at_store(lambda store: ApiKeys(store, BRAND).add(name, scope, made, by="test"))
        ask = {"query": "{ __typename }"}
        headers = {"authorization": f"Bearer {text_}"}
        while self.http.post(f"{self.url}/graphql", json=ask, headers=headers).status_code == 401:
            time.sleep(0.05)  # every process follows within a second
        return consumer_of(derived_key(self.settings, PURPOSE), made.id)

    def client(self, consumer):
        """The shop's own client library, pointed at the gateway."""
        return API(f"{self.url}/compat/shop", consumer.key, consumer.secret, timeout=60)

    @property
    def legacy(self):
        """The same library, pointed at the shop."""
        return API(self.shop, "ck_demo", "cs_demo", timeout=60)

    def at_store(self, work):
        async def opened():
            store = Store.open(self.settings.database_url.get_secret_value(), deadline_seconds=30)
            try:
                return await work(store)
            finally:
                await store.aclose()

        return asyncio.run(opened())

    def rows(self, statement):
        return self.at_store(lambda store: store.rows(text(statement)))

    def stand(self, capability, state, channels=CHANNELS, **points):
        """Put a capability of some channels into a state, as a person would."""

        async def moved(store):
            standings = Standings(self.owned(store))
            for channel in sorted(channels):

                async def decide(_, before):
                    after = replace(before, state=state, from_state=before.state, **points)
                    return after, Decided(action=Action.PROMOTE, author="test", reason="a test")

                assert isinstance(await standings.move(channel, capability, decide), Standing)

        self.at_store(moved)

    def sync(self, *words):
        """Bring the platform's copy up to date."""
        plan = read_estate(self.settings.estate)
        told = WorkPlan(brand=BRAND, time_zone=plan.time_zone, connectors=tuple(plan.connectors))
        done = subprocess.run(
            [sys.executable, "-m", "work", "sync", *words],
            env={
                **os.environ,
                "SANTONG_DATABASE_URL": self.settings.database_url.get_secret_value(),
                "SANTONG_REDIS_URL": self.settings.redis_url.get_secret_value(),
                "SANTONG_SECRET_KEY": KEY,
                "SANTONG_CONNECTOR_HOSTS": json.dumps(LOOPBACK),
                "DEMO_WOO_SECRET": "cs_demo",
            },
            input=encode_plan(told),
            capture_output=True,
            check=False,
            cwd=Path(__file__).parents[3],
        )
        assert done.returncode == 0, done.stderr

    def owned(self, store):
        return owned_by(store, BRAND, keyring(self.settings), "Asia/Shanghai")

    def relay(self):
        """Tells the shop of every change that waits for it."""
        return self.at_store(self._relayed)

    async def _relayed(self, store):
        plan = read_estate(self.settings.estate)
        owned = self.owned(store)
        commands = Commands(store, BRAND, DataKeys(BRAND, owned.sealer))
        specs = {one.name: one for one in plan.connectors}

        @asynccontextmanager
        async def opened(spec):
            rules = OpeningRules(addresses=address_rules(LOOPBACK))
            connector = await open_connector(
                spec, Metrics(), zone=ZoneInfo(plan.time_zone), rules=rules
            )
            try:
                yield connector
            finally:
                await connector.aclose()

        await Relay(owned, commands, intake_of(owned), specs.get, opened).run()


@pytest.fixture(scope="module")
def consumer(gateway):
    return gateway.consumer("old-shop-app")
