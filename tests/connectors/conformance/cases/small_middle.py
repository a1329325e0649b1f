"""Another Santong as an earlier middle platform: a second real gateway, over tills of its own."""

import json
import os
import sys
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
import yaml

from capabilities.caller import Role
from capabilities.errors import Garbled, TimedOut, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors.protocols.graphql.client import GraphQLClient
from demo.pos.seed import seed_database
from gateway.auth.tokens import mint
from gateway.embedded import OwnedProcess
from gateway.settings import Settings
from tests.acceptance.retailer import ROOT, free_port
from tests.connectors.conformance.cases import pos
from tests.connectors.conformance.subject import Subject, Truth, World, order_fault

_KEY = "a key of the other platform, longer than thirty-two"
_TOKEN = mint(Settings(secret_key=_KEY), role=Role.OPERATIONS, brand="earlier")
_CHANNELS = {"store": "earlier_store", "terminal": "earlier_terminal", "popup": "earlier_popup"}
_PEOPLE = "{ members(first: 40) { nodes { id } } }"
_LIN = '{ member(by: { phone: "+8613912345678" }) { id } }'


class Case(Subject):
    """Members and orders of the other platform; its stores are channels of their own here."""

    system = "small_middle"
    tested_against = "a second gateway of this repository, over the tills of the demo"
    secrets: ClassVar = {"MIDDLE_TOKEN": _TOKEN}
    unknown_words = False
    counted = ((GraphQLClient, "ask"),)
    faults: ClassVar = {
        "error500": Unavailable,
        "timeout": TimedOut,
        "html200": Garbled,
        "truncated": Garbled,
        "refuse": Unavailable,
        "garbage": Garbled,
    }

    def start(self, world: World) -> None:
        world.postgres.create_database("middle_pos")
        world.postgres.create_database("middle_store")
        tills = str(world.postgres.dsn("middle_pos"))
        seed_database(tills)
        sockets = parse_qs(urlsplit(tills).query)["host"][0]
        home, port = world.folders.mktemp("middle"), free_port()
        estate = home / "estate.yaml"
        estate.write_text(yaml.safe_dump(_estate(tills)), "utf-8")
        env = {
            **{name: value for name, value in os.environ.items() if "SANTONG" not in name},
            "SANTONG_HOME": str(home),
            "SANTONG_ESTATE": str(estate),
            "SANTONG_SECRET_KEY": _KEY,
            "SANTONG_DATABASE_URL": str(world.postgres.dsn("middle_store")),
            "SANTONG_PORT": str(port),
            "SANTONG_CONNECTOR_HOSTS": json.dumps([f"unix:{sockets}"]),
            "DEMO_POS_PASSWORD": "demo-pos",
            # One token asks there for everybody here.
            "SANTONG_LOOKUPS_PER_10_MINUTES": "1000000",
            "SANTONG_LOOKUPS_PER_DAY": "1000000",
        }
        address = f"http://127.0.0.1:{port}"
        migrated = _santong(world, home, env, "migrate")
        migrated.wait_ready(lambda: migrated.exit_code == 0, within=60)
        serving = _santong(world, home, env, "serve")
        serving.wait_ready(lambda: _is_ready(address), within=60)
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {_TOKEN}"
            people = client.post("/graphql", json={"query": _PEOPLE}).json()["data"]["members"]
            self.lin = client.post("/graphql", json={"query": _LIN}).json()["data"]["member"]["id"]
        self.people = frozenset(one["id"] for one in people["nodes"])
        words = ("--port", "0", "--upstream", address)
        self.url = world.server("tests.connectors.conformance.through", *words)

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system="small_middle",
            settings={"base_url": self.url},
            secrets={"token": "env:MIDDLE_TOKEN"},
            limits=limits,
            channels={Capability.MEMBER: {"*": "earlier"}, Capability.ORDER: _CHANNELS},
        )

    def truth(self) -> Truth:
        orders = {
            f"{channel}:{number}": (_CHANNELS[channel], None, cents)
            for number, (channel, _, cents) in pos.Case().truth().orders.items()
        }
        return Truth(orders, self.people, {}, self.lin)


def _estate(database: str) -> dict[str, object]:
    return {
        "brand": "earlier",
        "channels": [{"code": code, "name": code, "kind": "STORE"} for code in _CHANNELS],
        "connectors": [
            {
                "name": "tills",
                "system": "ospos",
                "settings": {"url": database},
                "limits": {"deadline_ms": 4000, "max_batch": 100},
                "channels": {
                    "member": "store",
                    "order": {"M": "store", "T": "terminal", "P": "popup"},
                },
            }
        ],
    }


def _santong(world: World, home, env, command: str) -> OwnedProcess:
    words = [sys.executable, "-m", "gateway.cli", command]
    log = home / f"{command}.log"
    process = OwnedProcess(command, words, log=log, directory=ROOT, env=env)
    return world.stack.enter_context(process)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready", trust_env=False, timeout=5).is_success
    except httpx.TransportError:
        return False
