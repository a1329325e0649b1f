"""`santong adoption`: what one side lacks, what both changed, and who is right."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState
from capabilities.caller import MembershipKey, Role
from capabilities.estate import Capability
from capabilities.member.writing import PersonFields
from gateway.auth.tokens import mint
from gateway.settings import Settings
from store.adoption.leaders import Leaders
from store.adoption.standings import Standings
from store.commands import Commands
from store.engine import Store
from store.keyring import keyring_of
from store.member.conflicts import Conflicts
from store.member.kept_memberships import KeptMemberships
from store.member.led_writes import LedWrites, Wanted
from store.member.members import holder_of
from store.member.taking import intake_of
from store.owned import owned_by
from store.privacy.data_keys import DataKeys
from tests.migrated import migrated
from tests.store.member.taking import membership

KEY = "k" * 48
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(postgres):
    return migrated(postgres, "cli_adoption_writes")


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
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", "adoption", *words],
            cwd=_ROOT,
            env={**clean, **own},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "139000" not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    return santong


def at(database, work):
    async def done():
        store = Store.open(database, deadline_seconds=60)
        try:
            owned = owned_by(store, "baiwei", keyring_of(KEY.encode()), "Asia/Shanghai")
            return await work(owned, DataKeys(owned.brand, owned.sealer))
        finally:
            await store.aclose()

    return asyncio.run(done())


async def disputed(owned, keys):
    """A write that its system refused, and a conflict about the same phone."""
    intake, theirs = intake_of(owned), membership("till", "7", phone="13900008888")
    ours = membership("till", "7", phone="13900007777")
    await owned.store.transaction(lambda run: intake.take(run, [ours], at=owned.now()))

    async def owning(_run, before):
        fresh = Standing(
            channel="till", capability=Capability.MEMBER, state=AdoptionState.MIDDLE_OWNED
        )
        return fresh, Decided(action=Action.ROUTE, author="ada", reason="test")

    await Standings(owned).move("till", Capability.MEMBER, owning)

    async def write(run):
        wanted = Wanted(
            connector="till-one",
            key=("till", "7"),
            one_id=await holder_of(run, owned.brand, "till", "7"),
            person=PersonFields(email="new@example.test"),
            author="ada",
        )
        standing = await Leaders(owned.brand).in_force(run, Capability.MEMBER, "till")
        await LedWrites(owned, keys, intake).update_in(run, standing, wanted)
        await Conflicts(owned, keys).found_in(run, theirs, {"phone"}, owned.now())

    await owned.store.transaction(write)
    commands = Commands(owned.store, owned.brand, keys)
    (one,) = await commands.claim(owned.now(), 60, 5)
    await commands.dead(one, "UPSTREAM_REFUSED", owned.now(), unsure=False)
    (conflict,) = await Conflicts(owned, keys).page(5)
    return conflict.key


async def revision_of(owned, keys):
    (conflict,) = await Conflicts(owned, keys).page(5)
    return conflict.revision


async def phone_of(owned, keys):
    kept = KeptMemberships(owned.store, owned.brand, keys)
    (found,) = await kept.of([MembershipKey("till", "7")])
    return found.contact.phone


def test_what_is_stuck_and_disputed_is_shown_and_decided(database, run):
    conflict = at(database, disputed)
    code, told = run("pending")
    assert (code, "till" in told) == (1, True)
    code, told = run("drain", "till", "--within", "1")
    assert (code, "0 writes are on their way, 1 wait for a person" in told) == (1, True)
    code, told = run("conflicts")
    assert (code, conflict in told, "139****7777" in told, "139****8888" in told) == (
        *(0, True, True, True),
    )
    decide = ("decide", conflict, "--keep", "LEGACY", "--reason", "she said so")
    code, told = run(*decide, "--revision", "0123456789abcdef")
    assert (code, "CONFLICT_CHANGED" in told) == (1, True)
    code, told = run(*decide, "--revision", at(database, revision_of))
    assert (code, "LEGACY_TAKEN" in told) == (0, True)
    assert at(database, phone_of) == "+8613900008888"
    code, told = run("decide", conflict, "--keep", "LEGACY", "--reason", "again")
    assert (code, "CONFLICT_UNKNOWN" in told) == (1, True)
    code, told = run("reconcile", "till", "order")
    assert (code, "CAPABILITY_NOT_DUAL" in told) == (1, True)


async def owned_here(owned, _):
    async def owning(_run, _before):
        fresh = Standing(
            channel="kiosk", capability=Capability.MEMBER, state=AdoptionState.MIDDLE_OWNED
        )
        return fresh, Decided(action=Action.ROUTE, author="ada", reason="test")

    await Standings(owned).move("kiosk", Capability.MEMBER, owning)


def test_who_retires_a_system_proves_who_she_is(database, run, tmp_path):
    at(database, owned_here)
    step = ("promote", "kiosk", "member", "--reason", "nobody reads it")
    code, told = run(*step)
    assert (code, "ADOPTION_SECOND_PERSON" in told) == (1, True)
    settings = Settings(secret_key=SecretStr(KEY))
    file = tmp_path / "ann.token"
    file.write_text(mint(settings, role=Role.ADMIN, brand="baiwei", subject="ann"), "ascii")
    code, told = run(*step, "--token-file", str(file))
    assert (code, "ADOPTION_SECOND_PERSON" in told) == (1, False)
    assert "ADOPTION_GATES" in told
