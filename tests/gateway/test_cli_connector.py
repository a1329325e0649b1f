"""`santong connector`: registering, looking and trying, from a terminal."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from capabilities.caller import Role
from tests.gateway.legacy_shop import legacy_shop
from tests.gateway.mutated_definitions import definition
from tests.gateway.serving import KEY, opened, settings_for
from tests.gateway.test_registering import EAST, ESTATE, Caller
from tests.migrated import migrated

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path, postgres):
    database = migrated(postgres, f"connector_{tmp_path.name}")
    return settings_for(tmp_path, ESTATE, database_url=SecretStr(database))


@pytest.fixture
def connector(settings, tmp_path):
    """Runs `santong connector` against the store of the test."""

    def run(*words, given="", key=KEY, group="connector", **environment):
        folder = tmp_path / "connectors"
        folder.mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, "-m", "gateway.cli", group, *map(str, words)],
            cwd=_ROOT,
            env={
                "PATH": "",
                "COLUMNS": "200",
                "SANTONG_HOME": str(tmp_path),
                "SANTONG_ESTATE": str(settings.estate),
                "SANTONG_CONNECTORS": str(folder),
                "SANTONG_DATABASE_URL": settings.database_url.get_secret_value(),
                "SANTONG_SECRET_KEY": key,
                **environment,
            },
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def east(tmp_path):
    path = tmp_path / "east.yaml"
    path.write_text(EAST, "utf-8")
    return path


def test_a_connector_is_added_changed_and_removed(connector, east):
    added = connector("add", east, "--secret", "password", "--reason", "a shop", given="hunter2\n")
    assert (added.returncode, added.stdout) == (0, "east: version 1, IN_FORCE\n"), added.stderr
    listed = connector("list")
    assert "REGISTERED" in listed.stdout
    assert "ESTATE_FILE" in listed.stdout
    assert connector("show", "east").stdout == EAST.rstrip("\n") + "\n"
    assert connector("pause", "east").stdout == "east: version 2, PAUSED\n"
    assert "PAUSED" in connector("list").stdout
    assert connector("resume", "east").stdout.startswith("east: version 3, IN_FORCE\n")
    assert connector("update", "east", east).stdout == "east: version 4, IN_FORCE\n"
    assert connector("remove", "east").stdout == "east: version 5, REMOVED\n"
    told = connector("history", "east")
    assert "REGISTER" in told.stdout
    assert "a shop" in told.stdout
    assert "hunter2" not in "".join(one.stdout + one.stderr for one in (added, listed, told))


def test_a_fault_names_file_line_and_key(connector, east):
    east.write_text(EAST.replace("checkout: east", "checkout: west"), "utf-8")
    told = connector("add", east, "--secret", "password", given="x\n")
    assert told.returncode == 1
    assert f"{east}:7:34: channels.order: no channel 'west'" in told.stderr
    assert "CONNECTOR_INVALID" in told.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("pause", "nobody"), "CONNECTOR_UNKNOWN"),
        (("pause", "pos"), "CONNECTOR_NOT_REGISTERED"),
        (("history", "nobody"), "CONNECTOR_UNKNOWN"),
        (("show", "nobody"), "CONNECTOR_UNKNOWN"),
        (("add", "/nowhere/x.yaml"), "CONNECTOR_INVALID"),
    ],
)
def test_a_mistake_is_one_coded_line(connector, words, code):
    told = connector(*words)
    assert told.returncode == 1
    assert code in told.stderr
    assert "Traceback" not in told.stderr


async def test_a_running_gateway_serves_what_a_command_added(connector, east, settings):
    async with opened(settings, Role.ADMIN) as client:
        words = ("add", east, "--secret", "password")
        added = await asyncio.to_thread(connector, *words, given="hunter2\n")
        assert added.returncode == 0, added.stderr
        caller, found = Caller(client), {}
        async with asyncio.timeout(5):
            while "east" not in found:
                await asyncio.sleep(0.01)
                found, _ = await caller.connectors()
    assert found["east"]["health"] == "UNTRIED"
    assert found["east"]["author"].startswith("cli")


async def test_secrets_are_sealed_anew_under_another_key(connector, east, settings):
    connector("add", east, "--secret", "password", given="hunter2\n")
    other = "another invented key of more than thirty-two characters"
    wrong = connector("reseal", given="a wrong one\n", key=other)
    assert (wrong.returncode, "SECRET_MISSING" in wrong.stderr) == (1, True)
    assert connector("reseal", given=f"{KEY}\n", key=other).stdout == "1 secrets are sealed anew\n"
    changed = settings.model_copy(update={"secret_key": SecretStr(other)})
    async with opened(changed, Role.ADMIN) as client:
        found, _ = await Caller(client).connectors()
    assert found["east"]["health"] == "UNTRIED"
    async with opened(settings, Role.ADMIN) as client:
        found, _ = await Caller(client).connectors()
    assert found["east"]["health"] == "BROKEN"
    assert found["east"]["lastError"].startswith("SECRET_MISSING")


def test_the_load_of_a_connector_is_shown_by_cause(connector, east, valkey):
    east.write_text(f"{EAST}load: {{ per_second: 40 }}\n", "utf-8")
    assert connector("add", east, "--secret", "password", given="x\n").returncode == 0
    shown = connector("load", "east", SANTONG_REDIS_URL=valkey.url)
    assert "agreed now 40 a second; 0 processes hold shares" in shown.stdout, shown.stderr
    assert "BACKFILL" in shown.stdout
    told = json.loads(connector("load", "east", "--json", SANTONG_REDIS_URL=valkey.url).stdout)
    assert told["agreed_now"]["per_second"] == 40
    assert told["calls_24h"]["CALLER"] == 0
    away = connector("load", "east", SANTONG_REDIS_URL="redis://127.0.0.1:1/0")
    assert (away.returncode, "UPSTREAM_UNAVAILABLE" in away.stderr) == (1, True)


async def test_a_live_system_is_tried_and_nothing_is_registered(connector, tmp_path):
    async with legacy_shop() as base:
        tree = yaml.safe_load(definition("east", base))
        tree["manifest"]["orders"]["record"]["customer"] = "buyer.phone"
        path = tmp_path / "east.yaml"
        path.write_text(yaml.safe_dump(tree), "utf-8")
        here = {"SANTONG_CONNECTOR_HOSTS": '["127.0.0.1:*"]'}
        tried = await asyncio.to_thread(connector, "try", path, **here)
        strict = await asyncio.to_thread(connector, "try", path)
        tree["settings"]["base_url"] = f"{base}/html"
        path.write_text(yaml.safe_dump(tree), "utf-8")
        failed = await asyncio.to_thread(connector, "try", path, **here)
    assert tried.returncode == 0, tried.stderr
    for told in ("orders  2 rows", "placed_at", "created", "2026-05-01T19:00:00Z", "S-11", "11.50"):
        assert told in tried.stdout
    assert "13912345678" not in tried.stdout
    assert "***" in tried.stdout
    assert (strict.returncode, "ADDRESS_REFUSED" in strict.stderr) == (1, True)
    assert (failed.returncode, "UPSTREAM_GARBLED" in failed.stdout) == (1, True)
    assert "east" not in connector("list").stdout


def test_a_registered_connectors_answers_can_be_purged(connector, east, valkey):
    connector("add", east, "--secret", "password", given="hunter2\n")
    told = connector("purge", "--connector", "east", group="cache", SANTONG_REDIS_URL=valkey.url)
    assert (told.returncode, told.stdout) == (0, "purged: east\n"), told.stderr
