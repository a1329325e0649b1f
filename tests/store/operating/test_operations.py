"""The registry: every text once, in the order of commits, for one brand, for ever."""

import asyncio
from dataclasses import dataclass

import psycopg
import pytest

from capabilities.operations import operation_hash
from store.operating.operations import Operations
from store.versions import Versions

TEXT = "query Q { channels { code } }"


@dataclass
class Wish:
    text: str = TEXT
    name: str | None = "Q"
    by: str = "ada"
    key: str = "k-1"


async def register(operations, wish):
    return await operations.register(wish.text, wish.name, by=wish.by, idempotency_key=wish.key)


@pytest.fixture
def operations(store):
    return Operations(store, "baiwei")


async def test_an_operation_is_kept_with_author_and_time(operations):
    kept = await register(operations, Wish())
    assert (kept.text, kept.name, kept.registered_by) == (TEXT, "Q", "ada")
    assert kept.sha256 == operation_hash(TEXT)
    assert kept.registered_at.utcoffset().total_seconds() == 0
    found, _ = await operations.after(0, 10)
    assert found == (kept,)


async def test_the_same_wish_again_answers_what_it_did(operations):
    first = await register(operations, Wish())
    assert await register(operations, Wish()) == first
    assert len((await operations.after(0, 10))[0]) == 1


async def test_a_key_stands_for_one_text_of_its_author(operations):
    await register(operations, Wish())
    assert await register(operations, Wish(text="{ a }")) is None
    assert (await register(operations, Wish(text="{ a }", by="bob"))).registered_by == "bob"


async def test_a_known_text_stays_its_first_authors(operations):
    first = await register(operations, Wish())
    assert await register(operations, Wish(by="bob", key="k-2", name="other")) == first


async def test_a_brand_knows_its_own_only(store, operations):
    await register(operations, Wish())
    other = Operations(store, "other")
    assert await other.after(0, 10) == ((), 0)
    assert (await register(other, Wish(by="eve"))).registered_by == "eve"
    assert (await register(operations, Wish())).registered_by == "ada"


async def test_who_reads_on_from_a_place_misses_none_of_many_at_once(operations):
    wishes = [Wish(text=f"{{ a{n} }}", key=f"k-{n}") for n in range(30)]
    writing = asyncio.gather(*(register(operations, one) for one in wishes))
    place, found = 0, []
    while not writing.done() or len(found) < 30:
        rows, place = await operations.after(place, 7)
        found += [one.text for one in rows]
        assert len(found) <= 30
    await writing
    assert sorted(found) == sorted(one.text for one in wishes)


async def test_the_version_rises_once_a_registration(store, operations):
    versions = Versions(store, "baiwei")
    await versions.refresh()
    assert versions.operations() == 0
    await register(operations, Wish())
    await versions.refresh()
    risen = versions.operations()
    assert risen == (await operations.after(0, 10))[1] > 0
    await register(operations, Wish())
    await register(operations, Wish(text="{ a }"))
    await versions.refresh()
    assert versions.operations() == risen


@pytest.mark.parametrize(
    "change", ["UPDATE operations SET text = ''", "DELETE FROM operations", "TRUNCATE operations"]
)
async def test_nothing_is_changed_nor_removed(database, operations, change):
    await register(operations, Wish())
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RaiseException):
        connection.execute(change)
