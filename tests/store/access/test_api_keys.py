"""API keys: of the secret only a hash, one name at a time, rotated with an overlap, revoked."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from capabilities.api_keys import KeyScope, checked_scope, new_secret, presented
from capabilities.caller import Role
from capabilities.errors import BadInput
from store.access.api_keys import ApiKeys
from store.access.audit import Audit
from store.versions import Versions

SCOPE = KeyScope(role=Role.OPERATIONS, channels=frozenset({"shop"}))


@pytest.fixture
def keys(store):
    return ApiKeys(store, "baiwei")


async def standing(keys):
    now = datetime.now(UTC)
    return [one for one in await keys.all() if one.stands(now)]


async def test_a_key_is_kept_with_its_scope_and_without_its_secret(keys, database):
    text, made = new_secret()
    assert await keys.add("reports", SCOPE, made, by="ada")
    (kept,) = await keys.all()
    assert (kept.name, kept.scope, kept.created_by) == ("reports", SCOPE, "ada")
    assert presented(text).is_of(kept)
    assert not presented(new_secret()[0]).is_of(kept)
    caller = kept.caller("baiwei")
    assert (caller.subject, caller.visibility.channels) == ("key:reports", {"shop"})
    with psycopg.connect(database) as connection:
        row = str(connection.execute("SELECT api_keys::text FROM api_keys").fetchone())
    assert text.rpartition("_")[2] not in row


async def test_a_name_stands_once(keys):
    assert await keys.add("reports", SCOPE, new_secret()[1], by="ada")
    assert not await keys.add("reports", SCOPE, new_secret()[1], by="ada")
    assert len(await keys.all()) == 1


async def test_a_rotation_leaves_the_old_key_for_a_while(keys):
    old, new = new_secret()[1], new_secret()[1]
    await keys.add("reports", SCOPE, old, by="ada")
    assert await keys.rotate("reports", new, timedelta(hours=1), by="ada") == SCOPE
    first, second = await standing(keys)
    assert (old.is_of(first), new.is_of(second), second.scope) == (True, True, SCOPE)
    later = datetime.now(UTC) + timedelta(minutes=61)
    assert [one.stands(later) for one in (first, second)] == [False, True]
    await keys.rotate("reports", new_secret()[1], timedelta(0), by="ada")
    assert len(await standing(keys)) == 1
    assert await keys.rotate("nobody", new_secret()[1], timedelta(0), by="ada") is None


async def test_a_revoked_name_ends_with_all_its_keys_and_may_begin_anew(keys):
    await keys.add("reports", SCOPE, new_secret()[1], by="ada")
    await keys.rotate("reports", new_secret()[1], timedelta(hours=1), by="ada")
    assert await keys.revoke("reports", by="bob")
    assert await standing(keys) == []
    assert not await keys.revoke("reports", by="bob")
    assert await keys.add("reports", SCOPE, new_secret()[1], by="ada")


async def test_every_change_is_told_to_all_processes_and_to_the_trail(keys, store):
    versions, seen = Versions(store, "baiwei"), []
    for change in (
        keys.add("reports", SCOPE, new_secret()[1], by="ada"),
        keys.rotate("reports", new_secret()[1], timedelta(0), by="bob"),
        keys.revoke("reports", by="eve"),
    ):
        await change
        await versions.refresh()
        seen.append(versions.keys())
    assert seen == sorted(set(seen))
    trail = await Audit(store, "baiwei").page(10)
    assert [(one.action, one.actor) for one in trail] == [
        ("key.revoked", "eve"),
        ("key.rotated", "bob"),
        ("key.created", "ada"),
    ]


async def test_another_brand_has_its_own(keys, store):
    await keys.add("reports", SCOPE, new_secret()[1], by="ada")
    assert await ApiKeys(store, "other").all() == []


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("a b", SCOPE),
        ("", SCOPE),
        ("x" * 101, SCOPE),
        ("me", KeyScope(role=Role.CONSUMER)),
        ("guide", KeyScope(role=Role.GUIDE)),
        ("desk", KeyScope(role=Role.SERVICE, stores=frozenset({"M1"}))),
    ],
)
def test_what_no_key_may_be_is_refused(name, scope):
    with pytest.raises(BadInput):
        checked_scope(name, scope)


@pytest.mark.parametrize("text", ["", "santong_", "santong_0_x", "eyJh.b.c"])
def test_what_is_no_key_is_none(text):
    assert presented(text) is None
