"""What is dropped is answered by nobody any more, however it lies and whoever was fetching it."""

import asyncio
from functools import partial

import pytest

from cache import LISTS, Tag
from capabilities.estate import Capability
from capabilities.member.records import Identity, IdentityKind
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk, SourcePage
from tests.cache.conftest import Source, until
from tests.cache.test_entity_cache import member, order, values

_MEMBER, _ORDER = Capability.MEMBER, Capability.ORDER
_PHONE = Identity(IdentityKind.PHONE, "CN", "+8613912345678")


def _page(channel):
    return (OrderFilter(), PageAsk(first=2, channels=(channel,)))


_BOUGHT = ("1", *_page("shop"))
_EMPTY = SourcePage(rows=(), has_more=False)
# what is kept in every test: the name it is told by, its port and key
_KEPT = {
    "member 1": ("memberships", "1"),
    "member 2": ("memberships", "2"),
    "phone of 1": ("memberships_by_identity", _PHONE),
    "order 1": ("orders", "1"),
    "order 9": ("orders", "9"),
    "bought by 1": ("orders_by_customer", _BOUGHT),
    "shop list": ("search_orders", _page("shop")),
    "app list": ("search_orders", _page("app")),
}
_ANSWERS = {
    _PHONE: (member("1"),),
    _BOUGHT: _EMPTY,
    _page("shop"): _EMPTY,
    _page("app"): _EMPTY,
}


def _tag(**more):
    return Tag(connector="woo", **more)


_DROPPED = {
    "connector": (_tag(), set(_KEPT)),
    "another connector": (Tag(connector="pos"), set()),
    "capability": (_tag(capability=_MEMBER), {"member 1", "member 2", "phone of 1"}),
    # a single answer may be of any channel of its connector
    "channel": (
        _tag(capability=_ORDER, channel="shop"),
        {"shop list", "bought by 1", "order 1", "order 9"},
    ),
    "lists": (_tag(capability=_ORDER, key=LISTS), {"shop list", "app list"}),
    "member": (_tag(capability=_MEMBER, key="1"), {"member 1", "phone of 1"}),
    "identity": (_tag(capability=_MEMBER, key="+8613912345678"), {"phone of 1"}),
    "number": (_tag(capability=_ORDER, key="1"), {"order 1", "bought by 1"}),
    "nobody": (_tag(capability=_MEMBER, key="777"), set()),
}


async def _asked_anew(process):
    """The names whose answers are not kept any more; asking keeps them again."""
    anew = set()
    for name, (port, key) in _KEPT.items():
        value = {"memberships": member, "orders": order}.get(port, _ANSWERS.get)(key)
        source = Source({key: value})
        assert values(await process.of(port).load([key], source.fetch)) == [value]
        if source.asked:
            anew.add(name)
    await process.settled()
    return anew


@pytest.mark.parametrize("name", _DROPPED)
async def test_a_drop_reaches_what_it_names_and_nothing_else(processes, name):
    tag, reached = _DROPPED[name]
    one, other = await processes(), await processes()
    assert await _asked_anew(one) == set(_KEPT)
    assert await _asked_anew(other) == set()
    assert await one.cache.drop([tag])
    assert await _asked_anew(other) == reached
    assert await _asked_anew(one) == set()


@pytest.mark.parametrize("name", _DROPPED)
async def test_a_drop_reaches_the_process_layer_of_others(processes, name):
    tag, reached = _DROPPED[name]
    one, other = await processes(follow=True), await processes(follow=True)
    await _asked_anew(other)
    peeks = {told: (other.of(port), key) for told, (port, key) in _KEPT.items()}
    assert all(answers.peek(key) for answers, key in peeks.values())
    heard = other.cache._layer.heard
    before = heard(other.cache._places.drops(tag.connector))
    await one.cache.drop([tag])
    await until(lambda: heard(other.cache._places.drops(tag.connector)) != before)
    gone = {told for told, (answers, key) in peeks.items() if answers.peek(key) is None}
    assert gone >= reached
    if tag.key is not None:
        assert gone == reached


async def test_an_answer_that_was_on_its_way_is_dropped_too(processes):
    one, other = await processes(follow=True), await processes()
    for tag in (_tag(), _tag(capability=_MEMBER), _tag(capability=_MEMBER, key="1")):
        source = Source({"1": member("1", 1)})
        source.gate.clear()
        await one.cache.drop([_tag()])
        load = asyncio.create_task(one.of().load(["1"], source.fetch))
        await until(partial(len, source.asked))
        await other.cache.drop([tag])
        source.gate.set()
        assert values(await load) == [member("1", 1)]
        await one.settled()
        source.answers["1"] = member("1", 2)
        assert values(await other.of().load(["1"], source.fetch)) == [member("1", 2)]
        await other.settled()


async def test_who_asks_after_a_drop_does_not_wait_for_what_began_before_it(processes):
    one = await processes(follow=True)
    answers, source = one.of(), Source({"1": member("1", 1)})
    source.gate.clear()
    before = asyncio.create_task(answers.load(["1"], source.fetch))
    await until(partial(len, source.asked))
    await one.cache.drop([_tag()])
    after = asyncio.create_task(answers.load(["1"], Source({"1": member("1", 2)}).fetch))
    await until(lambda: len(one.cache._tasks) > 1)
    source.gate.set()
    assert values(await before) == [member("1", 1)]
    assert values(await after) == [member("1", 2)]


async def test_an_identity_that_was_on_its_way_is_dropped_with_whom_it_finds(processes):
    one, other = await processes(), await processes()
    source = Source({_PHONE: (member("1", 1),)})
    source.gate.clear()
    load = asyncio.create_task(one.of("memberships_by_identity").load([_PHONE], source.fetch))
    await until(partial(len, source.asked))
    await other.cache.drop([_tag(capability=_MEMBER, key="1")])
    source.gate.set()
    await load
    await one.settled()
    source.answers[_PHONE] = (member("1", 2),)
    again = await other.of("memberships_by_identity").load([_PHONE], source.fetch)
    assert values(again) == [(member("1", 2),)]


async def test_when_redis_has_lost_its_drops_nothing_older_counts(processes):
    one = await processes()
    await _asked_anew(one)
    await one.cache.drop([_tag(capability=_MEMBER)])
    await one.near._redis.delete(one.cache._places.drops("woo"))
    assert await _asked_anew(one) == set(_KEPT)
    assert await _asked_anew(one) == set()


async def test_drops_are_numbered_on_when_redis_has_lost_the_number(processes):
    one = await processes()
    drops = one.cache._places.drops("woo")
    await one.cache.drop([_tag()])
    before = int(await one.near._redis.hget(drops, "number"))
    await one.near._redis.delete(drops)
    await one.cache.drop([_tag()])
    assert int(await one.near._redis.hget(drops, "number")) > before


async def test_what_is_no_drop_empties_the_process_layer(processes):
    one = await processes(follow=True)
    await _asked_anew(one)
    heard = one.cache._layer.heard("any")
    await one.near.command("PUBLISH", one.cache._places.channel, b"\xc1 other words")
    await until(lambda: one.cache._layer.heard("any") != heard)
    assert len(one.cache._layer) == 0
    assert one.cache._layer.hears


def test_a_key_without_a_capability_names_nothing():
    with pytest.raises(ValueError, match="capability"):
        Tag(connector="woo", key="1")
