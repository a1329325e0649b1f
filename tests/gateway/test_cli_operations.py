"""`santong operations`, against a running gateway and its store."""

import functools
import json

import httpx
import pytest
from pydantic import SecretStr

from capabilities.operations import operation_hash
from gateway.app import create_app
from tests.gateway.serving import KEY, bearer, served, settings_for
from tests.migrated import migrated

GOOD, ALSO, BAD = "query Good { channels { code } }", "{ channels { name } }", "{ nothing }"


@pytest.fixture
def file(tmp_path):
    def written(*texts, name="operations.json"):
        path = tmp_path / name
        path.write_text(json.dumps({operation_hash(one): one for one in texts}, indent=1), "utf-8")
        return path

    return written


@pytest.fixture
def operations(santong):
    return functools.partial(santong, "operations")


@pytest.fixture
def running(tmp_path, postgres):
    """A gateway with a store; what a command needs to find both, and the settings."""
    database = migrated(postgres, f"cli_{tmp_path.name}")
    settings = settings_for(tmp_path, database_url=SecretStr(database))
    with served(create_app(settings)) as (host, port):
        environment = {
            "SANTONG_SECRET_KEY": KEY,
            "SANTONG_ESTATE": str(settings.estate),
            "SANTONG_DATABASE_URL": database,
            "SANTONG_PORT": str(port),
        }
        yield environment, f"http://{host}:{port}/graphql", settings


def test_a_file_that_fits_is_said(operations, file):
    told = operations("check", file(GOOD, ALSO))
    assert (told.returncode, told.stdout.splitlines()[-1].split(": ")[1]) == (0, "2 fit the graph")


def test_every_fault_of_a_file_is_told_with_its_place(operations, file):
    path = file(GOOD, BAD, "{")
    entries = json.loads(path.read_text())
    path.write_text(json.dumps({**entries, "a" * 64: GOOD}, indent=1))
    told = operations("check", path)
    lines = [one for one in told.stdout.splitlines() if one.startswith(str(path))]
    assert told.returncode == 1
    assert [one.removeprefix(f"{path}:").split(":")[0] for one in lines] == ["5", "3", "4"]
    assert "another sha256" in lines[0]
    assert "1:3: Cannot query field 'nothing'" in lines[1]


def test_limits_are_those_of_the_settings(operations, file):
    assert operations("check", file(GOOD), SANTONG_MAX_DEPTH="1").returncode == 1


def test_a_document_by_itself_is_one_operation(operations, tmp_path):
    path = tmp_path / "bad.graphql"
    path.write_text("query Bad {\n  nothing\n}\n")
    told = operations("check", path)
    assert told.returncode == 1
    assert f"{path}:1: bad: 2:3: Cannot query field" in told.stdout


@pytest.mark.parametrize("command", ["check", "add"])
@pytest.mark.parametrize("name", ["nothing.json", "nothing.graphql"])
def test_a_file_that_is_not_there_is_one_line(operations, tmp_path, command, name):
    told = operations(command, tmp_path / name)
    assert (told.returncode, told.stderr.split()[0]) == (1, "OPERATIONS_INVALID")


def test_what_is_added_is_answered_and_listed(operations, file, running):
    environment, address, settings = running
    told = operations("add", file(GOOD, ALSO), **environment)
    assert told.returncode == 0, told.stderr
    assert f"sha256:{operation_hash(GOOD)}" in told.stdout
    asked = {"documentId": f"sha256:{operation_hash(GOOD)}"}
    answer = httpx.post(address, json=asked, headers=bearer(settings), trust_env=False)
    assert answer.json()["data"] == {"channels": [{"code": "jd"}]}
    assert operations("add", file(GOOD), **environment).stdout.count("sha256:") == 1
    listed = operations("list", SANTONG_OPERATIONS=str(file(BAD)), COLUMNS="200", **environment)
    assert listed.returncode == 0, listed.stderr
    for text in (GOOD, ALSO, BAD):
        assert listed.stdout.count(operation_hash(text)) == 1
    assert "demo-admin" in listed.stdout


def test_what_is_declined_is_told_and_the_rest_is_added(operations, file, running):
    environment, _, _ = running
    told = operations("add", file(BAD, GOOD), **environment)
    assert told.returncode == 1
    assert "OPERATION_INVALID" in told.stdout
    assert f"sha256:{operation_hash(GOOD)}" in told.stdout


def test_a_store_that_is_away_is_one_line(operations, running):
    environment, _, _ = running
    away = environment | {"SANTONG_DATABASE_URL": "postgresql://127.0.0.1:1/away"}
    told = operations("list", **away)
    assert (told.returncode, told.stderr.split()[0]) == (1, "STORE_UNAVAILABLE")
