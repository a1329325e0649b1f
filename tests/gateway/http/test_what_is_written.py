"""Log lines and answers of the running gateway hold no person, no token and no query."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from capabilities.caller import Role
from tests.gateway.execution.corpus_documents import corpus
from tests.gateway.serving import KEY, bearer, settings_for

PHONE = "13987651234"
QUERY = f'{{ member(by: {{phone: "{PHONE}"}}) {{ id }} }}'
_GRACE_SECONDS = 2
# Their texts, their trees and the interpreter's own pools.
_MOST_GROWTH = 80_000_000


@pytest.fixture
def running(tmp_path, postgres, valkey):
    """`santong serve` in a process of its own, with its log in a file."""
    settings = settings_for(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings.estate),
        "SANTONG_HOME": str(tmp_path),
        "SANTONG_PORT": str(port),
        "SANTONG_DATABASE_URL": postgres.create_database(f"written_{port}"),
        "SANTONG_REDIS_URL": valkey.url,
    }
    log = tmp_path / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "serve"],
            env=environment,
            stderr=written,
            cwd=Path(__file__).parents[3],
        )
    try:
        _wait(port, process)
        yield process, port, log, settings
    finally:
        process.kill()
        process.wait()


def _wait(port, process):
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the gateway did not start")


def _write_everywhere(port, token):
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, headers=token, trust_env=False) as client:
        client.post("/graphql", json={"query": QUERY})
        client.post("/graphql", json={"query": QUERY.replace("phone", "fone")})
        client.post(
            "/graphql", json={"query": "query Q($p: Int) { __typename }", "variables": {"p": PHONE}}
        )
        client.post("/graphql", json={"query": "{ __typename }", "operationName": PHONE})
        client.post(
            "/graphql", content=f'{{"{PHONE}'.encode(), headers={"content-type": "application/json"}
        )
        client.get("/graphql", params={"query": QUERY})
        client.get(f"/members/{PHONE}")
        client.get(f"/assets/{PHONE}")
        client.get(
            "/health/live", headers={"x-request-id": PHONE, "referer": PHONE, "cookie": PHONE}
        )
        client.request(f"X{PHONE}", "/graphql")
        return client.post("/graphql", json={"query": "query Named { __typename }"})


def test_the_log_names_no_one_and_the_exit_is_in_time(running):
    process, port, log, settings = running
    token = bearer(settings)
    answered = _write_everywhere(port, token)
    half = [_half_open(port, token) for _ in range(20)]
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout=30)
    assert time.monotonic() - began < _GRACE_SECONDS + 5
    assert status in {0, -signal.SIGTERM}
    for one in half:
        one.close()
    text = log.read_text("utf-8")
    assert PHONE not in text
    assert token["authorization"][7:] not in text
    assert "__typename" not in text
    assert "member(" not in text
    _whole_lines(text, answered)


def test_hostile_documents_leave_the_process_as_it_was(running):
    process, port, _, settings = running
    base, token = f"http://127.0.0.1:{port}", bearer(settings)
    with httpx.Client(base_url=base, headers=token, trust_env=False, timeout=60) as client:
        client.post("/graphql", json={"query": "{ __typename }"})
        before = _memory(process.pid)
        for name, text in corpus().items():
            answer = client.post("/graphql", json={"query": text})
            assert answer.status_code in {200, 400, 413}, name
            assert len(answer.content) <= 100_000, name
            assert len(answer.json().get("errors", ())) <= 10, name
            codes = {one["extensions"]["code"] for one in answer.json().get("errors", ())}
            assert "INTERNAL_SERVER_ERROR" not in codes, name
        assert client.post("/graphql", json={"query": "{ channels { code } }"}).json()["data"]
    assert _memory(process.pid) - before < _MOST_GROWTH


def _memory(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


def _half_open(port, token):
    """A request whose body never comes whole, and every second one without whole headers."""
    one = socket.create_connection(("127.0.0.1", port))
    one.sendall(b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n")
    if one.fileno() % 2:
        one.sendall(
            f"authorization: {token['authorization']}\r\ncontent-length: 50\r\n\r\n{{".encode()
        )
    return one


def _whole_lines(text, answered):
    lines = [json.loads(line) for line in text.splitlines()]
    mine = [one for one in lines if one.get("request_id") == answered.headers["x-request-id"]]
    (line,) = [one for one in mine if one["event"] == "request"]
    assert (line["route"], line["status"], line["method"]) == ("/graphql", 200, "POST")
    assert (line["role"], line["operation"]) == (Role.OPERATIONS.value, "Named")
    assert line["ms"] > 0
    codes = {one["code"] for one in lines if one["event"] == "request"}
    assert {None, "BAD_JSON"} <= codes
    routes = [one["route"] for one in lines if one["event"] == "request"]
    assert None in routes
    assert "/assets/{name}" in routes


def test_a_body_that_never_comes_whole_ends_in_408(front, front_settings):
    token = bearer(front_settings)["authorization"]
    for framing in ("content-length: 100", "transfer-encoding: chunked"):
        with socket.create_connection(front, timeout=20) as one:
            head = f"POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\n"
            one.sendall(f"{head}content-type: application/json\r\n{framing}\r\n\r\n".encode())
            one.sendall(b"1\r\n{\r\n" if "chunked" in framing else b"{")
            answer = http.client.HTTPResponse(one)
            answer.begin()
            body = json.loads(answer.read())
        assert answer.status == 408
        assert body["errors"][0]["extensions"]["code"] == "BODY_TIMEOUT"


def test_a_chunked_body_is_read_and_one_without_end_is_not(ask):
    def pieces(count):
        yield b'{"query":"{ __typename }","extensions":{"a":"'
        for _ in range(count):
            yield b"a" * 65_536
        yield b'"}}'

    kind = {"content-type": "application/json"}
    assert ask.post("/graphql", content=pieces(2), headers=kind).json()["data"]
    refused = ask.post("/graphql", content=pieces(40), headers=kind)
    assert refused.status_code == 413


def test_a_client_that_goes_away_leaves_the_gateway_well(front, front_settings, ask):
    token = bearer(front_settings)["authorization"]
    for _ in range(20):
        with socket.create_connection(front, timeout=20) as one:
            head = f"POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: {token}\r\n"
            one.sendall(
                f"{head}content-type: application/json\r\ncontent-length: 9\r\n\r\n{{".encode()
            )
    assert ask.post("/graphql", json={"query": "{ __typename }"}).json()["data"]
