"""When a call is made once more: seldom, a random moment later, and never for long."""

import random

from capabilities.errors import Overloaded, TimedOut, Unavailable

# One call more for so many calls, and at most so many kept for later: a system in an outage
# never sees more than a tenth more calls than there are.
_CALLS_PER_RETRY = 10
_MOST_KEPT = 2
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.4
_MOST_RETRIES = 2


class RetryBudget:
    """How many retries a connector's calls have earned, in one process."""

    def __init__(self) -> None:
        self._earned = 0
        self.made = 0

    def earn(self) -> None:
        """A call is made for the first time."""
        self._earned = min(self._earned + 1, _CALLS_PER_RETRY * _MOST_KEPT)

    def pause(self, fault: Unavailable, retries: int, left: float) -> float | None:
        """Seconds to wait before a call is made again; None where it is not made.

        Full jitter: what failed together does not come back together. What timed out is not
        repeated, because its time is over; `left` is what the caller still has.
        """
        if retries >= _MOST_RETRIES or isinstance(fault, TimedOut):
            return None
        wait = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**retries))  # noqa: S311 - no secret
        if isinstance(fault, Overloaded):
            wait += fault.retry_after_seconds or 0.0
        if wait >= left or self._earned < _CALLS_PER_RETRY:
            return None
        self._earned -= _CALLS_PER_RETRY
        self.made += 1
        return wait
