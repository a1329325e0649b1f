"""The three systems as processes of their own and the real PostgreSQL, once a session."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from capabilities.estate import Capability, ConnectorSpec, Limits
from connectors._kit import Wire
from connectors.connector import open_connector
from connectors.protocols.sql import SqlClient
from demo.pos.seed import seed_database
from tests.connectors.conformance.case import Case, Ear, truth_of

SYSTEMS = ("sap", "woo", "pos")
ZONE = ZoneInfo("Asia/Shanghai")
SECRETS = {
    "DEMO_SAP_PASSWORD": "demo-sap",
    "DEMO_WOO_SECRET": "cs_demo",
    "DEMO_POS_PASSWORD": "demo-pos",
}


class Systems:
    """Where each system is, and where it takes orders to misbehave."""

    def __init__(self, sap: str, shop: str, till: str, control: str) -> None:
        self.urls = {"sap": sap, "woo": shop, "pos": till}
        self.controls = {"sap": sap, "woo": shop, "pos": control}

    def fault(self, system: str, mode: str) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own loopback
            f"{self.controls[system]}/__control/fault",
            data=json.dumps({"mode": mode}).encode(),
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            assert answer.status == 200

    def spec(self, system: str, **limits: int) -> ConnectorSpec:
        bounds = Limits(**{"deadline_ms": 20_000, **limits})
        common = {"name": system, "limits": bounds, "secrets": {"password": SECRET_OF[system]}}
        if system == "sap":
            return ConnectorSpec(
                system="sap_s4hana",
                settings={
                    "base_url": f"{self.urls['sap']}/sap/opu/odata/sap",
                    "client": "100",
                    "username": "SANTONG",
                },
                channels={
                    Capability.MEMBER: {"MJDC": "jd", "MTMC": "tmall", "MWMC": "waimai"},
                    Capability.ORDER: {"20": "jd", "30": "tmall", "40": "waimai"},
                },
                **common,
            )
        if system == "woo":
            doors = {"checkout": "shop", "app": "app", "miniprogram": "mini", "livestream": "live"}
            return ConnectorSpec(
                system="woocommerce",
                settings={"base_url": f"{self.urls['woo']}/wp-json/wc/v3", "username": "ck_demo"},
                channels={
                    Capability.MEMBER: {"*": "shop"},
                    Capability.ORDER: doors,
                    Capability.PROMOTION: {"*": "shop"},
                },
                **common,
            )
        return ConnectorSpec(
            system="ospos",
            settings={"url": self.urls["pos"]},
            channels={
                Capability.MEMBER: {"*": "store"},
                Capability.ORDER: {"M": "store", "T": "terminal", "P": "popup"},
                Capability.PROMOTION: {"*": "store"},
            },
            **common,
        )


SECRET_OF = {
    "sap": "env:DEMO_SAP_PASSWORD",
    "woo": "env:DEMO_WOO_SECRET",
    "pos": "env:DEMO_POS_PASSWORD",
}


@pytest.fixture(scope="session")
def systems(postgres, tmp_path_factory) -> Iterator[Systems]:
    postgres.create_database("conformance_pos")
    dsn = str(postgres.dsn("conformance_pos"))
    seed_database(dsn)
    socket = tmp_path_factory.mktemp("proxy") / ".s.PGSQL.5432"
    upstream = f"{_socket_directory(dsn)}/.s.PGSQL.5432"
    running = [
        _start("demo.sap", "--port", "0"),
        _start("demo.shop", "--port", "0"),
        _start(
            *("demo.pos", "proxy", "--listen", str(socket)),
            *("--upstream", upstream, "--control-port", "0"),
        ),
    ]
    try:
        sap, shop, control = (_address(process) for process in running)
        till = f"postgresql://pos_reader@/conformance_pos?host={socket.parent}&port=5432"
        yield Systems(sap, shop, till, control)
    finally:
        for process in running:
            process.terminate()
            process.wait(10)
            if process.stdout:
                process.stdout.close()


def _socket_directory(dsn: str) -> str:
    return parse_qs(urlsplit(dsn).query)["host"][0]


def _start(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    for line in process.stdout:
        for word in line.split():
            if word.startswith("http://"):
                return word
    raise AssertionError("the system did not say where it listens")


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def case(system: str, systems: Systems, monkeypatch) -> AsyncIterator[Case]:
    ear = Ear()
    for kind, name in ((Wire, "get"), (SqlClient, "rows")):
        monkeypatch.setattr(kind, name, _counted(getattr(kind, name), ear))
    connector = await open_connector(systems.spec(system), ear, zone=ZONE)
    yield Case(system, connector, ear, truth_of(system))
    await connector.aclose()


def _counted(call, ear):
    async def counted(*args, **kwargs):
        ear.upstream += 1
        return await call(*args, **kwargs)

    return counted
