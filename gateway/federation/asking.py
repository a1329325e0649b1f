"""One request's way to the sources: what it may ask, how long it waits, and its loads."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, TypeVar

from cache import QUESTIONS, Answering, EntityCache
from capabilities.caller import Visibility
from capabilities.page import PageAsk
from capabilities.sources import SourceReport
from capabilities.usage.records import Reached
from connectors.connector import Turn
from gateway.federation.adopted_line import AdoptedLine, SeenLine
from gateway.federation.allowance import Allowance
from gateway.federation.erased import Generation, Hides, never, nobody
from gateway.federation.estate import Connection, Estate
from gateway.federation.kept import Fetch, KeptLine, answering_of, batches, pages
from gateway.federation.load import Ask, Line
from gateway.federation.loaded import Loaded, report_of
from gateway.federation.loader import Loaders, loaders_of_store
from gateway.federation.standing_in import Switch
from gateway.trace import Trace

_T = TypeVar("_T")
_P = TypeVar("_P")
AnyLine = Line | KeptLine | AdoptedLine | SeenLine
# Keys of one question to the platform's own store.
_STORE_TURN = Turn(500, 500)


class Request:
    """What one GraphQL request shares: its estate, its caller's visibility, deadline and loads.

    `store` are the loaders of the platform's own store, `cache` what is kept of the systems'
    answers; all requests of a process share them. `hides` says whose memberships nobody sees,
    `generation` how often who has an identity registered anew after an erasure.
    """

    def __init__(
        self,
        estate: Estate,
        visibility: Visibility,
        deadline_seconds: float | None = None,
        *,
        max_calls: int = 300,
        store: Loaders | None = None,
        cache: EntityCache | None = None,
        trace: Trace | None = None,
        hides: Hides = nobody,
        generation: Generation = never,
    ) -> None:
        self.estate = estate
        self.hides = hides
        # None for an estate of which every system is simply read; the reader knows.
        self.switch: Switch | None = None
        # What the platform gave a person; the reader knows where to ask.
        self.own_coupons: Callable[[str], Awaitable[Sequence[Any] | None]] | None = None
        self.generation = generation
        self.trace = trace
        self.visibility = visibility
        self.allowance = Allowance(deadline_seconds, max_calls)
        self.cache = cache
        self._lines: dict[tuple[Connection, Hashable, bool], AnyLine] = {}
        self._store_lines: dict[Hashable, Line] = {}
        self._store = loaders_of_store() if store is None else store
        self._unshared: dict[Connection, Loaders] = {}
        self._clock: asyncio.TimerHandle | None = None
        # What of which system this request depends on, also where a kept answer will do.
        self.reached: set[Reached] = set()
        # Sources behind single look-ups that could not be asked; the answer says so.
        self.notices: dict[str, SourceReport] = {}

    def abandon(self) -> None:
        """End what is still being asked: nobody waits for it any more."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        for line in (*self._lines.values(), *self._store_lines.values()):
            line.abandon()
        # A line spends from this request; letting go here frees all its rows at once, without the
        # collector, which would find them only after many more requests.
        self._lines.clear()
        self._store_lines.clear()

    async def call(
        self, connection: Connection, port: str, ask: Callable[[], Awaitable[_T]]
    ) -> tuple[_T, int]:
        """One question to a system; BadInput when this request has asked too many already."""
        self.allowance.spend()
        if self.trace is None:
            return await connection.call(ask, self.allowance.remaining())
        with self.trace.page(connection.name, port):
            return await connection.call(ask, self.allowance.remaining())

    def load(
        self,
        connection: Connection,
        name: Hashable,
        ask: Ask,
        key: Hashable,
        *,
        live: bool = False,
    ) -> "asyncio.Future[Loaded]":
        """Start the load of one key; the future gives its `Loaded`, or raises its error.

        This is no coroutine: the key is on its way when the call returns, without a task. To load
        several, start them all and then await one after the other; that costs less than gathering
        coroutines, and an error that is never looked at warns nobody. All keys of one wave, also
        those of other requests, travel in one call per `name`, so whatever `ask` depends on must
        stand in the name: a port, or a port with its filters and page. `live` asks the system
        whatever is kept.
        """
        line = self._lines.get((connection, name, live))
        if line is None:
            line = self._lines[connection, name, live] = self._line(connection, name, live=live)
        if self._clock is None and (left := self.allowance.remaining()) is not None:
            self._clock = asyncio.get_running_loop().call_later(left, self._expired)
        return line.load(ask, key)

    def load_said(
        self, connection: Connection, name: str, ask: Ask, key: Hashable
    ) -> "asyncio.Future[Loaded]":
        """As `load`, of the system itself, whoever stands in for it."""
        kept = (connection, ("said", name), False)
        line = self._lines.get(kept)
        if line is None:
            line = self._system_line(connection, name, live=False, spend=self.allowance.spend)
            self._lines[kept] = line
        return line.load(ask, key)

    def page(
        self,
        connection: Connection,
        port: str,
        filters: Hashable,
        fetch: Callable[[PageAsk], Awaitable[Any]],
        ask: PageAsk,
        *,
        live: bool,
    ) -> Awaitable[Any]:
        """One page of a list of one source: a `Loaded` where it may be kept, else the page."""
        self._reach(connection, port, ask.channels)
        answering = answering_of(self.cache, connection, port)
        if answering is None:
            return self._asked_page(connection, port, fetch, ask)
        line = self._lines.get((connection, (port, filters), live))
        if line is None:
            fetch_pages = pages(connection, port, self.trace)
            line = self._kept_line(answering, fetch_pages, lambda key: (filters, key), 1, live=live)
            self._lines[connection, (port, filters), live] = line

        async def asked(asks: Sequence[PageAsk]) -> Sequence[Any]:
            return [await fetch(one) for one in asks]

        return line.load(asked, ask)

    async def _asked_page(
        self,
        connection: Connection,
        port: str,
        fetch: Callable[[PageAsk], Awaitable[Any]],
        ask: PageAsk,
    ) -> Any:
        page, latency = await self.call(connection, port, lambda: fetch(ask))
        return page if connection.age_ms is None else connection.loaded(page, latency)

    def note(self, connection: Connection, loaded: Loaded) -> None:
        """Say that a single look-up shows an older answer because its system failed."""
        if loaded.error is not None:
            report = report_of(connection.name, loaded, count=int(loaded.value is not None))
            self.notices[connection.name] = report

    def load_with(self, name: Hashable, ask: Ask, key: Hashable) -> "asyncio.Future[Any]":
        """As `load`, for the platform's own store and cache."""
        line = self._store_lines.get(name)
        if line is None:
            brand = self.estate.brand if self.estate is not None else None
            loader = self._store.of((brand, name), _STORE_TURN)
            line = Line(loader, port=_port(name), trace=self.trace)
            self._store_lines[name] = line
        return line.load(ask, key)

    def port(self, connection: Connection, kind: type[_P]) -> _P | None:
        """A connection as one of its ports, or the platform in its place where it has none."""
        port = connection.port(kind)
        if port is None and self.switch is not None:
            return self.switch.port(connection, kind)
        return port

    def _line(self, connection: Connection, name: Hashable, *, live: bool) -> AnyLine:
        if self.switch is None:
            return self._system_line(connection, name, live=live, spend=self.allowance.spend)
        port = _port(name)
        question = self.switch.question(connection, port, live=live)
        if question is not None:
            made = partial(self._system_line, connection, name, live=live, spend=_nothing)
            size = connection.turn(port).keys
            return AdoptedLine(question, made, size=size, spend=self.allowance.spend)
        line = self._system_line(connection, name, live=live, spend=self.allowance.spend)
        seen = self.switch.seen(connection, port)
        return line if seen is None else SeenLine(line, seen)

    def _system_line(
        self, connection: Connection, name: Hashable, *, live: bool, spend: Callable[[], None]
    ) -> Line | KeptLine:
        port = _port(name)
        self._reach(connection, port)
        answering = answering_of(self.cache, connection, port)
        if answering is not None:
            rest = name[1:] if isinstance(name, tuple) else ()
            return self._kept_line(
                answering,
                batches(connection, name, port, self.trace),
                lambda key: (key, *rest) if rest else key,
                connection.turn(port).keys,
                live=live,
                spend=spend,
            )
        turn = connection.turn(port)
        loaders = connection.loaders
        if not (turn.shared and connection.shares):
            loaders = self._unshared.setdefault(connection, connection.new_loaders())
        loader = loaders.of(name, turn)
        return Line(
            loader,
            source=connection.name,
            spend=spend,
            answer=Loaded if connection.age_ms is None else connection.loaded,
            port=port,
            trace=self.trace,
        )

    def _reach(
        self, connection: Connection, port: str, channels: Sequence[str] | None = None
    ) -> None:
        """Note that a system is asked for some channels, all where none are named.

        What the platform has a copy of asks nobody, and of a channel that it owns no row of the
        system's is shown.
        """
        question = QUESTIONS.get(port)
        if question is None or connection.age_ms is not None:
            return
        found = connection.reached(question.capability)
        if channels is None and self.switch is None:
            self.reached |= found
            return
        owned = () if self.switch is None else self.switch.owned(connection, question.capability)
        wanted = {one[1] for one in found} if channels is None else set(channels)
        self.reached.update(one for one in found if one[1] in wanted and one[1] not in owned)

    def _kept_line(
        self,
        answering: Answering,
        fetch: Fetch,
        full: Callable[[Any], Hashable],
        size: int,
        *,
        live: bool,
        spend: Callable[[], None] | None = None,
    ) -> KeptLine:
        return KeptLine(
            answering,
            fetch,
            full,
            size=size,
            spend=self.allowance.spend if spend is None else spend,
            remaining=self.allowance.remaining,
            live=live,
            trace=self.trace,
        )

    def _expired(self) -> None:
        self._clock = None
        for line in self._lines.values():
            line.expire(self.allowance.ends or 0.0)


def _nothing() -> None:
    """Whoever asks has paid already."""


def _port(name: Hashable) -> str:
    """The port of a question; what else stands in its name is filters and pages."""
    return str(name[0] if isinstance(name, tuple) else name)
