"""Loads of a question that either side may answer: decided key by key, one batch a side."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from capabilities.errors import SantongError, TimedOut
from gateway.federation.load import Ask
from gateway.federation.loaded import Loaded
from gateway.federation.own_wait import fail
from gateway.federation.queued_line import QueuedLine

Outcome = Loaded | Exception
Legacy = Callable[[Any], Awaitable[Loaded]]
# Is shown what a system answered, and how many keys it was asked.
Seen = Callable[[Mapping[Any, Loaded], int], None]


class LegacyLine(Protocol):
    """One request's loads at the system."""

    def load(self, ask: Ask, key: Hashable) -> "asyncio.Future[Loaded]":
        """The wait for a key."""

    def expire(self, ends: float) -> None:
        """This request's time is over."""

    def abandon(self) -> None:
        """Nobody waits for any of this any more."""


class Question(Protocol):
    """Who answers which key, and what they say."""

    async def answers(self, keys: Sequence[Any], legacy: Legacy) -> Mapping[Any, Outcome]:
        """The outcome of every key; `legacy` asks the system for one."""


class AdoptedLine(QueuedLine):
    """One request's loads of one question; each key asked of one side.

    A key costs the request as much as if its system were asked, whoever is: so a document that may
    be asked today may be asked behind every step of an adoption.
    """

    def __init__(
        self,
        question: Question,
        line: Callable[[], LegacyLine],
        *,
        size: int,
        spend: Callable[[], None],
    ) -> None:
        super().__init__(size=size, spend=spend)
        self._question = question
        self._make = line
        self._made: LegacyLine | None = None

    def expire(self, ends: float) -> None:
        """This request's time is over."""
        if self._made is not None:
            self._made.expire(ends)
        for held in self._loads.values():
            fail(held, TimedOut("no answer within the request's deadline"))

    def abandon(self) -> None:
        """Nobody waits for any of this any more."""
        super().abandon()
        if self._made is not None:
            self._made.abandon()

    async def _run(self, ask: Ask, keys: Sequence[Hashable]) -> None:
        def legacy(key: Hashable) -> "asyncio.Future[Loaded]":
            if self._made is None:
                self._made = self._make()
            return self._made.load(ask, key)

        outcomes: Mapping[Hashable, Outcome]
        try:
            outcomes = await self._question.answers(keys, legacy)
        except Exception as exc:  # noqa: BLE001 - whatever it was, those who wait are told
            outcomes = dict.fromkeys(keys, exc)
        for key in keys:
            held, outcome = self._loads[key], outcomes[key]
            if isinstance(outcome, Exception):
                fail(held, outcome)
            elif not held.done():
                held.set_result(outcome)


class SeenLine:
    """One request's loads of a system that answers alone, shown to whoever compares.

    Callers wait for the system's own line: nothing stands between, and what is seen is seen once
    all keys that are under way have their answers.
    """

    def __init__(self, line: LegacyLine, seen: Seen) -> None:
        self._line = line
        self._seen = seen
        self._keys: set[Hashable] = set()
        self._under_way = 0
        self._asked = 0
        self._found: dict[Any, Loaded] = {}
        self.expire = line.expire
        self.abandon = line.abandon

    def load(self, ask: Ask, key: Hashable) -> "asyncio.Future[Loaded]":
        """The wait for a key, as the system's line gives it."""
        wait = self._line.load(ask, key)
        if key not in self._keys:
            self._keys.add(key)
            self._under_way += 1
            wait.add_done_callback(partial(self._settled, key))
        return wait

    def _settled(self, key: Hashable, wait: "asyncio.Future[Loaded]") -> None:
        self._under_way -= 1
        self._asked += 1
        if not wait.cancelled() and wait.exception() is None:
            self._found[key] = wait.result()
        if self._under_way == 0:
            found, asked, self._found, self._asked = self._found, self._asked, {}, 0
            self._seen(found, asked)


async def each(legacy: Legacy, keys: Sequence[Any]) -> dict[Any, Outcome]:
    """What the system says of every key, each by itself; all are asked before one is waited for."""
    waits = {key: legacy(key) for key in keys}
    found: dict[Any, Outcome] = {}
    for key, wait in waits.items():
        try:
            found[key] = await wait
        except SantongError as exc:
            found[key] = exc
    return found
