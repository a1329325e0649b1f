"""The registry of a process follows the file and the store, and keeps what it knows."""

import asyncio
import contextlib
import json
import logging

import pytest

from capabilities.errors import StoreUnavailable
from capabilities.operations import operation_hash
from gateway.execution.operations_file import OperationsFault
from gateway.execution.registry import Registry
from store.engine import Store
from store.operating.operations import Operations
from store.versions import Versions
from tests.migrated import migrated

ONE, TWO = "query One { channels { code } }", "query Two { channels { name } }"


@pytest.fixture
async def store(postgres, request):
    database = migrated(postgres, f"registry_{abs(hash(request.node.name))}")
    opened = Store.open(database)
    yield opened
    await opened.aclose()


@contextlib.asynccontextmanager
async def following(registry, poll_seconds=0.01):
    task = asyncio.create_task(registry.follow(poll_seconds))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def becomes(registry, text, sha256=None):
    async with asyncio.timeout(10):
        while registry.text(sha256 or operation_hash(text)) != text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # another task is awaited


def write(path, *texts):
    path.write_text(json.dumps({operation_hash(one): one for one in texts}), "utf-8")


def nothing():
    return None


async def test_the_store_is_followed_by_every_process(store):
    mine, other = Operations(store, "baiwei"), Operations(store, "another")
    await mine.register(ONE, None, by="ada", idempotency_key="1")
    versions = Versions(store, "baiwei", poll_seconds=0.01)
    registry = Registry(None, mine, versions.operations)
    await registry.open()
    assert registry.text(operation_hash(ONE)) == ONE
    async with versions, following(registry):
        await other.register("{ a }", None, by="eve", idempotency_key="1")
        await mine.register(TWO, None, by="ada", idempotency_key="2")
        await becomes(registry, TWO)
    assert registry.text(operation_hash("{ a }")) is None


async def test_more_operations_than_a_page_are_all_read(store, monkeypatch):
    monkeypatch.setattr("gateway.execution.registry._PAGE", 3)
    operations = Operations(store, "baiwei")
    texts = [f"{{ a{n} }}" for n in range(7)]
    for text in texts:
        await operations.register(text, None, by="ada", idempotency_key=text)
    registry = Registry(None, operations, nothing)
    await registry.open()
    assert [registry.text(operation_hash(one)) for one in texts] == texts


class Away:
    """A store that answers when it is back."""

    def __init__(self, operations, error):
        self.operations = operations
        self.error = error
        self.asked = asyncio.Event()

    async def after(self, position, first):
        self.asked.set()
        if self.error:
            raise self.error
        return await self.operations.after(position, first)


async def tried(away):
    away.asked.clear()
    async with asyncio.timeout(10):
        await away.asked.wait()


@pytest.mark.parametrize("error", [StoreUnavailable("away"), RuntimeError("no such table")])
async def test_a_store_that_is_away_stops_nothing(store, tmp_path, caplog, error):
    caplog.set_level("WARNING")  # a gateway of another test may have asked for less
    operations = Operations(store, "baiwei")
    await operations.register(ONE, None, by="ada", idempotency_key="1")
    write(tmp_path / "file.json", TWO)
    away = Away(operations, error)
    version = [1]
    registry = Registry(tmp_path / "file.json", away, lambda: version[0])
    await registry.open()
    assert registry.text(operation_hash(TWO)) == TWO
    assert registry.text(operation_hash(ONE)) is None
    async with following(registry):
        await tried(away)
        away.error, version[0] = None, 2
        await becomes(registry, ONE)
        away.error, version[0] = error, 3
        await tried(away)
        assert registry.text(operation_hash(ONE)) == ONE
    assert "registered operations" in caplog.text


async def test_what_could_not_be_read_is_read_without_another_change(store, caplog):
    caplog.set_level("WARNING")  # as above
    operations = Operations(store, "baiwei")
    await operations.register(ONE, None, by="ada", idempotency_key="1")
    away = Away(operations, RuntimeError("cancelled by an administrator"))
    registry = Registry(None, away, lambda: 1)
    async with following(registry):
        for _ in range(3):
            await tried(away)
        away.error = None
        await becomes(registry, ONE)
    assert caplog.text.count("cannot be read") == 1


async def test_a_changed_file_is_in_force_and_a_wrong_one_is_not(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    path = tmp_path / "operations.json"
    write(path, ONE)
    registry = Registry(path, Away(None, StoreUnavailable("away")), nothing)
    await registry.open()
    async with following(registry):
        path.write_text('{"' + "a" * 64 + '": "{ a }"}', "utf-8")
        async with asyncio.timeout(10):
            while "operations refused" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # another task is awaited
        assert registry.text(operation_hash(ONE)) == ONE
        write(path, TWO, "{ longer }")
        await becomes(registry, TWO)
        assert registry.text(operation_hash(ONE)) is None
        path.unlink()
        await registry._follow_file()
        assert registry.text(operation_hash(TWO)) == TWO


async def test_a_wrong_file_is_said_at_the_start(tmp_path):
    path = tmp_path / "operations.json"
    path.write_text("[]", "utf-8")
    with pytest.raises(OperationsFault):
        await Registry(path, Away(None, StoreUnavailable("away")), nothing).open()
