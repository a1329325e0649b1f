"""How many subscriptions one process carries, in all and for one caller."""

import contextlib
from collections import Counter
from collections.abc import Hashable, Iterator

from capabilities.caller import Caller
from capabilities.errors import SantongError


class Room:
    """Places of subscriptions; one beyond them is refused before anything is asked for it."""

    def __init__(self, most: int, most_of_caller: int) -> None:
        self._most = most
        self._most_of_caller = most_of_caller
        self._callers: Counter[Hashable] = Counter()
        self.taken = 0

    @contextlib.contextmanager
    def place(self, caller: Caller) -> Iterator[None]:
        """A place for as long as it is held; SantongError where there is none."""
        own = (caller.subject, caller.visibility)
        if self.taken >= self._most:
            raise _full("this process carries as many subscriptions as it may", retryable=True)
        if self._callers[own] >= self._most_of_caller:
            told = f"one caller may hold {self._most_of_caller} subscriptions"
            raise _full(told, retryable=False)
        self.taken += 1
        self._callers[own] += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._callers[own] -= 1
            if not self._callers[own]:
                del self._callers[own]


def _full(told: str, *, retryable: bool) -> SantongError:
    full = SantongError(told, code="TOO_MANY_SUBSCRIPTIONS")
    full.retryable = retryable
    return full
