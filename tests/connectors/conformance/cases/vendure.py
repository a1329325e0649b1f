"""Vendure itself, installed by `make test`, filled through its own admin API."""

import os
import socket
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from capabilities.errors import Garbled, TimedOut, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.records import IdentityKind
from connectors.protocols.graphql.client import GraphQLClient
from gateway.embedded import OwnedProcess
from tests.connectors.conformance.subject import Subject, Truth, World, order_fault
from tests.node_tools import find_node
from tests.vendure import fill

SETUP = Path(__file__).parents[4] / "tests" / "vendure"
_PASSWORD = "vendure-demo"


class Case(Subject):
    """A shop of one brand, where baskets, cancelled and delivered orders lie side by side."""

    system = "vendure"
    tested_against = "Vendure 3.7 itself, installed from its registry, filled through its own API"
    known: ClassVar = {IdentityKind.EMAIL: "lin.xiaoman@example.com"}
    stranger: ClassVar = {IdentityKind.EMAIL: "nobody@example.com"}
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
        if not (SETUP / "node_modules").is_dir():
            pytest.fail("Vendure is not installed; `make test-setup` installs it")
        folder = world.folders.mktemp("vendure")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        process = OwnedProcess(
            "vendure",
            [find_node(), "server.js"],
            log=folder / "vendure.log",
            directory=SETUP,
            env={
                **os.environ,
                "PORT": str(port),
                "VENDURE_PASSWORD": _PASSWORD,
                "VENDURE_DISABLE_TELEMETRY": "true",
            },
        )
        world.stack.enter_context(process)
        process.wait_ready(lambda: _listens(f"http://127.0.0.1:{port}"), within=60)
        self.key = folder / "key"
        with closing(fill.Vendure(f"http://127.0.0.1:{port}", _PASSWORD)) as vendure:
            self.codes = fill.fill(vendure)
            self.key.write_text(fill.api_key(vendure), "utf-8")
            people = vendure.ask("{ customers { items { id emailAddress } } }")["items"]
        self.people = {row["emailAddress"]: row["id"] for row in people}
        words = ("--port", "0", "--upstream", f"http://127.0.0.1:{port}")
        self.url = world.server("tests.connectors.conformance.through", *words)

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"base_url": self.url},
            secrets={"token": f"file:{self.key}"},
            limits=limits,
            channels={
                Capability.MEMBER: {"*": "brand_shop"},
                Capability.ORDER: {"*": "brand_shop"},
            },
        )

    def truth(self) -> Truth:
        lin = self.people[fill.email_of(fill.LIN)]
        orders = {
            code: ("brand_shop", self.people[fill.email_of(fill.buyer_of(n))], fill.total_of(n))
            for n, code in enumerate(self.codes)
            if fill.is_order(n)
        }
        return Truth(orders, frozenset(self.people.values()), {}, lin)


def _listens(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", trust_env=False, timeout=5).is_success
    except httpx.TransportError:
        return False
