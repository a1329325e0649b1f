import asyncio
import os
import signal
import socket
import time

import pytest
from redis.asyncio.connection import AbstractConnection

from cache.connection import Near
from gateway.embedded import EmbeddedValkey


@pytest.fixture
def own_valkey(tmp_path):
    with EmbeddedValkey.start(tmp_path) as server:
        yield server


@pytest.fixture
async def near(own_valkey):
    opened = Near(own_valkey.url)
    yield opened
    await opened.aclose()


async def _until_kept(near, key):
    async with asyncio.timeout(10):
        while await near.get_many([key]) != [b"v"]:
            await near.set_many({key: (b"v", 60)})
            await asyncio.sleep(0.02)


async def test_values_come_back_in_order_and_expire(near, own_valkey):
    await near.set_many({"a": (b"1", 60), "b": (b"", 60)})
    assert list(await near.get_many(["b", "none", "a", "b"])) == [b"", None, b"1", b""]
    assert 0 < await near._redis.ttl("a") <= 60
    assert await near.ping()
    assert (near.faults, near.skipped) == (0, 0)


async def test_nothing_asked_makes_no_call(tmp_path):
    near = Near(f"unix://{tmp_path}/none")
    assert list(await near.get_many([])) == []
    await near.set_many({})
    assert near.faults == 0
    await near.aclose()


async def test_a_redis_that_was_never_there_is_a_miss(tmp_path):
    near = Near(f"unix://{tmp_path}/none")
    assert list(await near.get_many(["a", "b"])) == [None, None]
    await near.set_many({"a": (b"1", 60)})
    assert not await near.ping()
    assert (near.faults, near.skipped) == (1, 1)
    await near.aclose()


async def test_a_killed_redis_is_a_miss_and_comes_back_by_itself(near, own_valkey, tmp_path):
    await _until_kept(near, "a")
    os.kill(own_valkey.process.pid, signal.SIGKILL)
    own_valkey.stop()
    started = time.monotonic()
    for _ in range(200):
        assert list(await near.get_many(["a"])) == [None]
    assert time.monotonic() - started < 5
    assert near.faults == 1
    with EmbeddedValkey.start(tmp_path):
        await _until_kept(near, "a")


async def test_a_redis_that_hangs_costs_one_timeout_and_then_nothing(near, own_valkey):
    await _until_kept(near, "a")
    os.kill(own_valkey.process.pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert list(await near.get_many(["a"])) == [None]
        assert 0.2 < time.monotonic() - started < 3
        started = time.monotonic()
        for _ in range(100):
            assert list(await near.get_many(["a"])) == [None]
        assert time.monotonic() - started < 5
    finally:
        os.kill(own_valkey.process.pid, signal.SIGCONT)
    await _until_kept(near, "a")


async def test_what_is_no_redis_is_a_miss(tmp_path):
    place = str(tmp_path / "s")

    async def nonsense(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    with socket.socket(socket.AF_UNIX) as line:
        line.bind(place)
        server = await asyncio.start_unix_server(nonsense, sock=line)
        near = Near(f"unix://{place}")
        assert list(await near.get_many(["a"])) == [None]
        await near.aclose()
        server.close()
        await server.wait_closed()


async def test_a_large_request_goes_in_pieces_that_keep_the_timeout(own_valkey, monkeypatch):
    near = Near(own_valkey.url, timeout_seconds=10)
    asked, get, set_ = [], near._get, near._set

    async def getting(keys):
        asked.append(len(keys))
        return await get(keys)

    async def setting(entries):
        asked.append(len(entries))
        await set_(entries)

    monkeypatch.setattr(near, "_get", getting)
    monkeypatch.setattr(near, "_set", setting)
    entries = {f"k{number}": (b"v", 60) for number in range(2_500)}
    await near.set_many(entries)
    assert set(await near.get_many(list(entries))) == {b"v"}
    assert asked == [1_000, 1_000, 500] * 2
    assert (near.faults, near.skipped) == (0, 0)
    await near.aclose()


async def test_a_connection_that_is_closed_under_a_command_is_a_fault_and_no_defect(
    redis_url, monkeypatch
):
    near = Near(redis_url)
    await near.set_many({"a": (b"v", 60)})
    send = AbstractConnection._send_packed_command

    async def closed_by_another(self, command):
        self._writer.close()
        self._writer = None  # as redis-py leaves it to the task that has just taken it
        await send(self, command)

    with monkeypatch.context() as patched:
        patched.setattr(AbstractConnection, "_send_packed_command", closed_by_another)
        assert list(await near.get_many(["a"])) == [None]
        assert not await near.ping()
    await _until_kept(near, "a")
    assert near.faults
    await near.aclose()
