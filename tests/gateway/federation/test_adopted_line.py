"""A system that answers alone: its loads stay its own, and what it answered is seen."""

import asyncio
from collections.abc import Hashable, Mapping
from typing import Any

import pytest

from capabilities.errors import Unavailable
from gateway.federation.adopted_line import SeenLine
from gateway.federation.loaded import Loaded


class Waits:
    """A system's line whose answers come when the test gives them."""

    def __init__(self) -> None:
        self.of: dict[Hashable, asyncio.Future[Loaded]] = {}

    def load(self, ask: Any, key: Hashable) -> "asyncio.Future[Loaded]":
        del ask
        return self.of.setdefault(key, asyncio.get_running_loop().create_future())

    def expire(self, ends: float) -> None:
        """No time is over here."""

    def abandon(self) -> None:
        for wait in self.of.values():
            wait.cancel()


class Watcher:
    """What was seen, batch by batch."""

    def __init__(self) -> None:
        self.batches: list[tuple[dict[Any, Any], int]] = []

    def see(self, found: Mapping[Any, Loaded], asked: int) -> None:
        self.batches.append(({key: one.value for key, one in found.items()}, asked))


async def _ask(keys: Any) -> Any:
    raise AssertionError("the line that is looked at does not ask by itself")


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


async def test_what_was_asked_together_is_seen_together_and_waited_for_at_the_system(
    waits: Waits, watcher: Watcher
):
    line = SeenLine(waits, watcher.see)
    first, second = line.load(_ask, "1"), line.load(_ask, "2")
    assert first is waits.of["1"]

    first.set_result(Loaded("one", 3))
    await asyncio.sleep(0)
    assert watcher.batches == []
    second.set_result(Loaded(None, 3))
    await asyncio.sleep(0)

    assert watcher.batches == [({"1": "one", "2": None}, 2)]


async def test_an_error_and_a_wait_that_was_given_up_are_counted_and_not_shown(
    waits: Waits, watcher: Watcher
):
    line = SeenLine(waits, watcher.see)
    failed, given_up, answered = (line.load(_ask, key) for key in "123")
    failed.set_exception(Unavailable("away", source="shop"))
    failed.exception()
    given_up.cancel()
    answered.set_result(Loaded("three", 1))
    await asyncio.sleep(0)

    assert watcher.batches == [({"3": "three"}, 3)]


async def test_a_key_that_is_asked_again_is_seen_once(waits: Waits, watcher: Watcher):
    line = SeenLine(waits, watcher.see)
    line.load(_ask, "1").set_result(Loaded("one", 1))
    await asyncio.sleep(0)
    line.load(_ask, "1")
    line.load(_ask, "2").set_result(Loaded("two", 1))
    await asyncio.sleep(0)

    assert watcher.batches == [({"1": "one"}, 1), ({"2": "two"}, 1)]


async def test_an_abandoned_line_abandons_its_system(waits: Waits, watcher: Watcher):
    line = SeenLine(waits, watcher.see)
    wait = line.load(_ask, "1")
    line.abandon()

    assert wait.cancelled()
