from datetime import UTC, datetime

import pytest

from store.privacy.tombstones import IDENTITY, MEMBERSHIP, Grave, Tombstones

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def tombstones():
    return Tombstones("baiwei", b"t" * 32)


def test_a_hash_is_of_one_kind_brand_and_key(tombstones):
    hashes = {
        tombstones.membership("store", "7"),
        tombstones.customer("store", "7"),
        tombstones.person("7"),
        tombstones.identity("PHONE", "store", "7"),
        Tombstones("other", b"t" * 32).membership("store", "7"),
        Tombstones("baiwei", b"u" * 32).membership("store", "7"),
    }
    assert len(hashes) == 6


async def test_who_was_erased_is_found_again(tombstones, store):
    number = tombstones.membership("store", "7")
    phone = tombstones.identity("PHONE", "+86", "+8613912345678")
    other = tombstones.membership("store", "8")
    await tombstones.add(store.rows, [Grave(MEMBERSHIP, number), Grave(IDENTITY, phone)], NOW)
    assert await tombstones.among(store.rows, [number, other, phone]) == {number, phone}
    assert await Tombstones("other", b"t" * 32).among(store.rows, [number]) == set()
    assert set(await tombstones.standing(store)) == {number, phone}


async def test_who_registers_anew_is_another_generation_each_time(tombstones, store):
    phone = tombstones.identity("PHONE", "+86", "+8613912345678")
    assert await tombstones.lift(store.rows, [phone], NOW) == 0
    for generation in (1, 2):
        await tombstones.add(store.rows, [Grave(IDENTITY, phone)], NOW)
        assert await tombstones.among(store.rows, [phone]) == {phone}
        assert await tombstones.lift(store.rows, [phone], NOW) == generation
        assert await tombstones.among(store.rows, [phone]) == set()
        assert await tombstones.generations(store.rows, [phone]) == {phone: generation}
    assert await tombstones.lift(store.rows, [phone], NOW) == 2
