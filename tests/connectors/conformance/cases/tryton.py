"""Tryton itself, installed by `make test`, filled through its own API."""

import os
import shutil
import socket
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from capabilities.errors import Garbled, TimedOut, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.records import IdentityKind
from connectors.protocols.jsonrpc import JsonRpcClient
from gateway.embedded import OwnedProcess
from tests.connectors.conformance.subject import Subject, Truth, World, order_fault
from tests.tryton import fill

ROOT = Path(__file__).parents[4]
PLACE = ROOT / ".venv" / "tryton"
SETUP = ROOT / "tests" / "tryton"
_TRYTOND = (str(PLACE / "bin" / "python"), str(PLACE / "bin" / "trytond"))
_PASSWORD = (SETUP / "password").read_text("utf-8").strip()


class Case(Subject):
    """A wholesaler with two warehouses, which are its channels."""

    system = "tryton"
    tested_against = "Tryton 8.2 itself, installed from its registry and filled through its own API"
    known: ClassVar = {
        IdentityKind.PHONE: "+8613912345678",
        IdentityKind.EMAIL: "lin.xiaoman@example.com",
    }
    stranger: ClassVar = {
        IdentityKind.PHONE: "+8613911112222",
        IdentityKind.EMAIL: "nobody@example.com",
    }
    secrets: ClassVar = {"TRYTON_PASSWORD": _PASSWORD}
    no_such: ClassVar = {"orders": "99999"}
    unknown_words = False
    counted = ((JsonRpcClient, "rows"),)
    faults: ClassVar = {
        "error500": Unavailable,
        "timeout": TimedOut,
        "html200": Garbled,
        "truncated": Garbled,
        "refuse": Unavailable,
        "garbage": Garbled,
    }

    def start(self, world: World) -> None:
        if not (PLACE / "fresh.sqlite").is_file():
            pytest.fail("Tryton is not installed; `make test-setup` installs it")
        folder = world.folders.mktemp("tryton")
        shutil.copy(PLACE / "fresh.sqlite", folder / "shop.sqlite")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
        process = OwnedProcess(
            "tryton",
            [*_TRYTOND, "-c", str(SETUP / "trytond.conf"), "-d", "shop"],
            log=folder / "trytond.log",
            directory=folder,
            env={
                **os.environ,
                "TRYTOND_WEB__LISTEN": address,
                "TRYTOND_DATABASE__PATH": str(folder),
            },
        )
        world.stack.enter_context(process)
        process.wait_ready(lambda: _listens(f"http://{address}"), within=60)
        tryton = fill.Tryton(f"http://{address}", "shop", _PASSWORD)
        fill.fill(tryton)
        tryton.context = {"active_test": False}
        self.parties = {
            row["name"]: row["code"]
            for row in tryton.call("party.party.search_read", [], 0, None, [], ["name", "code"])
        }
        rows = tryton.call("sale.sale.search_read", [], 0, None, [["id", "ASC"]], ["number"])
        self.sales = [row["number"] for row in rows]
        tryton.close()
        words = ("--port", "0", "--upstream", f"http://{address}")
        self.url = world.server("tests.connectors.conformance.through", *words)

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system="tryton",
            settings={"base_url": self.url, "database": "shop", "username": "admin"},
            secrets={"password": "env:TRYTON_PASSWORD"},
            limits=limits,
            channels={Capability.MEMBER: {"*": "wholesale"}, Capability.ORDER: fill.WAREHOUSES},
        )

    def truth(self) -> Truth:
        names = ["林小满" if n == fill.LIN else f"顾客{n:02d}" for n in range(fill.PEOPLE)]
        codes = [self.parties[name] for name in names]
        orders = {
            number: (
                list(fill.WAREHOUSES.values())[n % 2],
                codes[n * 7 % fill.PEOPLE],
                fill.total_of(n),
            )
            for n, number in enumerate(self.sales)
        }
        return Truth(orders, frozenset(codes), {}, self.parties["林小满"])


def _listens(address: str) -> bool:
    try:
        return httpx.get(f"{address}/", trust_env=False, timeout=5).status_code > 0
    except httpx.TransportError:
        return False
