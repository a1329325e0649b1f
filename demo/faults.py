"""The faults that every simulated system can be told to have, in one vocabulary."""

import time
from collections import Counter, deque
from typing import Final

import msgspec

MODES: Final = (
    "none",
    "timeout",
    "slow",
    "error500",
    "html200",
    "truncated",
    "xml_error",
    "flap",
    "refuse",
    "garbage",
)
SECRET: Final = "jdbc:oracle:thin:sapsr3/demo-leaked-secret@db01.internal"  # noqa: S105 - invented


# Paths of single objects are many; a long day of them must not fill the memory.
_MOST_PATHS: Final = 10_000


class FaultOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of `POST /__control/fault`; without `seconds` it stays until changed."""

    mode: str
    seconds: float | None = None


class Faults:
    """The fault in force, and which of two requests a flapping system fails."""

    def __init__(self, modes: tuple[str, ...] = MODES) -> None:
        self.modes = modes
        self._mode = "none"
        self._until: float | None = None
        self._flips = 0

    def switch(self, order: FaultOrder) -> None:
        """Put a fault in force; ValueError lists the valid ones."""
        if order.mode not in self.modes:
            raise ValueError(f"mode {order.mode!r} is unknown; valid: {', '.join(self.modes)}")
        self._mode = order.mode
        self._until = None if order.seconds is None else time.monotonic() + order.seconds
        self._flips = 0

    @property
    def mode(self) -> str:
        """The fault in force now."""
        if self._until is not None and time.monotonic() >= self._until:
            self._mode, self._until = "none", None
        return self._mode

    def for_request(self) -> str:
        """The fault of the next request: flapping fails the first, the third, the fifth…."""
        if self.mode != "flap":
            return self.mode
        self._flips += 1
        return "error500" if self._flips % 2 else "none"


class Tally:
    """What reached the system since the last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again at nought."""
        self.total = 0
        self.busiest_second = 0
        self._lately: deque[float] = deque()
        self.by_path: Counter[str] = Counter()
        self.logons_failed = 0
        self.scans = 0

    def came(self, path: str) -> None:
        """A request reached the system; the busiest second is any, wherever it begins."""
        now = time.monotonic()
        self.total += 1
        known = path in self.by_path or len(self.by_path) < _MOST_PATHS
        self.by_path[path if known else "other"] += 1
        self._lately.append(now)
        while self._lately[0] <= now - 1.0:
            self._lately.popleft()
        self.busiest_second = max(self.busiest_second, len(self._lately))

    def as_dict(self) -> dict[str, object]:
        """What `GET /__control/requests` answers."""
        return {
            "total": self.total,
            "by_path": dict(self.by_path),
            "busiest_second": self.busiest_second,
            "logons_failed": self.logons_failed,
            "scans": self.scans,
        }
