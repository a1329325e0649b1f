"""Senders: registered once, revoked at once, their keys never plain."""

import psycopg
import pytest
from cryptography.exceptions import InvalidTag

from store.copied.senders import Senders
from store.sealing import Sealer

KEY = "a-key-that-nobody-sees"


@pytest.fixture
def senders(store):
    return Senders(store, Sealer(b"s" * 32), "baiwei")


async def test_a_sender_is_found_with_its_key_and_stores(senders):
    assert await senders.add("till", "m0001", ["M2", "M1", "M1"], KEY, by="ada")
    assert await senders.key_of("till", "m0001") == (KEY, frozenset({"M1", "M2"}))
    assert await senders.key_of("other", "m0001") is None
    (told,) = await senders.all("till")
    assert (told.name, told.stores, told.added_by, told.revoked_at) == (
        "m0001",
        ("M1", "M2"),
        "ada",
        None,
    )


async def test_a_name_is_given_once_until_it_is_revoked(senders):
    await senders.add("till", "m0001", ["M1"], KEY, by="ada")
    assert not await senders.add("till", "m0001", ["M1"], "other", by="eve")
    assert (await senders.key_of("till", "m0001"))[0] == KEY
    assert await senders.revoke("till", "m0001")
    assert not await senders.revoke("till", "m0001")
    assert await senders.key_of("till", "m0001") is None
    assert (await senders.all())[0].revoked_at is not None
    assert await senders.add("till", "m0001", ["M1"], "new", by="ada")
    assert (await senders.key_of("till", "m0001"))[0] == "new"


async def test_a_key_is_not_in_the_table_and_not_another_senders(senders, database):
    await senders.add("till", "m0001", ["M1"], KEY, by="ada")
    await senders.add("till", "m0002", ["M2"], "other", by="ada")
    with psycopg.connect(database) as connection:
        told = [bytes(row[0]) for row in connection.execute("SELECT sealed_key FROM inbox_senders")]
        assert all(KEY.encode() not in one for one in told)
        connection.execute("""
          UPDATE inbox_senders a SET sealed_key = b.sealed_key FROM inbox_senders b
          WHERE a.sender <> b.sender
        """)
        connection.commit()
    with pytest.raises(InvalidTag):
        await senders.key_of("till", "m0001")
