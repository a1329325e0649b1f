"""One question's answers: from this process, from Redis, else from the system, asked once.

What an answer's age allows is its policy's: fresh it is given; in its first stale window it is
given and fetched anew behind the caller's back; in its second it is given where the system fails.
"""

import asyncio
import time
from collections.abc import Hashable, Mapping, Sequence

import msgspec

from cache.answers import Fetch, Fetched, Served
from cache.counts import Counts
from cache.flights import Flight, Flights
from cache.questions import Question
from cache.shelf import Held, Known, Scope, Shared, Shelf
from capabilities.errors import ChannelError, Denied, SantongError, TimedOut, Unavailable
from capabilities.estate import CachePolicy

# How often a process looks whether another one has fetched what it needs.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1
# A lock that is this old may run out before it is let go, and be another's by then.
_SAFE_SHARE = 0.9


class Answering:
    """Answers of one question of one connector to one class of callers."""

    def __init__(
        self, shared: Shared, scope: Scope, question: Question, policy: CachePolicy, counts: Counts
    ) -> None:
        self._shelf = Shelf(shared, scope, question, policy)
        self._scope = scope
        self._policy = policy
        self._counts = counts
        self._tasks = shared.tasks
        self._flights = Flights(scope.connector, shared.tasks)
        self._refreshing: set[Hashable] = set()

    def peek(self, key: Hashable) -> Served | None:
        """The answer that stands in this process, if it is fresh."""
        answer = self._shelf.at_hand(key)
        if answer is None:
            return None
        age = self._shelf.age(answer.asked_at)
        if age >= self._shelf.fresh(answer.value):
            return None
        self._counts.process += 1
        return Served(answer.value, None, _ms(age))

    async def load(
        self,
        keys: Sequence[Hashable],
        fetch: Fetch,
        *,
        live: bool = False,
        seconds: float | None = None,
    ) -> list[Served | SantongError]:
        """One answer per key, in order; what is not kept is fetched in one call.

        `live` asks the system whatever is kept, and keeps its answers. `seconds` is how long this
        caller can wait; an old answer that a failure would allow is then given too.
        """
        wanted = list(dict.fromkeys(keys))
        if live:
            found = await self._live(wanted, fetch, seconds)
        else:
            peeked = {key: self.peek(key) for key in wanted}
            found = {key: one for key, one in peeked.items() if one is not None}
            missing = [key for key, one in peeked.items() if one is None]
            if missing:
                found |= await self._landed(missing, fetch, seconds)
        return [found[key] for key in keys]

    async def _live(
        self, keys: Sequence[Hashable], fetch: Fetch, seconds: float | None
    ) -> dict[Hashable, Served | SantongError]:
        async def fly(flight: Flight) -> None:
            known, _ = await self._shelf.look(flight.keys)
            await self._ask(flight, flight.keys, known, fetch)

        flight = Flight(keys)
        self._flights.start(flight, fly)
        self._counts.live += len(keys)
        landed = await self._flights.wait(dict.fromkeys(keys, flight), seconds)
        return {key: self._served(landed.get(key), None) for key in keys}

    async def _landed(
        self, keys: Sequence[Hashable], fetch: Fetch, seconds: float | None
    ) -> dict[Hashable, Served | SantongError]:
        async def fly(flight: Flight) -> None:
            await self._fly(flight, fetch)

        began = time.monotonic()
        boarded = dict(self._flights.board(keys, fly, self._shelf.heard()))
        joined = [key for key, flight in boarded.items() if flight.waiting]
        self._counts.coalesced += len(joined)
        landed = await self._flights.wait(boarded, seconds)
        again = [key for key in joined if _may_be_theirs(landed.get(key))]
        if again:
            left = None if seconds is None else max(0.0, seconds - (time.monotonic() - began))
            anew = self._flights.board(again, fly, self._shelf.heard())
            boarded |= anew
            landed |= await self._flights.wait(anew, left)
        return {
            key: self._served(landed.get(key), flight.old.get(key))
            for key, flight in boarded.items()
        }

    def _served(
        self, answer: Held | SantongError | None, old: Held | None
    ) -> Served | SantongError:
        """What a caller gets; one who could not wait gets the old answer, if it may be given."""
        held = answer
        if held is None:
            late = TimedOut("no whole answer within the deadline", source=self._scope.connector)
            held = self._instead(late, old)
        if isinstance(held, SantongError):
            return held
        if held.latency_ms is not None:
            return Served(held.value, held.latency_ms)
        error = held.error if isinstance(held.error, ChannelError) else None
        stale = error is not None or not self._shelf.is_fresh(held)
        age = _ms(self._shelf.age(held.asked_at))
        return Served(held.value, None, age, stale=stale, error=error)

    async def _fly(self, flight: Flight, fetch: Fetch) -> None:
        known, held = await self._shelf.look(flight.keys)
        aged = []
        for key, one in held.items():
            if self._shelf.is_fresh(one):
                self._counts.redis += 1
                flight.land(key, one)
            elif self._is_within(one, self._policy.stale_while_revalidate):
                self._counts.stale += 1
                flight.land(key, one)
                aged.append(key)
            else:
                flight.old[key] = one
        self._refresh(aged, fetch)
        missing = flight.unanswered
        if missing:
            await self._bring(flight, missing, known, fetch)

    def _refresh(self, keys: Sequence[Hashable], fetch: Fetch) -> None:
        """Fetch anew what was given although it is old, once, with nobody waiting."""
        new = [key for key in keys if key not in self._refreshing]
        if not new:
            return

        async def fly(flight: Flight) -> None:
            try:
                known, _ = await self._shelf.look(flight.keys)
                mine, _ = await self._shelf.claim(flight.keys, known)
                if mine:
                    await self._ask(flight, mine, known, fetch, mine)
            finally:
                self._refreshing.difference_update(new)

        self._refreshing.update(new)
        self._flights.start(Flight(new), fly)

    async def _bring(
        self,
        flight: Flight,
        keys: Sequence[Hashable],
        known: dict[Hashable, Known],
        fetch: Fetch,
    ) -> None:
        """Fetch what no other process is fetching, and wait for what another one is."""
        mine = await self._claimed(flight, keys, known)
        theirs = [key for key in flight.unanswered if key not in mine]
        async with asyncio.TaskGroup() as both:
            if theirs:
                both.create_task(self._await_others(flight, theirs, fetch))
            if mine:
                await self._ask(flight, mine, known, fetch, mine)

    async def _claimed(
        self, flight: Flight, keys: Sequence[Hashable], known: dict[Hashable, Known]
    ) -> list[Hashable]:
        claiming = asyncio.ensure_future(self._shelf.claim(keys, known))
        try:
            mine, brought = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            # Who leaves now may hold locks already, and others would wait for them in vain.
            mine, _ = await claiming
            await self._shelf.keep({}, known, mine)
            raise
        self._counts.redis += len(brought)
        for key, held in brought.items():
            flight.land(key, held)
        return mine

    async def _await_others(self, flight: Flight, keys: Sequence[Hashable], fetch: Fetch) -> None:
        ends = time.monotonic() + self._scope.seconds
        pause, left = _FIRST_PAUSE, keys
        while left:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            known, held = await self._shelf.look(left)
            for key, one in held.items():
                if self._shelf.is_fresh(one):
                    self._counts.redis += 1
                    flight.land(key, one)
            left = [key for key in left if not flight.answers[key].done()]
            late = time.monotonic() > ends
            mine = left if late else await self._claimed(flight, left, known)
            if mine:
                await self._ask(flight, mine, known, fetch, () if late else mine)
            left = [key for key in left if not flight.answers[key].done()]

    async def _ask(
        self,
        flight: Flight,
        keys: Sequence[Hashable],
        known: Mapping[Hashable, Known],
        fetch: Fetch,
        locked: Sequence[Hashable] = (),
    ) -> None:
        """Ask the system for keys, answer who waits, then keep what may be kept."""
        began = time.monotonic()
        asked_at = self._shelf.now()
        brought: dict[Hashable, Held] = {}
        try:
            answers = await _answers(fetch, keys)
            self._counts.source += len(keys)
            for key, answer in zip(keys, answers, strict=True):
                if isinstance(answer, Fetched):
                    brought[key] = Held(answer.value, asked_at, answer.latency_ms)
                    flight.land(key, brought[key], over=False)
                else:
                    flight.land(key, self._failed(answer, flight.old.get(key)))
        finally:
            in_time = time.monotonic() - began < _SAFE_SHARE * self._scope.seconds
            # Who leaves meanwhile must not end this: a lock that nobody lets go holds up others.
            keeping = asyncio.ensure_future(
                self._shelf.keep(brought, known, locked if in_time else ())
            )
            self._tasks.add(keeping)
            keeping.add_done_callback(self._tasks.discard)
            await asyncio.shield(keeping)

    def _failed(self, error: SantongError, old: Held | None) -> Held | SantongError:
        given = self._instead(error, old)
        self._counts.stale_on_error += given is not error
        return given

    def _instead(self, error: SantongError, old: Held | None) -> Held | SantongError:
        """The old answer, if its policy allows it for this failure; else the failure."""
        if old is None or not isinstance(error, Unavailable):
            return error
        if not self._is_within(old, self._policy.stale_if_error):
            return error
        return msgspec.structs.replace(old, error=error)

    def _is_within(self, held: Held, window: float) -> bool:
        """Whether an answer is in a window that begins where it was fresh no more."""
        return self._shelf.age(held.asked_at) < self._policy.fresh + window


def _may_be_theirs(answer: Held | SantongError | None) -> bool:
    """Whether it may be the fault of an odd key that somebody else asked for in the same call."""
    return isinstance(answer, SantongError) and not isinstance(answer, Unavailable | Denied)


async def _answers(fetch: Fetch, keys: Sequence[Hashable]) -> Sequence[Fetched | SantongError]:
    try:
        return await fetch(keys)
    except SantongError as exc:
        return [exc] * len(keys)


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
