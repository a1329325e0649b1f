"""What one request waits for: its loads at one loader, each key asked once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Protocol

from capabilities.errors import Garbled, SantongError, TimedOut, Unavailable
from gateway.trace import Trace

if TYPE_CHECKING:
    from gateway.federation.loader import Loader

Ask = Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]


class Holder(Protocol):
    """Where a key is: in a queue, or under way with a batch."""

    def left(self, key: "Key") -> None:
        """Nobody waits for this key any more."""


class Key:
    """A key that is asked for once, and everybody who waits for it."""

    __slots__ = ("holder", "key", "loads", "since", "waiting")

    def __init__(self, key: Hashable, holder: Holder, since: float) -> None:
        self.key = key
        self.holder = holder
        self.since = since
        self.loads: list[Load] = []
        self.waiting = 0

    def join(self, load: "Load") -> None:
        """One more waits for this key."""
        load.key = self
        self.loads.append(load)
        self.waiting += 1

    def left(self) -> None:
        """One of those who wait has gone."""
        self.waiting -= 1
        if self.waiting == 0:
            self.holder.left(self)

    def settle(self, answer: Any) -> None:
        """Give everybody the answer, or its error, and let go of them."""
        for load in self.loads:
            load.settle(answer)
        self.loads.clear()
        self.waiting = 0

    @property
    def lines(self) -> "set[Line]":
        """The requests that wait for this key."""
        return {load.line for load in self.loads if load.line is not None and not load.done()}


class Load(asyncio.Future[Any]):
    """One wait for one key; who cancels it lets go of the key and of nobody else's wait."""

    __slots__ = ("key", "line", "started")
    key: Key | None
    line: "Line | None"
    started: float

    def cancel(self, msg: Any = None) -> bool:
        """As every future; the key is asked no further when nobody else waits for it."""
        gone = super().cancel(msg)
        if gone:
            self._let_go()
        return gone

    def fail(self, exc: Exception) -> None:
        """End the wait with an error of its own: a shared one would carry others' tracebacks."""
        self.set_exception(_own(exc))
        self.exception()  # looked at, so that nobody warns where a sibling's error came first
        self._let_go()

    def settle(self, answer: Any) -> None:
        """End the wait with an answer or an error, unless it has ended before."""
        line, self.line, self.key = self.line, None, None
        if self.done() or line is None:
            return
        if isinstance(answer, Exception):
            self.set_exception(_own(answer))
            self.exception()
        else:
            self.set_result(line.answer(answer, self.started))

    def _let_go(self) -> None:
        key, self.line, self.key = self.key, None, None
        if key is not None:
            key.left()


class Line:
    """One request's loads at one loader.

    `spend` is asked once for each call that these loads would cause if nobody else asked, and
    raises when the request has asked too much: who shares a call never pays more than alone.
    """

    __slots__ = (
        "_answer",
        "_begun",
        "_loads",
        "_spend",
        "level",
        "loader",
        "port",
        "room",
        "source",
        "trace",
    )

    def __init__(
        self,
        loader: "Loader",
        *,
        source: str = "",
        spend: Callable[[], None] | None = None,
        answer: Callable[[Any, int], Any] | None = None,
        port: str = "",
        trace: Trace | None = None,
    ) -> None:
        self.loader = loader
        self.port = port
        self.trace = trace
        self.source = source
        self.level = 0
        self.room = 0
        self._spend = spend
        self._answer = answer
        self._loads: dict[Hashable, Load] = {}
        self._begun: list[Load] = []

    def load(self, ask: Ask, key: Hashable) -> Load:
        """The wait for a key; a key that was answered before is not asked again."""
        held = self._loads.get(key)
        if held is not None and held.done() and not held.cancelled():
            return held
        load = Load(loop=self.loader.loop)
        load.started, load.line, load.key = time.perf_counter(), self, None
        self._begun.append(load)
        if held is not None and held.key is not None:
            held.key.join(load)
            return load
        self._loads[key] = load
        try:
            self._pay()
            self.loader.add(self, load, ask, key)
        except SantongError as exc:
            load.fail(exc)
        return load

    def _pay(self) -> None:
        if self._spend is None:
            return
        if self.room == 0:
            self._spend()
            self.room = self.loader.size
        self.room -= 1

    def answer(self, answer: Any, started: float) -> Any:
        """What a load gives for the loader's answer; its latency is what this caller waited."""
        if self._answer is None:
            return answer
        return self._answer(answer, int((time.perf_counter() - started) * 1000 + 0.5))

    def fail_waiting(self, exc: Exception) -> None:
        """Fail what has not been sent yet."""
        for load in self._open():
            if load.key is not None and load.key.holder is self.loader:
                load.fail(exc)

    def expire(self, ends: float) -> None:
        """This request's time is over; what others wait for goes on."""
        for load in self._open():
            given = max(1, round((ends - load.started) * 1000))
            load.fail(TimedOut(f"no answer within {given} ms", source=self.source))

    def abandon(self) -> None:
        """Nobody waits for any of this any more."""
        for load in self._open():
            load.cancel()

    def _open(self) -> list[Load]:
        return [one for one in self._begun if not one.done()]


def _own(exc: Exception) -> Exception:
    """A copy, because raising an error writes on it."""
    own = copy(exc) if isinstance(exc, SantongError) else exc
    own.__cause__ = exc.__cause__
    return own


def apart(keys: Sequence[Key]) -> list[list[Key]]:
    """The keys of each request; one that several wait for stands alone."""
    parts: dict[Hashable, list[Key]] = {}
    for key in keys:
        lines = key.lines
        if lines:
            owner: Hashable = next(iter(lines)) if len(lines) == 1 else key
            parts.setdefault(owner, []).append(key)
    return list(parts.values())


def check_whole(answers: Sequence[Any], keys: Sequence[Key], source: str) -> None:
    """Garbled where there is not one answer per key."""
    if len(answers) != len(keys):
        raise Garbled("the connector did not answer every key", source=source)


def fail(keys: Sequence[Key], exc: Exception) -> None:
    """Tell those who wait; a system that does not answer is not asked for the rest of theirs."""
    lines = {line for key in keys for line in key.lines}
    for key in keys:
        key.settle(exc)
    if isinstance(exc, Unavailable):
        for line in lines:
            line.fail_waiting(exc)
