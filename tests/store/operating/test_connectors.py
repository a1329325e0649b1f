"""Registered connectors: a history that only grows, in the order of commits, for one brand."""

import asyncio

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.estate import ConnectorStanding
from capabilities.operations import IdempotencyKeyReused
from capabilities.registration import ConnectorChange, RegistrationAction
from store.operating.connectors import RegisteredConnectors
from store.versions import Versions

WISH = ConnectorChange(
    name="east",
    action=RegistrationAction.REGISTER,
    definition="name: east",
    paused=False,
    author="ada",
    reason="a new shop",
    idempotency_key="k-1",
    wish=b"1",
)
PAUSE = replace(
    WISH, action=RegistrationAction.PAUSE, paused=True, idempotency_key="k-2", wish=b"2"
)
REMOVE = replace(WISH, action=RegistrationAction.REMOVE, idempotency_key="k-3", wish=b"3")


@pytest.fixture
def connectors(store):
    return RegisteredConnectors(store, "baiwei")


async def add(connectors, change):
    return await connectors.add(change, (await connectors.current()).seen)


async def test_a_change_is_kept_whole_with_author_time_and_reason(connectors):
    kept = await add(connectors, WISH)
    assert (kept.version, kept.author, kept.reason) == (1, "ada", "a new shop")
    assert kept.definition == "name: east"
    assert kept.changed_at.utcoffset().total_seconds() == 0
    assert (await connectors.current()).connectors == (kept,)


async def test_the_last_version_is_how_a_name_stands(connectors):
    await add(connectors, WISH)
    paused = await add(connectors, PAUSE)
    assert paused.state is ConnectorStanding.PAUSED
    assert (await connectors.current()).connectors == (paused,)
    removed = await add(connectors, REMOVE)
    assert removed.state is ConnectorStanding.REMOVED
    assert (await connectors.current()).connectors == ()
    versions = [one.version for one in await connectors.history("east")]
    assert versions == [1, 2, 3]


async def test_the_estates_version_rises_with_each_change(connectors, store):
    versions = Versions(store, "baiwei")
    await versions.refresh()
    assert versions.current("estate") == 0
    await add(connectors, WISH)
    await versions.refresh()
    first = versions.current("estate")
    await add(connectors, PAUSE)
    await versions.refresh()
    assert versions.current("estate") > first > 0


async def test_who_has_not_seen_the_newest_estate_adds_nothing(connectors):
    seen = (await connectors.current()).seen
    await connectors.add(WISH, seen)
    assert await connectors.add(PAUSE, seen) is None
    assert len(await connectors.history("east")) == 1


async def test_of_many_at_once_one_is_taken(connectors):
    seen = (await connectors.current()).seen
    wishes = [replace(WISH, name=f"c{n}", idempotency_key=f"k-{n}") for n in range(8)]
    taken = await asyncio.gather(*(connectors.add(one, seen) for one in wishes))
    assert sum(one is not None for one in taken) == 1


async def test_a_key_stands_for_one_wish_of_its_author(connectors):
    kept = await add(connectors, WISH)
    assert await add(connectors, WISH) is None
    assert await connectors.known("ada", "k-1", b"1") == kept
    assert isinstance(await connectors.known("ada", "k-1", b"x"), IdempotencyKeyReused)
    assert await connectors.known("bob", "k-1", b"1") is None


async def test_secrets_are_replaced_and_go_with_their_connector(connectors):
    await add(connectors, replace(WISH, sealed={"password": b"\x01", "token": b"\x02"}))
    await add(connectors, replace(PAUSE, sealed={"password": b"\x03"}))
    assert await connectors.secrets() == {"east": {"password": b"\x03", "token": b"\x02"}}
    await connectors.reseal("east", "token", b"\x02", b"\x04")
    await connectors.reseal("east", "password", b"\x01", b"\x05")
    assert await connectors.secrets() == {"east": {"password": b"\x03", "token": b"\x04"}}
    await add(connectors, REMOVE)
    assert await connectors.secrets() == {}


async def test_a_refused_change_leaves_no_secret(connectors):
    seen = (await connectors.current()).seen
    await connectors.add(WISH, seen)
    late = replace(PAUSE, sealed={"password": b"\x03"})
    assert await connectors.add(late, seen) is None
    assert await connectors.secrets() == {}


async def test_a_brand_knows_its_own_only(connectors, store):
    await add(connectors, replace(WISH, sealed={"password": b"\x01"}))
    other = RegisteredConnectors(store, "other")
    assert (await other.current()).connectors == ()
    assert await other.secrets() == {}
    assert await other.history("east") == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE connector_versions SET author = 'eve'",
        "DELETE FROM connector_versions",
        "TRUNCATE connector_versions",
    ],
)
async def test_the_history_cannot_be_changed(connectors, database, statement):
    await add(connectors, WISH)
    with psycopg.connect(database) as connection, pytest.raises(psycopg.Error, match="history"):
        connection.execute(statement)
