"""SAP CAP as a process: a real OData server of both versions, filled with the demo's retailer."""

import json
import os
import socket
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar

import pytest

from capabilities.errors import Denied, Garbled, TimedOut, Unavailable
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.phone import normalise_phone
from capabilities.member.records import IdentityKind
from connectors.protocols.odata import ODataClient
from connectors.protocols.odata.batch import JsonBatch, MultipartBatch
from demo.sample import make_retailer
from demo.sample.records import SAP
from tests.connectors.conformance.retailer import LIN, STRANGER, lin_of, members_of
from tests.connectors.conformance.subject import Subject, Truth, World, order_fault
from tests.node_tools import find_node

CAP = Path(__file__).parents[2] / "cap"
_CHANNELS = {"20": "jd", "30": "tmall", "40": "waimai"}
_MEMBERS = {"MJDC": "jd", "MTMC": "tmall", "MWMC": "waimai"}
_CHINA = timezone(timedelta(hours=8))
_STARTED: dict[ExitStack, str] = {}


def address_of(world: World) -> str:
    """Where the one server of a session listens; started when it is first asked for."""
    if world.stack not in _STARTED:
        _STARTED[world.stack] = _start(world)
        world.stack.callback(_STARTED.pop, world.stack)
    return _STARTED[world.stack]


def _start(world: World) -> str:
    if not (CAP / "node_modules").is_dir():
        pytest.fail("the packages of tests/cap are not installed; `make test` installs them")
    rows = world.folders.mktemp("cap") / "rows.json"
    rows.write_text(json.dumps(rows_of(make_retailer())), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    process = subprocess.Popen(
        [find_node(), "server.js"],
        cwd=CAP,
        env={**os.environ, "HOST": "127.0.0.1", "PORT": port, "ROWS": str(rows), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    world.stack.callback(_end, process)
    assert process.stdout
    told = []
    for line in process.stdout:
        told.append(line)
        if line.startswith("listening on "):
            return line.split()[-1]
    pytest.fail(f"CAP did not start: {''.join(told)}")


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait(10)
    if process.stdout:
        process.stdout.close()


def rows_of(retailer: Any) -> dict[str, list[dict[str, Any]]]:
    """The retailer's partners and orders; orders of one hour have one moment, so ties are many."""
    partners = [
        {
            "Number": str(one.number),
            "Name": one.person.name,
            "Phone": normalise_phone(one.phone),
            "Email": one.person.email,
            "Channel": one.grouping,
            "Joined": f"{one.joined:%Y-%m-%d}",
            "Blocked": one.blocked,
        }
        for one in retailer.accounts[SAP]
    ]
    orders = [_order(one) for one in retailer.sap_orders if one.channel in _CHANNELS]
    lines = [
        {
            "Order_Number": str(order.number),
            "Position": 10 * place,
            "Article": line.code.written,
            "Text": line.code.name[:80],
            "Quantity": line.milli / 1000,
            "Unit": line.code.unit,
            "Amount": 0 if order.kind == "ZKL" else line.after / 100,
        }
        for order in retailer.sap_orders
        if order.channel in _CHANNELS
        for place, line in enumerate(order.lines, 1)
    ]
    return {"Partners": partners, "Orders": orders, "Lines": lines}


def _order(order: Any) -> dict[str, Any]:
    placed: datetime = order.placed.replace(tzinfo=_CHINA, minute=0, second=0, microsecond=0)
    return {
        "Number": str(order.number),
        "Placed": f"{placed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Day": f"{order.placed:%Y-%m-%d}",
        "Channel": order.channel,
        "Kind": order.kind,
        "Status": order.process,
        "Buyer": str(order.account.number) if order.account else "",
        "Total": _cents(order) / 100,
        "Currency": "CNY",
    }


def _cents(order: Any) -> int:
    return 0 if order.kind == "ZKL" else sum(line.after for line in order.lines)


class CapSubject(Subject):
    """One version of the server; `path` is that of its service."""

    path: ClassVar[str] = ""
    tested_against = "SAP CAP, real software from npm, on a real PostgreSQL"
    known: ClassVar = {kind: LIN[kind] for kind in (IdentityKind.PHONE, IdentityKind.EMAIL)}
    stranger = STRANGER
    secrets: ClassVar = {"CAP_PASSWORD": "cap-demo"}
    systems = CAP / "systems"
    # A token is fetched once a session, and is no call of a question's.
    counted = ((ODataClient, "_page"), (MultipartBatch, "send"), (JsonBatch, "send"))
    faults: ClassVar = {
        "error500": Unavailable,
        "timeout": TimedOut,
        "html200": Denied,
        "garbage": Garbled,
        "refuse": Unavailable,
    }

    def start(self, world: World) -> None:
        self.url = address_of(world)

    def fault(self, mode: str) -> None:
        order_fault(self.url, mode)

    def spec(self, limits: Limits) -> ConnectorSpec:
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings={"base_url": f"{self.url}{self.path}", "username": "santong"},
            secrets={"password": "env:CAP_PASSWORD"},
            limits=limits,
            channels={Capability.MEMBER: _MEMBERS, Capability.ORDER: _CHANNELS},
        )

    def truth(self) -> Truth:
        retailer = make_retailer()
        orders = {
            str(one.number): (
                _CHANNELS[one.channel],
                str(one.account.number) if one.account else None,
                _cents(one),
            )
            for one in retailer.sap_orders
            if one.channel in _CHANNELS
        }
        return Truth(orders, members_of(retailer, SAP), {}, lin_of(retailer, SAP))
