"""docs/how-to/add-a-system.md, followed word for word: from nothing to an answered query."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.docs.doc_blocks import ROOT, blocks_of

PAGE = ROOT / "docs" / "how-to" / "add-a-system.md"
BLOCKS = blocks_of(PAGE)
KEY = "an invented key of more than thirty-two characters"
_START = datetime(2026, 11, 1, 8, tzinfo=UTC)
_PASSWORD = "acme-reader"
_TEXT, _TIME = {"type": "string"}, {"type": "string", "format": "date-time"}
_ITEM = {"properties": {"pos": {}, "sku": _TEXT, "title": _TEXT, "qty": _TEXT}}


def _rows():
    customers = [
        {
            "customer_no": str(100 + n),
            "full_name": f"测试{n}",
            "mobile": f"1391000{n:04d}",
            "points": n,
            "created_at": f"{_START + timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}",
        }
        for n in range(12)
    ]
    orders = [
        {
            "order_no": str(9000 + n),
            "state": ("open", "done", "void")[n % 3],
            "door": ("web", "app")[n % 2],
            "customer_no": str(100 + n % 12),
            "created_at": f"{_START + timedelta(days=1, hours=n):%Y-%m-%dT%H:%M:%SZ}",
            "total": f"{n}.50",
            "gift_wrapped": n % 2 == 0,
            "items": [{"pos": 1, "sku": f"AC-{n}", "title": "坚果", "qty": "1"}],
        }
        for n in range(40)
    ]
    return {"customers": customers, "orders": orders}


def _described():
    fields = {
        "orders": {
            **dict.fromkeys(("order_no", "state", "customer_no", "total", "door"), _TEXT),
            "created_at": _TIME,
            "items": {"type": "array", "items": _ITEM},
        },
        "customers": {
            **dict.fromkeys(("customer_no", "full_name", "mobile"), _TEXT),
            "created_at": _TIME,
        },
    }
    named = [{"name": one, "in": "query"} for one in ("limit", "skip", "sort", "dir", "customer")]
    return {
        "openapi": "3.0.0",
        "info": {"title": "Acme Shop"},
        "paths": {
            f"/{name}": {
                "get": {
                    "parameters": named,
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {"type": "array", "items": {"properties": one}}
                                }
                            }
                        }
                    },
                }
            }
            for name, one in fields.items()
        },
    }


class _Acme(BaseHTTPRequestHandler):
    """A small shop interface with a logon, windows of time, sorting and positions."""

    rows = _rows()
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        place = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(place.query).items()}
        proof = base64.b64encode(f"reader:{_PASSWORD}".encode()).decode()
        name = place.path.removeprefix("/api/")
        if place.path == "/openapi.json":
            self._answer(200, _described())
        elif self.headers["Authorization"] != f"Basic {proof}":
            self._answer(401, {"error": "who?"})
        elif name in self.rows:
            self._answer(200, self._listed(name, asked))
        else:
            self._answer(404, {"error": "what?"})

    def _listed(self, name, asked):
        key = {"orders": "order_no", "customers": "customer_no"}[name]
        rows = list(self.rows[name])
        if "numbers" in asked:
            rows = [one for one in rows if one[key] in asked["numbers"].split(",")]
        for parameter, field in (("customer", "customer_no"), ("mobile", "mobile")):
            if parameter in asked:
                rows = [one for one in rows if one[field] == asked[parameter]]
        # Both bounds leave out the second that they name.
        rows = [one for one in rows if asked.get("since", "") < one["created_at"][:19]]
        rows = [one for one in rows if one["created_at"][:19] < asked.get("until", "9")]
        rows.sort(key=lambda one: one["created_at"], reverse=asked.get("dir") == "desc")
        start = int(asked.get("skip", 0))
        return rows[start : start + int(asked.get("limit", 10))]

    def _answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def acme():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Acme)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def place(tmp_path_factory, programs, postgres, valkey, acme):
    """A reader's folder, the environment of her shell, and the gateway that runs."""
    folder = tmp_path_factory.mktemp("acme")
    (folder / "systems").mkdir()
    (folder / "estate.yaml").write_text("brand: baiwei\nchannels: []\nconnectors: []\n", "utf-8")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANTONG_", "DEMO_"))}
    environment = {
        **clean,
        **_exported(),
        "SANTONG_ESTATE": str(folder / "estate.yaml"),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_DATABASE_URL": postgres.create_database("add_a_system"),
        "SANTONG_REDIS_URL": valkey.url,
        "SANTONG_PORT": "0",
        "SANTONG_HOME": str(folder),
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
    }
    shell = Shell(folder, environment, acme)
    shell.run("santong migrate")
    return shell


def _exported():
    """The settings that the page's first block exports."""
    found = re.findall(r"^\$ export (\w+)=(.+)$", BLOCKS[0].text, re.MULTILINE)
    return {name: value.strip("'") for name, value in found}


class Shell:
    """Runs the page's commands where its reader would."""

    def __init__(self, folder, environment, port):
        self.folder, self.environment, self.port = folder, environment, port

    def spoken(self, text):
        return text.replace(":9400", f":{self.port}")

    def run(self, line, stdin=""):
        done = subprocess.run(
            ["/bin/sh", "-c", self.spoken(line)],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def gateway(place):
    """`santong serve` on a port of its own; its address and a token of an operator."""
    import socket  # noqa: PLC0415

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place.environment["SANTONG_PORT"] = str(port)
    running = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "serve"],
        cwd=place.folder,
        env=place.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _until(lambda: _answers(f"{address}/health/live"))
        yield address, place.run("santong token").strip()
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback
            return answer.status == 200
    except OSError:
        return False


def _until(true, seconds=60.0):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


def _ask(gateway, query):
    address, token = gateway
    request = urllib.request.Request(  # noqa: S310 - as above
        f"{address}/graphql",
        json.dumps({"query": query}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        return json.load(answer)


@pytest.mark.timeout(300)
def test_the_page_followed_leads_to_an_answered_query(place, gateway):
    query = ""
    for block in BLOCKS[1:]:
        if block.language == "console":
            for line in re.findall(r"^\$ (.+)$", block.text, re.MULTILINE):
                told = place.run(line, stdin=f"{_PASSWORD}\n")
                assert _PASSWORD not in told
                assert "1391000" not in told
        elif block.language == "yaml":
            (place.folder / block.options["file"]).write_text(place.spoken(block.text), "utf-8")
        else:
            query = block.text
    _until(lambda: (_ask(gateway, query).get("data") or {}).get("orders", {}).get("nodes"), 20)
    found = _ask(gateway, query)["data"]["orders"]
    assert [one["number"] for one in found["nodes"]] == ["9039", "9038", "9037"]
    assert found["nodes"][0] == {
        "number": "9039",
        "status": "CONFIRMED",
        "total": {"amount": "39.50", "currency": "CNY"},
        "channel": {"code": "acme_app"},
        "lines": [{"rawSku": "AC-39", "quantity": "1"}],
        "native": {"system": "acme"},
    }
    assert found["sources"] == [{"name": "acme", "status": "OK"}]
    person = (
        '{ member(by: {phone: "139 1000 0007"}) { memberships { number points { available } } } }'
    )
    (membership,) = _ask(gateway, person)["data"]["member"]["memberships"]
    assert membership == {"number": "107", "points": {"available": 7}}
    inside = "nodes { native { ... on AcmeOrder { wrapped } } }"
    native = f"{{ extensionPoints {{ name }} orders(first: 1) {{ {inside} }} }}"
    _until(lambda: "errors" not in _ask(gateway, native), 10)
    assert _ask(gateway, native)["data"]["extensionPoints"] == [{"name": "AcmeOrder"}]
