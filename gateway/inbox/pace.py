"""How many batches one sender may send: a bucket that fills by the minute."""

import time
from collections.abc import Callable, Hashable

_BURST_SECONDS = 10.0


class Pace:
    """Buckets of senders that are known; each process allows its share."""

    def __init__(
        self, per_minute: int, processes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_minute / 60 / processes
        self._most = max(1.0, self._per_second * _BURST_SECONDS)
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def wait(self, sender: Hashable) -> float:
        """Seconds until this sender may send, 0 where it may now; then it has."""
        now = self._clock()
        left, since = self._buckets.get(sender, (self._most, now))
        left = min(self._most, left + (now - since) * self._per_second)
        if left < 1:
            self._buckets[sender] = (left, now)
            return (1 - left) / self._per_second
        self._buckets[sender] = (left - 1, now)
        return 0.0
