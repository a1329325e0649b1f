"""A gateway over real stores, where somebody has one of everything that can be named."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from gateway.app import create_app
from tests.gateway.naming.shelf import Shelf
from tests.gateway.serving import served, settings_for
from tests.migrated import migrated

ESTATE = """
brand: baiwei
channels:
  - {code: own, name: 小程序, kind: APP}
  - {code: club, name: 俱乐部, kind: APP}
  - {code: sap, name: 批发, kind: STORE}
connectors:
  - name: erp
    system: sap_s4hana
    settings: {base_url: "http://127.0.0.1:9/sap", client: "100", username: santong}
    secrets: {password: "env:DEMO_SAP_PASSWORD"}
    channels: {order: {"10": sap}}
"""


@pytest.fixture(scope="session")
def shelf(postgres, valkey, tmp_path_factory) -> Iterator[Shelf]:
    database = migrated(postgres, "naming")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEMO_SAP_PASSWORD", "secret")
        settings = settings_for(
            tmp_path_factory.mktemp("naming"),
            ESTATE,
            database_url=SecretStr(database),
            redis_url=SecretStr(valkey.url),
            lookups_per_10_minutes=1_000_000,
            lookups_per_day=1_000_000,
            max_aliases=1_000,
        )
        with served(create_app(settings)) as (host, port), httpx.Client(timeout=60) as client:
            made = Shelf(settings, f"http://{host}:{port}/graphql", client)
            asyncio.run(made.open())
            yield made
