"""Loads whose answers may be kept: what is not at hand is fetched for everybody who asks it.

A fetch belongs to no request: it goes on while anybody waits, or has an old answer renewed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import nullcontext
from typing import Any

import msgspec

from cache import QUESTIONS, Answering, EntityCache, Fetched, Scope, Served
from capabilities.errors import SantongError, Unavailable
from capabilities.page import PageAsk, SourcePage
from gateway.federation.estate import Connection
from gateway.federation.load import Ask, Line
from gateway.federation.loaded import Loaded, loaded_of
from gateway.federation.merge_answer import check
from gateway.federation.own_wait import fail
from gateway.federation.queued_line import QueuedLine
from gateway.trace import Trace

# A question that failed may be asked once more, key by key; a lock must live as long.
_TIMES_DEADLINE = 2.5
_EVERYBODY = "one credential"

Fetch = Callable[[Ask, Sequence[Any]], Awaitable[Sequence[Fetched | SantongError]]]


def answering_of(cache: EntityCache | None, connection: Connection, port: str) -> Answering | None:
    """The kept answers of a port; None where its policy is never, or callers do not read alike.

    What the platform has a copy of is not kept a second time.
    """
    if cache is None or not connection.spec.cache or port not in QUESTIONS:
        return None
    if connection.age_ms is not None:
        return None
    found = connection.kept.get(port)
    if found is not None:
        return found
    policy = connection.spec.cache.get(QUESTIONS[port].capability)
    connector = connection.connector
    if policy is None or connector is None or not connector.one_credential:
        return None
    spec = msgspec.structs.replace(connection.spec, cache={})
    scope = Scope(
        connector=connection.name,
        port=port,
        version=f"{connector.digest}/{msgspec.json.encode(spec).decode()}",
        audience=_EVERYBODY,
        seconds=connection.deadline_seconds * _TIMES_DEADLINE,
    )
    connection.kept[port] = found = cache.answering(scope, policy)
    return found


class KeptLine(QueuedLine):
    """One request's loads of one question whose answers may be kept; each key asked once.

    `name` is the question as loaders know it, `full` makes of it and a key the key that is kept.
    """

    def __init__(
        self,
        answering: Answering,
        fetch: Fetch,
        full: Callable[[Any], Hashable],
        *,
        size: int,
        spend: Callable[[], None],
        remaining: Callable[[], float | None],
        live: bool,
        trace: Trace | None,
    ) -> None:
        super().__init__(size=size, spend=spend)
        self._answering = answering
        self._fetch = fetch
        self._full = full
        self._remaining = remaining
        self._live = live
        self._trace = trace

    def expire(self, ends: float) -> None:
        """This request's time is over: a load knows by itself how long it may wait."""

    def _begin(self, held: "asyncio.Future[Loaded]", ask: Ask, key: Hashable) -> None:
        served = None if self._live else self._answering.peek(self._full(key))
        if served is None:
            super()._begin(held, ask, key)
            return
        self._count("process")
        held.set_result(loaded_of(served))

    async def _run(self, ask: Ask, keys: Sequence[Hashable]) -> None:
        plain = {self._full(key): key for key in keys}

        async def fetch(full: Sequence[Hashable]) -> Sequence[Fetched | SantongError]:
            return await self._fetch(ask, [plain[one] for one in full])

        answers = await self._answering.load(
            list(plain), fetch, live=self._live, seconds=self._remaining()
        )
        for key, answer in zip(keys, answers, strict=True):
            held = self._loads[key]
            if isinstance(answer, SantongError):
                fail(held, answer)
            elif not held.done():
                self._count(_outcome(answer))
                held.set_result(loaded_of(answer))

    def _count(self, outcome: str) -> None:
        if self._trace is not None:
            self._trace.count(outcome)


def _outcome(served: Served) -> str:
    if served.latency_ms is not None:
        return "source"
    return "stale" if served.stale else "redis"


def batches(connection: Connection, name: Hashable, port: str, trace: Trace | None) -> Fetch:
    """Fetches keys with those of other requests in one call, where callers may share one."""

    async def fetch(ask: Ask, keys: Sequence[Any]) -> Sequence[Fetched | SantongError]:
        turn = connection.turn(port)
        shared = turn.shared and connection.shares
        loaders = connection.loaders if shared else connection.new_loaders()
        line = Line(
            loaders.of(name, turn), source=connection.name, answer=Fetched, port=port, trace=trace
        )
        loads = [line.load(ask, key) for key in keys]
        try:
            await asyncio.wait(loads)
        finally:
            line.abandon()
        found = [_fetched(load, connection.name) for load in loads]
        return [_checked(one, name) for one in found]

    return fetch


def pages(connection: Connection, port: str, trace: Trace | None) -> Fetch:
    """Fetches pages of lists, one call each; `ask` takes one page's ask in a sequence."""

    async def page(ask: Ask, key: PageAsk) -> Fetched | SantongError:
        try:
            with nullcontext() if trace is None else trace.page(connection.name, port):
                answers, latency = await connection.call(lambda: ask([key]))
        except SantongError as exc:
            return exc
        return _checked(Fetched(answers[0], latency), key)

    async def fetch(ask: Ask, keys: Sequence[Any]) -> Sequence[Fetched | SantongError]:
        return await asyncio.gather(*(page(ask, key) for key in keys))

    return fetch


def _fetched(load: "asyncio.Future[Fetched]", source: str) -> Fetched | SantongError:
    if load.cancelled():
        return Unavailable("the question was given up", source=source)
    error = load.exception()
    if error is None:
        return load.result()
    if isinstance(error, SantongError):
        return error
    raise error


def _checked(answer: Fetched | SantongError, name: Hashable) -> Fetched | SantongError:
    """A page that breaks its promises is no answer, so it is not kept."""
    ask = name[-1] if isinstance(name, tuple) else name
    if not (isinstance(answer, Fetched) and isinstance(ask, PageAsk)):
        return answer
    page: SourcePage[Any] = answer.value
    keys = [row.sort_key for row in page.rows]
    try:
        check(page, keys, [key.rank for key in keys], ask)
    except SantongError as exc:
        return exc
    return answer
