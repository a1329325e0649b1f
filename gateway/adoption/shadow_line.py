"""One channel's capability in the shadow: a bounded queue, one question at a time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capabilities.adoption.comparing import Subject
from capabilities.adoption.expected import Rules
from capabilities.adoption.looking import (
    Looked,
    Seen,
    Unanswered,
    Underway,
    answered,
    failed,
    looked,
)
from capabilities.adoption.states import Side
from capabilities.errors import StoreUnavailable
from capabilities.load import Cause, because
from gateway.adoption.shadow_bounds import ShadowBounds
from gateway.federation.compared import Compared

Answers = Mapping[str, Any]
_NOTHING = Underway()


# Hears why keys are not compared, and how many.
Dropped = Callable[[str, int], None]


class _Again(Struct, frozen=True):
    """Keys to be looked at once more, with whom to ask and what was seen."""

    due: float
    of: Compared
    seen: Mapping[str, Seen]


class ShadowLine:
    """Compares what it is offered, one batch after another, while there is any.

    `compares` says whether what differed is still to be looked at: a pair may have been moved,
    another definition be in force, or the connector that is asked have been replaced. `underway`
    says what may not have come to the copy yet, and `settled` takes every pair that is settled.
    Nothing here raises: a platform that fails is a class of its own. Of keys that the system does
    not answer nothing is known, and the platform may be right: they are dropped and counted, as
    what cannot be compared in time is.
    """

    def __init__(
        self,
        bounds: ShadowBounds,
        compares: Callable[[Compared], bool],
        underway: Callable[[Compared, Collection[str]], Awaitable[Underway]],
        rules: Callable[[], Rules],
        settled: Callable[[Looked], None],
        dropped: Dropped,
        now: Callable[[], datetime],
    ) -> None:
        self._bounds = bounds
        self._compares = compares
        self._underway = underway
        self._rules = rules
        self._settled = settled
        self._dropped = dropped
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._fresh: deque[tuple[float, Compared]] = deque()
        self._again: deque[_Again] = deque()
        self._waiting = 0
        self._come = asyncio.Event()

    def put(self, compared: Compared) -> None:
        """Queue answers that were just given, or drop them where too many wait."""
        count = len(compared.keys)
        if self._waiting + count > self._bounds.most_waiting:
            self._dropped("full", count)
            return
        self._waiting += count
        self._fresh.append((self._loop.time(), compared))
        self._come.set()

    async def run(self) -> None:
        """Compare until cancelled."""
        with because(Cause.SHADOW, most_bytes=self._bounds.most_bytes):
            while True:
                await self._wait()
                if self._fresh:
                    # Asked one by one, every caller would pay for a question of her own.
                    await asyncio.sleep(self._bounds.gather_seconds)
                    await self._first(self._gathered())
                if self._again and self._again[0].due <= self._loop.time():
                    await self._once_more(self._again.popleft())

    async def _wait(self) -> None:
        """Until something is there to be done."""
        self._come.clear()
        if self._fresh:
            return
        left = self._again[0].due - self._loop.time() if self._again else None
        if left is not None and left <= 0:
            return
        try:
            async with asyncio.timeout(left):
                await self._come.wait()
        except TimeoutError:
            pass

    def _gathered(self) -> Compared:
        """What waits longest, with what followed it and was answered by the same side."""
        first = self._fresh[0][1]
        pairs: dict[str, Any] = {}
        while self._fresh and len(pairs) < self._bounds.most_together:
            at, one = self._fresh[0]
            if (one.answered, one.version) != (first.answered, first.version):
                break
            self._fresh.popleft()
            self._waiting -= len(one.keys)
            if self._loop.time() - at > self._bounds.window_seconds:
                self._dropped("late", len(one.keys))
            else:
                pairs |= zip(one.keys, one.answers, strict=True)
        return replace(first, keys=tuple(pairs), answers=tuple(pairs.values()))

    async def _first(self, compared: Compared) -> None:
        """Ask who did not answer the caller, close behind who did."""
        if not compared.keys:
            return
        mine = dict(zip(compared.keys, compared.answers, strict=True))
        theirs = await self._asked(compared, compared.answered.other, list(mine))
        if theirs is None:
            self._failed(compared, list(mine))
            return
        await self._compare(compared, mine, theirs)

    async def _once_more(self, again: _Again) -> None:
        """Ask both sides anew for what differed."""
        of, keys = again.of, list(again.seen)
        if not self._compares(of):
            self._dropped("moved", len(keys))
            return
        try:
            underway = await self._underway(of, keys)
        except StoreUnavailable:
            self._dropped("unanswered", len(keys))
            return
        mine = await self._asked(of, of.answered, keys)
        if mine is None:
            self._dropped("unanswered", len(keys))
            return
        theirs = await self._asked(of, of.answered.other, keys)
        if theirs is None:
            self._failed(of, keys)
            return
        await self._compare(of, mine, theirs, again.seen, underway)

    def _failed(self, of: Compared, keys: Sequence[str]) -> None:
        """Who was asked beside the callers did not answer."""
        if of.answered is Side.LEGACY:
            self._settled(failed(self._subject(of), keys, self._now()))
        else:
            self._dropped("unanswered", len(keys))

    async def _compare(
        self,
        of: Compared,
        mine: Answers,
        theirs: Answers,
        before: Mapping[str, Seen] = {},
        underway: Underway = _NOTHING,
    ) -> None:
        sides = {of.answered: mine, of.answered.other: theirs}
        found = await looked(
            self._subject(of),
            sides[Side.LEGACY],
            sides[Side.PLATFORM],
            self._now(),
            before,
            underway,
        )
        self._settled(Looked(found.settled, ()))
        if found.unknown:
            self._dropped("unanswered", found.unknown)
        if found.again:
            self._later(of, found.again)

    def _later(self, of: Compared, seen: Sequence[Seen]) -> None:
        """Look again once what lags had its time.

        Where too many wait nobody can tell whether it lags: of those that wait it shows.
        """
        if sum(len(one.seen) for one in self._again) + len(seen) > self._bounds.most_waiting:
            self._dropped("full", len(seen))
            return
        due = self._loop.time() + self._bounds.lag_seconds
        self._again.append(_Again(due, of, {one.pair.key: one for one in seen}))

    async def _asked(self, of: Compared, side: Side, keys: Sequence[str]) -> Answers | None:
        try:
            answers = await answered(of.ask[side], keys, self._bounds.deadline_seconds)
        except Unanswered:
            return None
        return dict(zip(keys, answers, strict=True))

    def _subject(self, of: Compared) -> Subject:
        return Subject(of.channel, of.capability, of.version, self._rules())
