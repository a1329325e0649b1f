from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from capabilities.profile.tags import Tag
from store.profile.tags import MemberTags

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)


@pytest.fixture
def tags(store):
    return MemberTags(store, BRAND)


@pytest.fixture
def alias(database):
    def put(*pairs):
        with psycopg.connect(database) as connection:
            connection.execute("DELETE FROM member_aliases")
            for old, new in pairs:
                connection.execute(
                    "INSERT INTO member_aliases VALUES (%s, %s, %s)", (BRAND, old, new)
                )

    return put


def word(tag, author="guide-1", expires_at=None):
    return Tag(tag=tag, author=author, tagged_at=NOON, expires_at=expires_at)


async def put(store, tags, one_id, tag, at=NOON):
    return await store.transaction(lambda run: tags.put_in(run, one_id, tag, at))


async def take(store, tags, one_id, tag):
    return await store.transaction(lambda run: tags.take_in(run, one_id, tag, NOON))


async def test_a_tag_has_its_author_and_ends_by_itself(store, tags):
    end = NOON + timedelta(days=1)
    assert await put(store, tags, "ann", word("vip", expires_at=end)) == (
        word("vip", expires_at=end),
    )
    assert await tags.of_people(["ann", "bea"], end - timedelta(seconds=1)) == [
        (word("vip", expires_at=end),),
        (),
    ]
    assert await tags.of_people(["ann"], end) == [()]
    assert await put(store, tags, "ann", word("vip", "guide-2")) == (word("vip", "guide-2"),)


async def test_a_merge_brings_tags_along_and_its_undoing_gives_them_back(store, tags, alias):
    await put(store, tags, "ann", word("vip"))
    await put(store, tags, "bea", word("tea"))
    alias(("bea", "ann"))
    merged = (word("tea"), word("vip"))
    assert await tags.of_people(["ann", "bea"], NOON) == [merged, merged]
    await put(store, tags, "bea", word("new"))
    alias()
    assert await tags.of_people(["ann", "bea"], NOON) == [
        (word("new"), word("vip")),
        (word("tea"),),
    ]


async def test_a_tag_that_both_had_is_one_and_is_taken_from_both(store, tags, alias):
    await put(store, tags, "ann", word("vip", expires_at=NOON + timedelta(days=1)))
    await put(store, tags, "bea", word("vip"))
    alias(("bea", "ann"))
    assert await tags.of_people(["ann"], NOON) == [(word("vip"),)]
    assert await take(store, tags, "bea", "vip") == ()
    assert await take(store, tags, "bea", "vip") == ()
    alias()
    assert await tags.of_people(["ann", "bea"], NOON) == [(), ()]
