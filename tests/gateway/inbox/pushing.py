"""A gateway on a real port that takes rows of `push_pos`, and a sender written by hand."""

import asyncio
import base64
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from gateway.app import create_app
from gateway.inbox.head import signed
from gateway.keys import derived_key
from gateway.settings import Settings
from store.copied.senders import Senders
from store.engine import Store
from store.sealing import Sealer
from tests.gateway.serving import BRAND, bearer, served, settings_for

SYSTEMS = Path(__file__).parents[2] / "connectors" / "conformance" / "push_pos" / "systems"
ESTATE = """
brand: baiwei
channels:
  - {code: store, name: 门店, kind: STORE}
connectors:
  - name: till
    system: push_pos
    limits: {deadline_ms: 5000}
    channels: {order: {M: store}, member: store}
"""
CONNECTOR = "till"
_ROOT = Path(__file__).parents[3]


def sale(number: int, shop: str = "M0001", **facts: Any) -> dict[str, Any]:
    """A row of table `sales`."""
    return {
        "shop": shop,
        "site": "M",
        "day": "20261020",
        "kind": 0,
        "till": 1,
        "receipt": number,
        "sold_at": f"2026-10-20 10:{number % 60:02d}:00",
        "state": 0,
        "customer": None,
        "total": "10.00",
        "rest": "0.00",
        "lines": [{"line": 1, "barcode": "690", "item": "茶", "quantity": 1, "amount": "10.00"}],
        **facts,
    }


def jsonl(*rows: Any) -> bytes:
    """Rows as a body."""
    texts = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return "\n".join(texts).encode()


class Pushed:
    """A gateway that takes rows."""

    def __init__(self, settings: Settings, database: str, host: str, port: int) -> None:
        self.settings = settings
        self.database = database
        self.url = f"http://{host}:{port}"
        self.address = (host, port)

    def add_sender(self, name: str, *stores: str) -> str:
        """Register a sender; its key."""
        key = f"key-of-{name}-{'x' * 20}"
        assert self.with_senders(lambda one: one.add(CONNECTOR, name, stores, key, by="ada"))
        return key

    def with_senders(self, work: Any) -> Any:
        """What `work` does with the senders."""

        async def opened() -> Any:
            store = Store.open(self.database)
            try:
                sealer = Sealer(derived_key(self.settings, "values"))
                return await work(Senders(store, sealer, BRAND))
            finally:
                await store.aclose()

        return asyncio.run(opened())

    def push(self, name: str, key: str, sequence: int, body: bytes, **wrong: Any) -> httpx.Response:
        """One signed batch; `wrong` changes what is sent or signed."""
        return self.post(*self.made(name, key, sequence, body, **wrong), path=wrong.get("to"))

    def made(
        self, name: str, key: str, sequence: int, body: bytes, **wrong: Any
    ) -> tuple[str, str, bytes]:
        """Head, signature and body of a batch."""
        head = {
            "sender": name,
            "table": "sales",
            "sequence": sequence,
            "rows": len([line for line in body.split(b"\n") if line.strip()]),
            "sha256": sha256(body).hexdigest(),
            "time": int(time.time()),
            **wrong.get("head", {}),
        }
        batch = base64.b64encode(json.dumps(head).encode()).decode()
        path = wrong.get("path", f"/inbox/{CONNECTOR}")
        return batch, signed(key, "POST", path, batch), wrong.get("sent", body)

    def post(
        self, batch: str, signature: str | bytes, body: bytes, *, path: str | None = None
    ) -> httpx.Response:
        """A request as it is given."""
        return httpx.post(
            f"{self.url}{path or f'/inbox/{CONNECTOR}'}",
            content=body,
            headers=[("Santong-Batch", batch), ("Santong-Signature", signature)],
            timeout=20,
        )

    def orders(self, first: int = 50) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The orders of the graph, and what their source reported."""
        query = (
            "query Q($n: Int!) { orders(first: $n) { nodes { number store { code } "
            "lines { name } total { amount } } sources { name status ageMs code } } }"
        )
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": {"n": first}},
            headers=bearer(self.settings),
            timeout=20,
        ).json()
        assert "errors" not in answer, answer
        found = answer["data"]["orders"]
        return found["nodes"], found["sources"][0]

    def numbers(self) -> list[int]:
        """The receipts that the graph knows."""
        return sorted(int(one["number"].rpartition("-")[2]) for one in self.orders()[0])

    def run_inbox(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`santong inbox` with the settings of this gateway."""
        clean = {name: one for name, one in os.environ.items() if not name.startswith("SANTONG_")}
        own = {
            "SANTONG_DATABASE_URL": self.database,
            "SANTONG_SECRET_KEY": self.settings.secret_key.get_secret_value(),
            "SANTONG_ESTATE": str(self.settings.estate),
            "SANTONG_HOME": str(self.settings.home),
            "COLUMNS": "200",
        }
        return subprocess.run(
            [sys.executable, "-m", "gateway.cli", "inbox", *words],
            cwd=_ROOT,
            env={**clean, **own},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def hang_up(self, batch: str, signature: str, body: bytes) -> None:
        """Send a request and leave before its answer."""
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        headers = {"Santong-Batch": batch, "Santong-Signature": signature}
        connection.request("POST", f"/inbox/{CONNECTOR}", body, headers)
        connection.close()


@contextmanager
def pushed(folder: Path, database: str, **changes: Any) -> Iterator[Pushed]:
    """A gateway over an estate with one connector that only takes rows."""
    settings = settings_for(
        folder,
        ESTATE,
        systems=SYSTEMS,
        **{
            "database_url": SecretStr(database),
            "inbox_batches_per_minute": 60_000,
            **changes,
        },
    )
    with served(create_app(settings)) as (host, port):
        yield Pushed(settings, database, host, port)
