import asyncio
import time

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from store.privacy.data_keys import DataKeys, owner_of_membership, owner_of_person
from store.sealing import Sealer

LIN, CHEN = owner_of_membership("store", "7"), owner_of_person("chen")
PLACE = b"phone"


@pytest.fixture
def keys():
    return DataKeys("baiwei", Sealer(b"m" * 32))


async def test_what_an_owner_sealed_opens_with_the_key_that_stands(keys, store):
    made = await store.transaction(lambda run: keys.make(run, [LIN, CHEN, LIN]))
    sealed = made[LIN].seal("+8613912345678", PLACE)
    found = await keys.load(store.rows, [LIN, CHEN])
    assert found[LIN].open(sealed, PLACE) == "+8613912345678"
    with pytest.raises(InvalidTag):
        found[CHEN].open(sealed, PLACE)
    with pytest.raises(InvalidTag):
        found[LIN].open(sealed, b"name")


async def test_an_owner_keeps_the_key_that_she_has(keys, store):
    made = await keys.make(store.rows, [LIN])
    sealed = made[LIN].seal("Lin", PLACE)
    again = await keys.make(store.rows, [CHEN, LIN])
    assert again[LIN].open(sealed, PLACE) == "Lin"


async def test_two_that_make_the_same_key_agree(keys, store):
    owners = [owner_of_membership("store", str(number)) for number in range(50)]

    async def one():
        return await store.transaction(lambda run: keys.make(run, owners))

    first, second = await asyncio.gather(one(), one())
    for owner in owners:
        assert second[owner].open(first[owner].seal("x", PLACE), PLACE) == "x"


async def test_without_its_key_nothing_is_readable(keys, store):
    sealed = (await keys.make(store.rows, [LIN]))[LIN].seal("Lin", PLACE)
    await keys.delete(store.rows, [LIN])
    assert await keys.load(store.rows, [LIN]) == {}
    with pytest.raises(InvalidTag):
        (await keys.make(store.rows, [LIN]))[LIN].open(sealed, PLACE)


async def test_a_key_of_another_brand_or_owner_does_not_pass_for_ones_own(keys, store):
    await keys.make(store.rows, [LIN, CHEN])
    assert await DataKeys("other", Sealer(b"m" * 32)).load(store.rows, [LIN]) == {}
    await store.rows(
        text("""UPDATE data_keys SET wrapped =
          (SELECT wrapped FROM data_keys WHERE owner = :chen) WHERE owner = :lin"""),
        {"lin": LIN, "chen": CHEN},
    )
    with pytest.raises(InvalidTag):
        await keys.load(store.rows, [LIN])


async def test_sealing_in_bulk_costs_little_a_value(keys, store):
    """Two values an owner, making her key included: the figure of the decision, fourfold."""
    owners = [owner_of_membership("store", str(number)) for number in range(2_000)]
    answered = []

    async def run(statement, parameters):
        answered.append(len(parameters["owners"]))
        return []

    began = time.process_time()
    await keys.make(run, owners)
    key = (await keys.make(store.rows, [LIN]))[LIN]
    for _ in range(2 * len(owners)):
        key.seal("+8613912345678", PLACE)
    spent = time.process_time() - began
    assert answered == [2_000, 2_000]
    assert spent / (2 * len(owners)) < 20e-6
