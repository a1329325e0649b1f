"""A system that fails again and again is left alone for a while, and then asked by one call."""

import logging
import random
import time
from collections import deque
from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from capabilities.errors import CircuitOpen
from capabilities.estate import BreakerState

# It opens when, within so many seconds, at least so many calls failed and half of all did.
_WINDOW_SECONDS = 10
_LEAST_FAILURES = 5
_SHARE = 0.5
# Left alone for so long at first, twice as long after each probe that fails, and at most so long:
# with the deadline of a probe, a system that is well again is asked within 30 s.
_FIRST_SECONDS = 5.0
_LONGEST_SECONDS = 15.0
_log = logging.getLogger(__name__)


class Outcome(Enum):
    """What a call says of the system; one that was cut short by its caller says nothing.

    One that began late and was cut by its deadline says little: it is a failure of a system that
    answers nobody, and of one that answers others only our own queue.
    """

    ANSWERED = "ANSWERED"
    FAILED = "FAILED"
    CUT = "CUT"
    UNKNOWN = "UNKNOWN"


class _Second(Struct):
    """What happened within one second."""

    number: int
    answered: int = 0
    failed: int = 0


class Breaker:
    """The circuit to one system, in one process. Monotonic time; `clock` is for tests."""

    def __init__(self, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._seconds: deque[_Second] = deque([_Second(0)], maxlen=_WINDOW_SECONDS)
        self._latest = self._seconds[0]
        self._opened = False
        self._probing = False
        self._alone_for = _FIRST_SECONDS
        self._until = 0.0
        self._paused_until = 0.0
        self.opened = 0

    @property
    def state(self) -> BreakerState:
        """Whether calls are made; while HALF_OPEN one call tries for all."""
        if self._clock() < self._paused_until:
            return BreakerState.OPEN
        if not self._opened:
            return BreakerState.CLOSED
        due = self._probing or self._clock() >= self._until
        return BreakerState.HALF_OPEN if due else BreakerState.OPEN

    def admit(self) -> bool:
        """Before a call: whether it is the probe. CircuitOpen where none is made."""
        if not self._opened and not self._paused_until:
            return False
        now = self._clock()
        if now < self._paused_until:
            raise CircuitOpen("the system asked for a pause", source=self._source)
        self._paused_until = 0.0
        if not self._opened:
            return False
        if self._probing or now < self._until:
            message = "the system failed too often; it is left alone for a while"
            raise CircuitOpen(message, source=self._source)
        self._probing = True
        return True

    def note(self, outcome: Outcome, *, probe: bool) -> None:
        """After a call that was admitted."""
        if probe:
            self._probed(outcome)
        elif outcome is Outcome.ANSWERED:
            self._now().answered += 1
        elif outcome is Outcome.FAILED or (outcome is Outcome.CUT and not self._answers()):
            self._now().failed += 1
            if not self._opened and self._too_often():
                self._open()

    def pause(self, seconds: float) -> None:
        """The system asked for no calls for so long; it gets at most what an outage would."""
        self._paused_until = self._clock() + min(seconds, _LONGEST_SECONDS)

    def _now(self) -> _Second:
        number = int(self._clock())
        if self._latest.number != number:
            self._latest = _Second(number)
            self._seconds.append(self._latest)
        return self._latest

    def _recent(self) -> list[_Second]:
        oldest = int(self._clock()) - _WINDOW_SECONDS
        return [one for one in self._seconds if one.number > oldest]

    def _answers(self) -> bool:
        return any(one.answered for one in self._recent())

    def _too_often(self) -> bool:
        recent = self._recent()
        failed = sum(one.failed for one in recent)
        whole = failed + sum(one.answered for one in recent)
        return failed >= _LEAST_FAILURES and failed >= _SHARE * whole

    def _open(self) -> None:
        self._opened = True
        self.opened += 1
        # Not all processes ask again at the same moment.
        self._until = self._clock() + self._alone_for * random.uniform(0.8, 1.0)  # noqa: S311 - no secret
        _log.warning("circuit opened", extra={"connector": self._source})

    def _probed(self, outcome: Outcome) -> None:
        self._probing = False
        if outcome is Outcome.ANSWERED:
            self._opened, self._alone_for = False, _FIRST_SECONDS
            self._seconds.clear()
            self._latest = _Second(0)
            self._seconds.append(self._latest)
            _log.info("circuit closed", extra={"connector": self._source})
        elif outcome is not Outcome.UNKNOWN:
            self._alone_for = min(2 * self._alone_for, _LONGEST_SECONDS)
            self._open()
