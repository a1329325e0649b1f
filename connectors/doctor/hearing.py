"""What is heard while a connector is asked: latencies, headers, words that no table knows."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from msgspec import Struct


class Clock(Struct, frozen=True):
    """The system's own time beside ours, both in UTC."""

    theirs: datetime
    ours: datetime

    @property
    def skew_seconds(self) -> float:
        """How far ahead the system's clock is; its header has whole seconds."""
        return (self.theirs - self.ours).total_seconds()


class Hearing:
    """The observer and the listener of one examination."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.clock: Clock | None = None
        self.headers: Mapping[str, str] = {}
        self.unknowns: Counter[tuple[str, str]] = Counter()
        self.failed: Counter[str] = Counter()

    def called(self, connector: str, port: str, outcome: str, seconds: float, batch: int) -> None:
        """A port was asked."""
        del connector, port, seconds, batch
        if outcome != "OK":
            self.failed[outcome] += 1

    def unknown(self, connector: str, field: str, raw: str) -> None:
        """A word became UNKNOWN."""
        del connector
        self.unknowns[field, raw] += 1

    def heard(self, seconds: float, answer: Any) -> None:
        """One call was answered; of HTTP its headers are looked at."""
        self.seconds.append(seconds)
        headers = answer[1] if isinstance(answer, tuple) and len(answer) > 1 else None
        if isinstance(headers, Mapping):
            self.headers = headers
            self._look_at_clock(headers.get("date"))

    def _look_at_clock(self, told: str | None) -> None:
        try:
            theirs = parsedate_to_datetime(told or "")
            if theirs.tzinfo is not None:
                self.clock = Clock(theirs.astimezone(UTC), datetime.now(UTC))
        except (ValueError, OverflowError):  # no date, or one outside all years
            return

    def percentile(self, share: float) -> float:
        """Seconds that so large a share of the calls took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
