import asyncio

import pytest

from store.wishes import KeyReused, once

WHO = ("baiwei", "demo-admin", "k1")


def _wished(store, wish=("earn", 5), who=WHO, made=None):
    made = [] if made is None else made

    async def do():
        made.append(1)
        return {"entry": len(made)}

    return store.transaction(lambda run: once(run, who, wish, dict[str, int], do))


async def test_the_same_wish_is_done_once_and_answered_alike(store):
    made = []
    assert await _wished(store, made=made) == {"entry": 1}
    assert await _wished(store, made=made) == {"entry": 1}
    assert made == [1]


async def test_a_key_stands_for_one_wish_of_one_author(store):
    await _wished(store)
    with pytest.raises(KeyReused):
        await _wished(store, wish=("earn", 6))
    made = []
    await _wished(store, who=("baiwei", "another", "k1"), made=made)
    await _wished(store, who=("other", "demo-admin", "k1"), made=made)
    assert made == [1, 1]


async def test_what_failed_was_never_wished(store):
    async def fail():
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError):
        await store.transaction(lambda run: once(run, WHO, "w", dict, fail))
    assert await _wished(store) == {"entry": 1}


async def test_fifty_at_once_are_one(store):
    made = []
    answers = await asyncio.gather(*(_wished(store, made=made) for _ in range(50)))
    assert made == [1]
    assert answers == [{"entry": 1}] * 50
