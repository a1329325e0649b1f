"""`santong command`: what waits for a system, tried again or given up, nobody named."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capabilities.member.commands import Ordered
from capabilities.member.writing import PersonFields, WriteKind
from store.commands import Commands, order
from store.engine import Store
from store.keyring import keyring_of
from store.owned import owned_by
from store.privacy.data_keys import DataKeys
from tests.migrated import migrated

KEY = "k" * 48
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(postgres):
    return migrated(postgres, "cli_command")


def ordered(database, reason):
    """A command that was refused for a reason."""

    async def made():
        store = Store.open(database, deadline_seconds=20)
        try:
            owned = owned_by(store, "baiwei", keyring_of(KEY.encode()), "Asia/Shanghai")
            keys = DataKeys(owned.brand, owned.sealer)
            wish = Ordered(
                connector="shop",
                channel="shop",
                kind=WriteKind.REGISTER,
                one_id="p1",
                person=PersonFields(phone="13900007777"),
                author="ada",
            )
            now = datetime.now(UTC)
            await store.transaction(lambda run: order(run, keys, owned.brand, wish, now))
            commands = Commands(store, owned.brand, keys)
            (one,) = await commands.claim(datetime.now(UTC), 60, 5)
            await commands.dead(one, reason, now, unsure=False)
            return one.command
        finally:
            await store.aclose()

    return asyncio.run(made())


@pytest.fixture
def run(database, tmp_path):
    (tmp_path / "estate.yaml").write_text("brand: baiwei\nchannels: []\nconnectors: []\n", "utf-8")
    clean = {name: one for name, one in os.environ.items() if not name.startswith("SANTONG_")}
    own = {
        "SANTONG_DATABASE_URL": database,
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(tmp_path / "estate.yaml"),
        "SANTONG_HOME": str(tmp_path),
        "COLUMNS": "200",
    }

    def santong(*words):
        command = [sys.executable, "-m", "gateway.cli", *words]
        done = subprocess.run(
            command, cwd=_ROOT, env={**clean, **own}, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert "13900007777" not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    return santong


def test_a_dead_command_is_shown_tried_again_and_given_up(database, run):
    command = ordered(database, "UPSTREAM_REFUSED")
    code, told = run("command", "list")
    assert (code, command in told, "UPSTREAM_REFUSED" in told) == (1, True, True)
    assert run("command", "retry", command)[0] == 0
    code, told = run("command", "list", "--state", "QUEUED")
    assert (code, command in told) == (0, True)
    assert run("command", "discard", command)[0] == 0
    code, told = run("command", "retry", command)
    assert (code, "there is no dead command" in told) == (1, True)


def test_what_waits_is_shown_beside_the_passes(database, run):
    ordered(database, "refused")
    code, told = run("work", "status")
    assert (code, "commands of member" in told, "dead" in told) == (0, True, True)
    found = json.loads(run("work", "status", "--json")[1])
    assert [(one["state"], one["count"]) for one in found["commands"]] == [("DEAD", 1)]
