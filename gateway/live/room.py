"""How many streams one process carries, in all and for one who asks: a caller, or an address."""

import contextlib
from collections import Counter
from collections.abc import Hashable, Iterator

from capabilities.errors import SantongError


class Room:
    """Places of streams; one beyond them is refused before anything is asked for it.

    `one` is what those are called who have `most_of_one` each, such as a caller.
    """

    def __init__(self, most: int, most_of_one: int, one: str = "caller") -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._one = one
        self._held: Counter[Hashable] = Counter()
        self.taken = 0

    @contextlib.contextmanager
    def place(self, own: Hashable) -> Iterator[None]:
        """A place of this one for as long as it is held; SantongError where there is none."""
        if self.taken >= self._most:
            raise _full("this process carries as many subscriptions as it may", retryable=True)
        if self._held[own] >= self._most_of_one:
            told = f"one {self._one} may hold {self._most_of_one} subscriptions"
            raise _full(told, retryable=False)
        self.taken += 1
        self._held[own] += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._held[own] -= 1
            if not self._held[own]:
                del self._held[own]


def _full(told: str, *, retryable: bool) -> SantongError:
    full = SantongError(told, code="TOO_MANY_SUBSCRIPTIONS")
    full.retryable = retryable
    return full
