import asyncio
import os
import signal
from datetime import date
from random import Random

import pytest
from redis import Redis

from cache.connection import Near
from cache.crosswalk import CachedCrosswalk
from capabilities.errors import StoreUnavailable
from capabilities.product.ports import CrosswalkSource
from capabilities.product.records import ProductCode, UnmatchedCode
from gateway.embedded import EmbeddedValkey
from store.engine import Store
from store.product.crosswalk import Crosswalk
from store.product.products_file import import_products
from store.versions import Versions
from tests.migrated import migrated

_DAY = date(2026, 11, 1)


class _Truth(CrosswalkSource):
    """A crosswalk that can change, be away, and remembers what it was asked."""

    def __init__(self):
        self.entries = {}
        self.version = 1
        self.away = False
        self.asked = []

    async def skus(self, codes):
        if self.away:
            raise StoreUnavailable("away")
        self.asked.append(list(codes))
        return tuple(self.entries.get((code.code.strip(), code.on)) for code in codes)

    async def record_unmatched(self, lines):
        self.recorded = dict(lines)

    async def unmatched(self, connector, first):
        return (UnmatchedCode(connector=connector, kind="sku", code="X", lines=first),)


def _code(code, on=_DAY, connector="woo"):
    return ProductCode(connector=connector, system="woo", kind="sku", code=code, on=on)


@pytest.fixture
def truth():
    made = _Truth()
    made.entries = {("A", _DAY): "BW-1", ("B", _DAY): "BW-2"}
    return made


@pytest.fixture
async def near(valkey):
    opened = Near(valkey.url)
    await opened._redis.flushall()
    yield opened
    await opened.aclose()


def _cached(near, truth, **more):
    return CachedCrosswalk(
        near, truth, brand="baiwei", version=lambda: truth.version, today=lambda: _DAY, **more
    )


async def test_only_misses_are_asked_and_in_one_call(near, truth):
    cached = _cached(near, truth)
    assert await cached.skus([_code("A"), _code("none")]) == ("BW-1", None)
    asked = [_code("B"), _code("A"), _code("none"), _code("B"), _code("C")]
    assert await cached.skus(asked) == ("BW-2", "BW-1", None, "BW-2", None)
    assert truth.asked == [[_code("A"), _code("none")], [_code("B"), _code("C")]]
    assert await cached.skus([]) == ()
    assert len(truth.asked) == 2


async def test_what_matches_nothing_is_kept_for_a_shorter_time(near, truth):
    cached = _cached(near, truth)
    await cached.skus([_code("A"), _code("none")])
    times = {}
    for key in await near._redis.keys("*"):
        times[await near._redis.get(key)] = await near._redis.ttl(key)
    assert 3500 < times[b"+BW-1"] <= 3600
    assert 50 < times[b"-"] <= 60


async def test_a_new_version_asks_again(near, truth):
    cached = _cached(near, truth)
    await cached.skus([_code("A"), _code("none")])
    truth.entries = {("A", _DAY): "BW-9", ("none", _DAY): "BW-8"}
    assert await cached.skus([_code("A"), _code("none")]) == ("BW-1", None)
    truth.version = 2
    assert await cached.skus([_code("A"), _code("none")]) == ("BW-9", "BW-8")


async def test_the_day_the_connector_and_the_brand_are_part_of_the_question(near, truth):
    earlier = date(2025, 1, 1)
    truth.entries["A", earlier] = "BW-0"
    cached = _cached(near, truth)
    assert await cached.skus([_code("A"), _code("A", on=earlier)]) == ("BW-1", "BW-0")
    assert await cached.skus([_code("A", on=None)]) == ("BW-1",)
    assert len(truth.asked) == 1
    await cached.skus([_code("A", connector="woo2")])
    other = CachedCrosswalk(near, truth, brand="other", version=lambda: 1, today=lambda: _DAY)
    await other.skus([_code("A")])
    assert len(truth.asked) == 3


async def test_without_a_known_version_everything_is_asked_and_nothing_kept(near, truth):
    truth.version = None
    cached = _cached(near, truth)
    for _ in range(2):
        assert await cached.skus([_code("A")]) == ("BW-1",)
    assert len(truth.asked) == 2
    assert await near._redis.dbsize() == 0


async def test_hits_are_served_while_the_truth_is_away_and_misses_say_so(near, truth):
    cached = _cached(near, truth)
    await cached.skus([_code("A"), _code("none")])
    truth.away = True
    assert await cached.skus([_code("A"), _code("none")]) == ("BW-1", None)
    with pytest.raises(StoreUnavailable):
        await cached.skus([_code("A"), _code("B")])
    answer = await cached.look_up([_code("A"), _code("B"), _code("none"), _code("C", on=None)])
    assert answer.skus == ("BW-1", None, None, None)
    assert answer.unanswered == {_code("B"), _code("C", on=None)}
    assert answer.error is not None
    truth.away = False
    assert await cached.skus([_code("B")]) == ("BW-2",)


async def test_counting_and_listing_go_to_the_truth(near, truth):
    cached = _cached(near, truth)
    await cached.record_unmatched({_code("X"): 3})
    assert truth.recorded == {_code("X"): 3}
    assert (await cached.unmatched("woo", 5))[0].lines == 5


async def test_no_code_stands_in_a_key(near, truth):
    await _cached(near, truth).skus([_code("13912345678")])
    (key,) = await near._redis.keys("*")
    assert b"13912345678" not in key


@pytest.mark.parametrize("seed", range(4))
async def test_a_wiped_or_killed_redis_never_changes_an_answer(seed, tmp_path, truth, monkeypatch):
    monkeypatch.setattr("cache.connection._PROBE_PAUSE_SECONDS", 0.005)
    random = Random(seed)  # noqa: S311  # a walk that can be repeated
    server = EmbeddedValkey.start(tmp_path)
    near = Near(server.url)
    cached = _cached(near, truth)
    asked = 0
    try:
        for _ in range(150):
            act = random.random()
            if act < 0.05:
                with Redis.from_url(server.url) as client:
                    client.flushall()
            elif act < 0.08:
                os.kill(server.process.pid, signal.SIGKILL)
                server.stop()
                for _ in range(3):
                    asked += await _same(cached, truth, random)
                server = EmbeddedValkey.start(tmp_path)
                await _until_used(near)
            elif act < 0.12:
                code = _random_code(random)
                truth.entries[code.code, code.on] = f"BW-{random.random()}"
                truth.version += 1
            asked += await _same(cached, truth, random)
    finally:
        await near.aclose()
        server.stop()
    # and it was a cache: many codes were not asked of the truth
    assert sum(map(len, truth.asked)) < asked * 0.7


async def _until_used(near):
    async with asyncio.timeout(10):
        while await near.get_many(["probe"]) != [b"+"]:
            await near.set_many({"probe": (b"+", 60)})
            await asyncio.sleep(0.005)


def _random_code(random):
    return _code(random.choice("ABCDE"), on=date(2026, 11, random.randint(1, 3)))


async def _same(cached, truth, random):
    codes = [_random_code(random) for _ in range(random.randint(0, 6))]
    expected = tuple(truth.entries.get((code.code, code.on)) for code in codes)
    assert await cached.skus(codes) == expected
    return len(codes)


async def test_an_import_is_seen_through_the_cache(near, postgres, tmp_path):
    url = migrated(postgres, "cached_crosswalk")
    products, codes = tmp_path / "products.csv", tmp_path / "crosswalk.csv"
    columns = "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at"
    products.write_text(f"{columns}\nBW-1,a,,,,,,\nBW-2,b,,,,,,\n")

    def take_in(sku):
        codes.write_text(f"system,kind,code,sku,valid_from,valid_to\nwoo,sku,A,{sku},,\n")
        import_products(url, products, codes, brand="baiwei")

    store = Store.open(url)
    versions = Versions(store, "baiwei")
    cached = CachedCrosswalk(
        near, Crosswalk(store, "baiwei"), brand="baiwei", version=versions.products
    )
    for sku in ("BW-1", "BW-2", "BW-1"):
        take_in(sku)
        await versions.refresh()
        assert await cached.skus([_code("A")]) == (sku,)
    await store.aclose()
    # of a store that is closed only what was kept is known
    assert await cached.skus([_code("A")]) == ("BW-1",)


async def test_a_value_that_is_none_of_ours_is_a_miss(near, truth):
    cached = _cached(near, truth)
    await cached.skus([_code("A")])
    (key,) = [key async for key in near._redis.scan_iter("crosswalk:*")]
    await near._redis.set(key, b"something else")
    assert await cached.skus([_code("A")]) == ("BW-1",)
    assert len(truth.asked) == 2
