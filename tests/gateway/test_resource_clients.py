"""A typed client is made from the description, checked, and asks a running gateway; and a tool that
thinks up requests of its own finds nothing that the description does not say."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from capabilities.caller import Role
from gateway.auth.tokens import mint
from tests.gateway.resource_shop import PHONE, shop_at
from tests.gateway.serving import BRAND

_ROOT = Path(__file__).parents[2]
_TOOLS = _ROOT / ".venv" / "clients" / "bin"
_SCRIPT = Path(__file__).parent / "typed_client" / "uses_resources.py"
_NAME = "santong_resources"
_CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance"


@pytest.fixture(scope="module")
def shop(postgres, valkey, tmp_path_factory):
    with shop_at(tmp_path_factory.mktemp("clients"), postgres, valkey, tools="read") as made:
        yield made


@pytest.fixture(scope="module")
def description(shop, tmp_path_factory):
    file = tmp_path_factory.mktemp("description") / "openapi.json"
    file.write_bytes(shop.get("/openapi.json").content)
    return file


@pytest.fixture(scope="module")
def client(description):
    """The folder of a client that was made from the description."""
    folder = description.parent
    (folder / "hooks.yaml").write_text("post_hooks: []\n")
    words = ["generate", "--path", description, "--output-path", folder / _NAME]
    run("openapi-python-client", *words, "--meta", "none", "--config", folder / "hooks.yaml")
    return folder


def run(tool, *words, cwd=None, **environment):
    program = _TOOLS / tool if isinstance(tool, str) else tool
    if not program.exists():
        pytest.fail("locks/clients.txt is not installed; `make test` installs it")
    done = subprocess.run(
        [program, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_everything_is_described_and_nothing_twice(shop, description):
    told = json.loads(description.read_text("utf-8"))
    assert told["openapi"] == "3.1.0"
    assert len(told["info"]["version"]) == 12
    described = {(path, method) for path, methods in told["paths"].items() for method in methods}
    assert ("/api/members/by-phone/{phone}", "get") in described
    assert ("/api/members/{member}", "patch") in described
    patch = told["paths"]["/api/members/{member}"]["patch"]
    body = patch["requestBody"]["content"]["application/json"]["schema"]
    assert not {"member", "idempotencyKey"} & body["properties"].keys()
    assert [one["name"] for one in patch["parameters"]] == ["member", "Idempotency-Key"]
    assert shop.get("/openapi.json", if_none_match="*").status_code == 304
    assert shop.client.get("/api/openapi.json").status_code == 401


def test_a_client_of_its_types_asks_the_gateway(shop, client, tmp_path):
    member = shop.register()
    numbers = [shop.place() for _ in range(3)]
    run(
        Path(sys.executable),
        *("-m", "mypy", "--strict", "--config-file", os.devnull, "--cache-dir", tmp_path),
        *("--python-executable", _TOOLS / "python", _SCRIPT),
        MYPYPATH=str(client),
    )
    token = mint(shop.settings, role=Role.SERVICE, brand=BRAND)
    told = json.loads(run("python", _SCRIPT, shop.url, token, PHONE, PYTHONPATH=str(client)))
    assert sorted(told.pop("orders")) == sorted(numbers)
    assert told == {
        "member": member,
        "masked": "139****7001",
        "memberships": ["own"],
        "unknown": "PHONE_UNUSABLE",
        "channels": ["own", "quiet"],
        "moments": True,
        "amounts": ["10.00"],
        "waiting": 3,
        "changed": True,
    }


def test_the_librarys_own_assistant_uses_the_tools(shop):
    member, number = shop.register("13900077009"), shop.place()
    token = mint(shop.settings, role=Role.SERVICE, brand=BRAND)
    script = _SCRIPT.with_name("uses_tools.py")
    told = json.loads(run("python", script, shop.url, token, "13900077009"))
    assert told["tools"] == [
        *("Channels", "MemberByPhone", "OrderByNumber", "Orders", "OrdersOfMember", "Stores"),
    ]
    assert told["input"]["required"] == ["phone"]
    assert told["read_only"]
    assert told["member"]["id"] == member
    assert number in told["numbers"]
    assert "not whole" in told["lacks"][0]
    assert told["wrong"] == [True, "BAD_USER_INPUT"]


def thought_up(shop, description, *words):
    """Requests that a tool thinks up of a description; its last words."""
    token = mint(shop.settings, role=Role.SERVICE, brand=BRAND)
    return run(
        "schemathesis",
        *("run", description, "--url", shop.url, "-H", f"Authorization: Bearer {token}"),
        *("--checks", _CHECKS, "--workers", "1", "--generation-deterministic", "--no-color"),
        *("--request-timeout", "60", *words),
        cwd=description.parent,  # it keeps what it found
    )


def test_thought_up_requests_are_answered_as_described(shop, description):
    # The system behind that one address is away, which is a 5xx as it should be.
    away = ("--exclude-path", "/api/orders/{channel}/{number}")
    told = thought_up(shop, description, "--phases", "coverage", *away)
    found = re.search(r"(\d+) generated, (\d+) passed", told)
    assert found[1] == found[2]
    assert int(found[1]) > 100


def test_a_description_that_says_something_else_is_found_out(shop, description, tmp_path):
    told = json.loads(description.read_text("utf-8"))
    told["components"]["schemas"]["Channels"]["properties"]["code"] = {"type": "integer"}
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(told), "utf-8")
    with pytest.raises(AssertionError, match="Response violates schema"):
        thought_up(shop, wrong, "-n", "1", "--phases", "fuzzing", "--include-path", "/api/channels")
