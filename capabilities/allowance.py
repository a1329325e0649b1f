"""One process's share of what a system may be asked, spent call by call.

A token lets one call through. It comes back a second after the call's answer, so whatever the
network delays, the system gets at most as many calls within any second as there are tokens: a
call arrives between its beginning and its answer. Whoever gave a call up cannot know when the
system has done with it; its place stays taken a second longer too.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol
from weakref import WeakSet

from capabilities.load import Agreed

_SECOND = 1.0
# Of so many tokens background work leaves one, so that a caller finds one at once.
_ONE_KEPT_OF = 4
_FOR_EVER = float("inf")


class Waiting(Protocol):
    """Those who wait for tokens."""

    @property
    def queued(self) -> tuple[int, int]:
        """Callers and background work that wait."""

    def wake(self) -> None:
        """Tokens may be free."""


class Share(Protocol):
    """Who hands out the shares of a system among processes."""

    def wanted(self) -> None:
        """A process would use more than its share."""


class Allowance:
    """Tokens of one system in one process; a plain counter as long as nothing is short.

    `granted` holds until `until`; from then on the lower of it and `floor` does, and from
    `floor_from` on `floor` alone, when no other process can still use a share that was granted.
    """

    def __init__(self, agreed: Agreed, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._granted = self._floor = agreed
        self._until = self._floor_from = _FOR_EVER
        self._closed = agreed.none_allowed
        self._busy = [0, 0]
        self._cooling: tuple[deque[float], deque[float]] = (deque(), deque())
        self._given_up: deque[float] = deque()
        self.waiting: WeakSet[Waiting] = WeakSet()
        self.share: Share | None = None

    def grant(
        self, agreed: Agreed, *, until: float = _FOR_EVER, floor: Agreed, floor_from: float
    ) -> None:
        """A new share."""
        self._granted, self._until = agreed, until
        self._floor, self._floor_from = floor, floor_from
        for one in tuple(self.waiting):
            one.wake()

    def fall_back(self, floor: Agreed) -> None:
        """What may be asked without a share, where that is another by now."""
        self._floor = floor

    def close(self, *, closed: bool) -> None:
        """Whether the agreement allows no call at all now."""
        self._closed = closed

    @property
    def closed(self) -> bool:
        """Whether waiting is in vain."""
        return self._closed

    @property
    def limit(self) -> Agreed:
        """What this process may ask now."""
        now = self._clock()
        if now < self._until:
            return self._granted
        return self._floor if now >= self._floor_from else self._granted.least(self._floor)

    @property
    def in_use(self) -> Agreed:
        """Tokens that are not back yet: of a second, and of places."""
        self._cool()
        busy = sum(self._busy)
        return Agreed(busy + sum(map(len, self._cooling)), busy + len(self._given_up))

    @property
    def wants(self) -> tuple[Agreed, Agreed]:
        """What callers and what background work use, and wait for."""
        self._cool()
        queued = [one.queued for one in tuple(self.waiting)]
        found = []
        for of in (0, 1):
            more = sum(each[of] for each in queued)
            busy = self._busy[of] + more
            found.append(Agreed(busy + len(self._cooling[of]), busy))
        return found[0], found[1]

    def take(self, *, background: bool) -> bool:
        """Whether a call may be made now; its token is taken then, and must be given back."""
        free = self.has_room(background=background)
        if free:
            self._busy[background] += 1
        return free

    def has_room(self, *, background: bool) -> bool:
        """Whether a call could be made now; where not, a larger share is asked for."""
        if self._closed:
            return False
        limit, used = self.limit, self.in_use
        free = _leaves(limit.per_second, used.per_second, background=background) and _leaves(
            limit.at_once, used.at_once, background=background
        )
        if not free and self.share is not None:
            self.share.wanted()
        return free

    def give(self, *, background: bool, answered: bool) -> None:
        """A call is over."""
        self._busy[background] -= 1
        back = self._clock() + _SECOND
        self._cooling[background].append(back)
        if not answered:
            self._given_up.append(back)
        if len(self.waiting) > 1:
            for one in tuple(self.waiting):
                one.wake()

    def next_back(self) -> float | None:
        """Seconds until the next token is back by itself; None where none is on its way."""
        firsts = [line[0] for line in (*self._cooling, self._given_up) if line]
        return max(0.0, min(firsts) - self._clock()) if firsts else None

    def _cool(self) -> None:
        now = self._clock()
        for line in (*self._cooling, self._given_up):
            while line and line[0] <= now:
                line.popleft()


def _leaves(limit: int | None, used: int | None, *, background: bool) -> bool:
    if limit is None or used is None:
        return True
    return used < limit - (limit // _ONE_KEPT_OF if background else 0)
