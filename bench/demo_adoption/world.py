"""Everything that the story runs over: a shop, the stores, a gateway, the back door."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from bench.demo_adoption.shop_mapping import DEFECTIVE, write_systems
from bench.processes import ROOT, child, free_port
from bench.stores import stores
from capabilities.caller import Role
from gateway.auth.tokens import mint
from gateway.embedded import OwnedProcess
from gateway.settings import Settings

BRAND, CHANNEL, CONNECTOR = "baiwei", "shop", "woo"
_KEY = "a key of the story, longer than thirty-two characters"
_SECRET = "cs_story"  # noqa: S105 - of a made-up shop
# A busy machine is late with everything, and the story is about something else.
_SLOW = {"feed_lag_seconds": 900, "write_lag_seconds": 900, "platform_p99_ms": 30_000}
STEPS = (500, 2_500, 10_000)
_EVERYBODY = """query ($after: String) {
  members(first: 100, after: $after) {
    nodes { displayName memberships { number } } pageInfo { hasNextPage endCursor }
  }
}"""
_CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("SANTONG_", "DEMO_"))
}


class World:
    """What runs, and how people reach it."""

    def __init__(self, home: Path, environment: Mapping[str, str], shop: str) -> None:
        self.home = home
        self.environment = environment
        self.address = f"http://127.0.0.1:{environment['SANTONG_PORT']}"
        self._shop = shop
        settings = Settings(secret_key=_KEY)
        self._tokens = {
            role: mint(settings, role=role, brand=BRAND, subject="wang")
            for role in (Role.OPERATIONS, Role.ADMIN)
        }
        self._client = httpx.Client(trust_env=False, timeout=60)

    def ask(self, query: str, role: Role = Role.OPERATIONS, **variables: object) -> dict[str, Any]:
        """The body of an answer of the graph, whatever it says."""
        told = self._client.post(
            f"{self.address}/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self._tokens[role]}"},
        )
        body: dict[str, Any] = told.json()
        return body

    def santong(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """A command, to its end."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "gateway.cli", *words],
            cwd=ROOT,
            env={**_CLEAN, **self.environment},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def maps_by(self, system: str) -> None:
        """Puts a version of the shop's mapping in force, as an editor of the estate file does."""
        write_estate(Path(self.environment["SANTONG_ESTATE"]), self._shop, system)

    def shop(self, method: str, path: str, **told: Any) -> Any:
        """A call of the shop's own wire, behind Santong's back."""
        answer = self._client.request(
            method, f"{self._shop}/wp-json/wc/v3/{path}", auth=("ck_demo", _SECRET), **told
        )
        answer.raise_for_status()
        return answer.json()

    def names_in_the_shop(self) -> dict[str, str]:
        """Every customer's family name, as the shop has it."""
        names: dict[str, str] = {}
        for page in range(1, 100):
            asked = {"role": "all", "per_page": 100, "page": page, "orderby": "id"}
            rows = self.shop("GET", "customers", params=asked)
            found = {str(row["id"]): row["last_name"] for row in rows}
            if not found.keys() - names.keys():
                break
            names |= found
        return names

    def names_in_the_graph(self) -> dict[str, str | None]:
        """Every customer's name, as the graph's list shows it: masked."""
        names: dict[str, str | None] = {}
        after: str | None = None
        while True:
            page = self.ask(_EVERYBODY, after=after)["data"]["members"]
            names |= {
                membership["number"]: one["displayName"]
                for one in page["nodes"]
                for membership in one["memberships"]
            }
            if not page["pageInfo"]["hasNextPage"]:
                return names
            after = page["pageInfo"]["endCursor"]

    def close(self) -> None:
        """Close what it holds."""
        self._client.close()


def write_estate(file: Path, shop: str, system: str) -> None:
    """One channel and its shop, under a version of its mapping."""
    estate = {
        "brand": BRAND,
        "channels": [{"code": CHANNEL, "name": "官网商城", "kind": "OTHER"}],
        "connectors": [
            {
                "name": CONNECTOR,
                "system": system,
                "settings": {"base_url": f"{shop}/wp-json/wc/v3", "username": "ck_demo"},
                "secrets": {"password": "env:DEMO_WOO_SECRET"},
                "limits": {"deadline_ms": 4000, "max_concurrent": 8, "max_batch": 100},
                "load": {"per_second": 1000, "max_concurrent": 8},
                "channels": {"member": CHANNEL},
            }
        ],
    }
    draft = file.with_suffix(".draft")
    draft.write_text(yaml.safe_dump(estate, allow_unicode=True, sort_keys=False), "utf-8")
    draft.replace(file)


@contextmanager
def world(home: Path, scale: int) -> Iterator[World]:
    """Everything, started; every process ends with the block."""
    with ExitStack() as running:
        own = running.enter_context(stores(home))
        shop = running.enter_context(_shop(home, scale))
        write_systems(home / "systems")
        write_estate(home / "estate.yaml", shop, DEFECTIVE)
        gates = home / "gates.yaml"
        gates.write_text(yaml.safe_dump({"defaults": {**_SLOW, "steps": list(STEPS)}}), "utf-8")
        environment = {
            **own,
            "SANTONG_ADOPTION_GATES": str(gates),
            "SANTONG_HOME": str(home),
            "SANTONG_PORT": str(free_port()),
            "SANTONG_ESTATE": str(home / "estate.yaml"),
            "SANTONG_SYSTEMS": str(home / "systems"),
            "SANTONG_SECRET_KEY": _KEY,
            "SANTONG_CONNECTOR_HOSTS": '["127.0.0.0/8:*"]',
            "DEMO_WOO_SECRET": _SECRET,
            # Without it nobody knows the profile that shortens durations.
            "SANTONG_DEMO": "true",
            "SANTONG_ADOPTION_LAG_SECONDS": "2",
            # One token stands for everybody who asks here.
            "SANTONG_LOOKUPS_PER_10_MINUTES": "1000000000",
            "SANTONG_LOOKUPS_PER_DAY": "1000000000",
        }
        told = {**_CLEAN, **environment}
        serve = [sys.executable, "-m", "gateway.cli", "serve"]
        port = int(environment["SANTONG_PORT"])
        running.enter_context(child(home, "gateway", serve, told, port))
        running.enter_context(_work(home, told))
        made = World(home, environment, shop)
        running.callback(made.close)
        yield made


@contextmanager
def _shop(home: Path, scale: int) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "demo.shop", "--port", str(port), "--scale", str(scale)]
    with child(home, "shop", command, {"DEMO_WOO_SECRET": _SECRET}, port):
        yield f"http://127.0.0.1:{port}"


def _work(home: Path, environment: Mapping[str, str]) -> OwnedProcess:
    command = [sys.executable, "-m", "gateway.cli", "work"]
    log = home / "log" / "work.log"
    return OwnedProcess("the back door", command, log=log, directory=ROOT, env=dict(environment))
