"""Loads across requests: the keys of all callers, in as few calls as a system can carry.

Keys that are asked for in one turn of the event loop go together, and while calls are under way
keys wait a moment for company, so that batches grow under load. An answer is never older than its
question: a key joins others that wait, and never a call that is under way.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Any

from capabilities.errors import CircuitOpen, Denied, Overloaded, StoreUnavailable, TimedOut
from connectors.connector import Turn
from gateway.federation.load import Ask, Key, Line, Load, apart, check_whole, fail
from gateway.trace import Call, Trace

# So many calls may be under way before a batch that is not full waits for company, and so long.
_EAGER_CALLS = 2
_PATIENCE_SECONDS = 0.01
_WAITING_PER_PLACE = 4
_LEAST_WAITING = 1_000
_STORE_PLACES = 4
_STORE_SECONDS = 1.0
# After these a second try would only make matters worse.
_FINAL = (TimedOut, CircuitOpen, Overloaded, Denied, StoreUnavailable)

Send = Callable[[Ask, Sequence[Any]], Awaitable[Sequence[Any]]]


class Loaders:
    """The loaders of one connection, or of the store; each is kept while it has work.

    `send` puts one question, which takes at most so many `seconds`; `places` is how many calls its
    system takes at once.
    """

    def __init__(self, source: str, send: Send, *, places: int, seconds: float) -> None:
        self.source = source
        self.send = send
        self.places = places
        self.seconds = seconds
        self._at_work: dict[Hashable, Loader] = {}

    def __bool__(self) -> bool:
        return bool(self._at_work)

    def of(self, name: Hashable, turn: Turn) -> "Loader":
        """The loader of one question."""
        return self._at_work.get(name) or Loader(self, name, turn)

    def wake(self, loader: "Loader") -> "Loader":
        """The loader that keys are added to: another request may have begun one meanwhile."""
        return self._at_work.setdefault(loader.name, loader)

    def rest(self, loader: "Loader") -> None:
        """Forget a loader without work; a list with its filters may never be asked again."""
        self._at_work.pop(loader.name, None)


async def _asked(ask: Ask, keys: Sequence[Any]) -> Sequence[Any]:
    return await ask(keys)


def loaders_of_store() -> Loaders:
    """Loaders of the platform's own store and cache."""
    return Loaders("platform", _asked, places=_STORE_PLACES, seconds=_STORE_SECONDS)


class Loader:
    """One question to one system, for all requests that ask it."""

    def __init__(self, group: Loaders, name: Hashable, turn: Turn) -> None:
        self.name = name
        self.size = turn.keys
        self.loop = asyncio.get_running_loop()
        self._group = group
        self._turn = turn
        self._most = max(_LEAST_WAITING, turn.each * group.places * _WAITING_PER_PLACE)
        self._queued: dict[Hashable, Key] = {}
        # A request's first key stands in the first free level, its next one in the next: a batch
        # takes level by level, so that many keys of one never hold back the single key of another.
        self._levels: deque[list[Key]] = deque()
        self._level = 0
        self._ask: Ask | None = None
        self._due = False
        self._patience: asyncio.TimerHandle | None = None
        self._batches: set[_Batch] = set()
        self._calls = 0

    def add(self, line: Line, load: Load, ask: Ask, key: Hashable) -> None:
        """Put a key in the queue; Overloaded when too many wait."""
        if not (self._queued or self._batches):
            line.loader = awake = self._group.wake(self)
            if awake is not self:
                line.level = 0
                awake.add(line, load, ask, key)
                return
        queued = self._queued.get(key)
        if queued is not None:
            queued.join(load)
            return
        if len(self._queued) >= self._most:
            raise Overloaded("too many keys wait for this connector", source=self._group.source)
        self._ask = ask
        self._queued[key] = queued = Key(key, self, self.loop.time())
        queued.join(load)
        self._stand(line, queued)
        if not self._due:
            self._due = True
            # Resolvers and plans ask one turn apart from each other.
            self.loop.call_soon(self.loop.call_soon, self._gathered)

    def left(self, key: Key) -> None:
        """Nobody waits for a key that was not sent yet."""
        self._queued.pop(key.key, None)

    def _stand(self, line: Line, key: Key) -> None:
        line.level = place = max(line.level, self._level)
        line.level += 1
        while len(self._levels) <= place - self._level:
            self._levels.append([])
        self._levels[place - self._level].append(key)

    def _gathered(self) -> None:
        self._due = False
        self._send(self._may_send)

    def _may_send(self) -> bool:
        eager = len(self._batches) < _EAGER_CALLS or len(self._queued) >= self.size
        return eager and self._has_place()

    def _has_place(self) -> bool:
        return self._calls < self._group.places

    def _send(self, allowed: Callable[[], bool]) -> None:
        while self._queued and allowed():
            self._start(self._taken())
        if self._queued:
            if self._patience is None:
                self._patience = self.loop.call_later(_PATIENCE_SECONDS, self._impatient)
        else:
            self._levels.clear()
            self._ask = None
            if not self._batches:
                self._rest()

    def _start(self, keys: Sequence[Key]) -> None:
        batch = _Batch(self, keys, self._ask, -(-len(keys) // self._turn.each))
        self._batches.add(batch)
        self._calls += batch.calls
        batch.start()

    def _impatient(self) -> None:
        self._patience = None
        self._send(self._has_place)

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._group.rest(self)

    def _taken(self) -> list[Key]:
        keys: list[Key] = []
        while self._queued and len(keys) < self.size:
            if not self._levels[0]:
                self._levels.popleft()
                self._level += 1
                continue
            level, room = self._levels[0], self.size - len(keys)
            for key in level[:room]:
                if key.waiting:
                    del self._queued[key.key]
                    keys.append(key)
            del level[:room]
        return keys

    async def put(self, ask: Ask, keys: Sequence[Key]) -> None:
        """Ask for these keys and give everybody the answers.

        Requests that failed together are asked for again one by one, so that each fares as it
        would alone: one caller's odd key is nobody else's error. Who has waited for the time of a
        whole call by then is told the error of all: a system that fails slowly delays nobody more.
        """
        ends = self.loop.time() + self._group.seconds
        fault = await self._put(ask, keys)
        if fault is None:
            return
        parts = [] if isinstance(fault, _FINAL) else apart(keys)
        if len(parts) <= 1:
            fail(keys, fault)
            return
        for part in parts:
            wanted = [key for key in part if key.lines]
            late = self.loop.time() >= ends
            error = fault if late or not wanted else await self._put(ask, wanted)
            if error is not None:
                fail(wanted, error)

    async def _put(self, ask: Ask, keys: Sequence[Key]) -> Exception | None:
        """Ask once; the error where there is no answer, which nobody was told yet."""
        try:
            answers = await self._group.send(ask, [key.key for key in keys])
            check_whole(answers, keys, self._group.source)
        except Exception as exc:  # noqa: BLE001 - whatever it was, those who wait are told
            if isinstance(exc, TimedOut):
                self._give_up(exc)
            return exc
        for key, answer in zip(keys, answers, strict=True):
            key.settle(answer)
        return None

    def _give_up(self, exc: TimedOut) -> None:
        """Where the system is late, nobody waits in the queue longer than a whole call may take."""
        oldest = self.loop.time() - self._group.seconds
        late = [key for key in self._queued.values() if key.since <= oldest]
        for key in late:
            del self._queued[key.key]
        fail(late, exc)

    def finished(self, batch: "_Batch") -> None:
        """One call is over: what waits may go."""
        self._batches.discard(batch)
        self._calls -= batch.calls
        if not self._due:
            self._send(self._may_send)


class _Batch:
    """Keys under way in one call."""

    def __init__(self, loader: Loader, keys: Sequence[Key], ask: Ask | None, calls: int) -> None:
        self._loader = loader
        self._keys = keys
        self._ask = ask
        self.calls = calls
        self._waiting = len(keys)
        self._task: asyncio.Task[None] | None = None
        self._begun = False
        self._traced: dict[Line, Call] = {}
        for key in keys:
            key.holder = self
            for load in key.loads:
                if load.line is not None:
                    load.line.room = 0  # what this request asks from now on is another call
                    if load.line.trace is not None:
                        self._note(load.line, load.line.trace)

    def start(self) -> None:
        """Begin the call, in a context that is nobody's: no request's id, span or log binding."""
        self._task = self._loader.loop.create_task(self._run(), context=Context())

    def _note(self, line: Line, trace: Trace) -> None:
        if line in self._traced:
            return
        lines = [{load.line for load in key.loads} for key in self._keys]
        self._traced[line] = call = Call(
            source=line.source or "platform",
            port=line.port,
            keys=sum(line in those for those in lines),
            batch=len(self._keys),
            requests=len(set[Line | None]().union(*lines)),
            started_ms=trace.now(),
        )
        trace.calls.append(call)

    def left(self, key: Key) -> None:
        """Nobody waits for one of the keys; without anybody the call ends."""
        del key
        self._waiting -= 1
        if self._waiting == 0 and self._task is not None:
            self._task.cancel()
            if not self._begun:  # a task that is cancelled before its first step never runs at all
                self._end()

    async def _run(self) -> None:
        self._begun = True
        try:
            if self._ask is not None:
                await self._loader.put(self._ask, self._keys)
        finally:
            self._end()

    def _end(self) -> None:
        for line, call in self._traced.items():
            if line.trace is not None:
                call.ms = round(line.trace.now() - call.started_ms, 3)
        self._waiting = 0
        for key in self._keys:
            for load in tuple(key.loads):
                load.cancel()
        # Keys and task name this batch too: let go, so that nothing waits for the collector.
        self._keys, self._task, self._ask = (), None, None
        self._traced.clear()
        self._loader.finished(self)
