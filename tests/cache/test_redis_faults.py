"""Redis away, slow, full, read-only or talking nonsense: right answers, and back by itself."""

import asyncio
import os
import signal
import time
from random import Random

import pytest
from redis import Redis

from cache import Tag
from cache.places import Places
from capabilities.errors import Unavailable
from capabilities.estate import Capability
from gateway.embedded import EmbeddedValkey
from tests.cache.conftest import KEY, Process, Source, until
from tests.cache.test_entity_cache import member, values
from tests.cache.valkey_proxy import Proxy

_MEMBER = Capability.MEMBER


@pytest.fixture(autouse=True)
def _quick_probe(monkeypatch):
    monkeypatch.setattr("cache.connection._PROBE_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("cache.connection._WRITE_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("cache.subscribed._PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("cache.subscribed._SILENCE_SECONDS", 0.1)
    monkeypatch.setattr("cache.subscribed._PATIENCE_SECONDS", 0.5)


@pytest.fixture
def server(tmp_path):
    with EmbeddedValkey.start(tmp_path) as server:
        yield server


@pytest.fixture
async def proxy(server):
    async with Proxy(str(server.socket_path)) as proxy:
        yield proxy


@pytest.fixture
async def process(proxy, clock):
    made = Process(proxy.url, "baiwei", clock, timeout_seconds=0.25)
    await made.cache.__aenter__()
    await made.until_heard()
    yield made
    await made.cache.__aexit__(None, None, None)
    await made.near.aclose()


def _source(version=10):
    return Source({key: member(key, version) for key in "123"})


async def _load(process, source, key="1"):
    served = await process.of().load([key], source.fetch)
    await process.settled()
    return values(served)


async def _until_kept(process, source):
    """A moment comes when what one load kept answers the next."""
    async with asyncio.timeout(10):
        while True:
            assert await _load(process, source, "2") == [source.answers["2"]]
            process.cache._layer._answers.clear()
            asked = len(source.asked)
            assert await _load(process, source, "2") == [source.answers["2"]]
            if len(source.asked) == asked:
                return
            await asyncio.sleep(0.01)


async def _until_paid(process):
    await until(lambda: not process.cache._owed)


_ERRORS = {
    "loading": b"-LOADING Valkey is loading the dataset in memory\r\n",
    "misconf": b"-MISCONF Errors writing to the AOF file\r\n",
    "read-only": b"-READONLY You can't write against a read only replica.\r\n",
    "full": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    "no such logon": b"-NOAUTH Authentication required.\r\n",
    "moved": b"-MOVED 3999 127.0.0.1:1\r\n",
    "down": b"-CLUSTERDOWN The cluster is down\r\n",
    "nonsense": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "other types": b"+something\r\n",
    "numbers": b":7\r\n",
}


@pytest.mark.parametrize("fault", _ERRORS)
async def test_an_answer_of_redis_that_is_none_changes_no_answer(process, proxy, fault):
    source = _source()
    await _until_kept(process, source)
    proxy.error, proxy.mode = _ERRORS[fault], "error"
    process.cache._layer.empty()
    for _ in range(5):
        assert await _load(process, source) == [member("1")]
    proxy.mode = "pass"
    proxy.cut()
    await _until_kept(process, source)


async def test_a_redis_that_hangs_costs_one_timeout_and_comes_back(process, proxy):
    source = _source()
    await _until_kept(process, source)
    proxy.mode = "hang"
    began = time.monotonic()
    for key in "123" * 20:
        process.cache._layer.empty()
        assert await _load(process, source, key) == [member(key)]
    assert time.monotonic() - began < 5
    proxy.mode = "pass"
    await _until_kept(process, source)


async def test_a_slow_redis_is_used_up_to_its_timeout(process, proxy):
    source = _source()
    proxy.delay = 0.02
    await _until_kept(process, source)
    proxy.delay = 1
    assert await _load(process, source, "3") == [member("3")]
    proxy.delay = 0
    await _until_kept(process, source)


async def test_broken_lines_are_made_anew_and_the_process_layer_is_empty_meanwhile(process, proxy):
    source = _source()
    await _until_kept(process, source)
    await _load(process, source)
    assert process.of().peek("1") is not None
    proxy.mode = "hang"
    proxy.cut()
    await until(lambda: not process.cache._layer.hears)
    assert process.of().peek("1") is None
    assert await _load(process, source) == [member("1")]
    assert process.of().peek("1") is None
    proxy.mode = "pass"
    proxy.cut()
    await process.until_heard()
    await _until_kept(process, source)
    await _load(process, source)
    assert process.of().peek("1") is not None


async def test_a_subscription_that_says_nothing_is_not_trusted(process, proxy):
    proxy.mode = "hang"  # the line stands, and nothing comes through
    await until(lambda: not process.cache._layer.hears)
    proxy.mode = "pass"
    await process.until_heard()


@pytest.mark.parametrize("fault", ["full", "replica"])
async def test_a_redis_that_takes_nothing_is_still_read(process, server, fault):
    source = _source()
    await _until_kept(process, source)
    with Redis.from_url(server.url) as admin:
        if fault == "full":
            admin.config_set("maxmemory-policy", "noeviction")
            admin.config_set("maxmemory", 1)
        else:
            admin.config_set("replica-serve-stale-data", "yes")
            admin.execute_command("REPLICAOF", "127.0.0.1", 1)
        process.cache._layer.empty()
        asked = len(source.asked)
        for _ in range(3):
            assert await _load(process, source, "2") == [member("2")]
        assert len(source.asked) == asked  # what was kept before is read
        assert await _load(process, source, "3") == [member("3")]
        assert await _load(process, source, "3") == [member("3")]
        assert len(source.asked) == asked + 2  # and nothing new is kept
        assert await process.cache.drop([Tag(connector="woo")]) is False
        admin.config_set("maxmemory", 0)
        admin.execute_command("REPLICAOF", "NO", "ONE")
    await _until_paid(process)
    process.cache._layer.empty()
    source.answers["2"] = member("2", 99)
    await _until_kept(process, source)


async def test_a_drop_that_redis_did_not_take_is_told_when_it_is_back(
    process, proxy, server, clock
):
    source = _source()
    await _until_kept(process, source)
    proxy.mode = "hang"
    assert await process.cache.drop([Tag(connector="woo")]) is False
    proxy.mode = "pass"
    proxy.cut()
    await _until_paid(process)
    other = Process(server.url, "baiwei", clock)
    source.answers["2"] = member("2", 9)
    assert await _load(other, source, "2") == [member("2", 9)]
    await other.near.aclose()


async def test_more_owed_drops_than_are_remembered_drop_the_connector(process, proxy, monkeypatch):
    monkeypatch.setattr("cache.entity_cache._MOST_OWED", 3)
    proxy.mode = "hang"
    tags = [Tag(connector="woo", capability=_MEMBER, key=str(number)) for number in range(10)]
    await process.cache.drop(tags)
    assert Tag(connector="woo") in process.cache._owed
    assert len(process.cache._owed) <= 4


async def test_while_redis_and_system_are_away_the_failure_is_the_systems(process, proxy, clock):
    source = _source()
    await _until_kept(process, source)
    proxy.mode = "hang"
    source.error = Unavailable("away", source="woo")
    process.cache._layer.empty()
    assert await _load(process, source, "2") == ["UPSTREAM_UNAVAILABLE"]


async def test_one_call_even_while_redis_is_away(process, proxy):
    proxy.mode = "hang"
    source = _source()
    source.gate.clear()
    loads = [asyncio.create_task(process.of().load(["1"], source.fetch)) for _ in range(3)]
    await asyncio.sleep(0)
    answers = process.of()
    loads = [asyncio.create_task(answers.load(["3"], source.fetch)) for _ in range(100)] + loads
    await until(lambda: not ["3"] not in source.asked)
    source.gate.set()
    await asyncio.gather(*loads)
    assert source.asked.count(["3"]) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_a_wiped_killed_or_broken_redis_never_gives_what_was_dropped(seed, tmp_path, clock):
    """A walk of writes, drops and faults: after a drop that Redis took, nobody answers the old."""
    random = Random(seed)  # noqa: S311  # a walk that can be repeated
    home = tmp_path / "home"
    server = EmbeddedValkey.start(home)
    pair = [Process(server.url, "baiwei", clock) for _ in range(2)]
    for one in pair:
        await one.cache.__aenter__()
    source = _source(0)
    version = dict.fromkeys("123", 0)
    asked = 0
    try:
        for step in range(1, 200):
            act, key = random.random(), random.choice("123")
            if act < 0.04:
                with Redis.from_url(server.url) as admin:
                    admin.flushall()
            elif act < 0.06:
                os.kill(server.process.pid, signal.SIGKILL)
                server.stop()
                server = EmbeddedValkey.start(home)
            elif act < 0.25:
                source.answers[key] = member(key, step)
                tag = Tag(connector="woo", capability=_MEMBER, key=key)
                while not await pair[0].cache.drop([tag]):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                version[key] = step
                # the other process hears of it within a moment; here it has nothing of its own
                pair[1].cache._layer._answers.clear()
            for one in pair:
                (served,) = await one.of().load([key], source.fetch)
                await one.settled()
                asked += 1
                assert served.value.points.available == version[key]
    finally:
        for one in pair:
            await one.cache.__aexit__(None, None, None)
            await one.near.aclose()
        server.stop()
    assert len(source.asked) < asked * 0.7


def test_names_differ_by_brand_and_key():
    one, other, third = Places(KEY, "a"), Places(KEY, "b"), Places(b"x" * 32, "a")
    assert len({places.channel for places in (one, other, third)}) == 3
    assert len({places.drops("woo") for places in (one, other, third)}) == 3
    assert len({places.marker("woo", "member")("1") for places in (one, other, third)}) == 3
