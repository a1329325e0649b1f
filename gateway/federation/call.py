"""One call of a port: deadline, outcome and figures, the same for every connector."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from capabilities.errors import ChannelError, CircuitOpen, SantongError, TimedOut, Unavailable
from capabilities.estate import ConnectorHealth, ConnectorSpec
from capabilities.sources import SourceReport, SourceStatus

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


# What p50, p99 and the rate of errors speak of.
_RECENT_CALLS = 500
RECENT_SECONDS = 300.0


class Recent(Struct, frozen=True, kw_only=True):
    """Percentiles in ms and the share of calls that failed; None where none was made."""

    p50: int | None = None
    p99: int | None = None
    error_rate: float | None = None


class Burst(Struct, frozen=True):
    """How many calls were made in a while, and how many of them failed."""

    calls: int
    failed: int


class Figures:
    """What a connector has done in this process; plain counters, read by health and metrics."""

    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self.in_flight = 0
        self.last_error: str | None = None
        self.last_latency_ms: int | None = None
        self._answered: bool | None = None
        self._recent: deque[tuple[float, int, bool]] = deque(maxlen=_RECENT_CALLS)

    def recent(self, seconds: float = RECENT_SECONDS) -> "Recent":
        """How the latest calls fared, those of the last so many seconds only."""
        oldest = time.monotonic() - seconds
        calls = [one for one in self._recent if one[0] >= oldest]
        if not calls:
            return Recent()
        took = sorted(latency for _, latency, _ in calls)
        return Recent(
            p50=took[len(took) // 2],
            p99=took[len(took) * 99 // 100],
            error_rate=round(sum(failed for *_, failed in calls) / len(calls), 4),
        )

    def within(self, seconds: float) -> Burst:
        """The calls of the last so many seconds, of those that are remembered."""
        oldest = time.monotonic() - seconds
        calls = [failed for at, _, failed in self._recent if at >= oldest]
        return Burst(len(calls), sum(calls))

    def finished(self, latency_ms: int, error: SantongError | None) -> None:
        """Count one finished call."""
        self.calls += 1
        self.last_latency_ms = latency_ms
        self._answered = error is None
        self._recent.append((time.monotonic(), latency_ms, error is not None))
        if error is not None:
            self.errors += 1
            self.last_error = f"{error.code}: {error.message}"

    @property
    def health(self) -> ConnectorHealth:
        """UP while the latest call was answered."""
        if self._answered is None:
            return ConnectorHealth.UNTRIED
        return ConnectorHealth.UP if self._answered else ConnectorHealth.FAILING


async def call_port(
    spec: ConnectorSpec,
    figures: Figures,
    ask: Callable[[], Awaitable[_T]],
    *,
    deadline_seconds: float,
) -> tuple[_T, int]:
    """The port's answer and its latency in ms; ChannelError with the connector's name.

    The deadline holds for the whole call, however many round trips the port makes. A defect in a
    connector's code is one source's failure too: it never reaches the other sources. A caller with
    less time than the connector was given says nothing of the connector: that call is not counted.
    """
    started = time.perf_counter()
    figures.in_flight += 1
    clock = asyncio.timeout(deadline_seconds)
    try:
        async with clock:
            answer = await ask()
    except Exception as exc:
        error = _own(exc, spec.name, deadline_seconds)
        if not (clock.expired() and deadline_seconds * 1000 < spec.limits.deadline_ms):
            figures.finished(elapsed_ms(started), error)
        if error is exc:
            raise
        raise error from exc
    finally:
        figures.in_flight -= 1
    latency = elapsed_ms(started)
    figures.finished(latency, None)
    return answer, latency


def _own(exc: Exception, source: str, deadline_seconds: float) -> SantongError:
    """Our error for whatever a port raised."""
    if isinstance(exc, TimeoutError):
        return TimedOut(f"no answer within {round(deadline_seconds * 1000)} ms", source=source)
    if isinstance(exc, ChannelError):
        exc.source = exc.source or source
        return exc
    if isinstance(exc, SantongError):
        return exc
    _log.exception("connector defect", extra={"connector": source}, exc_info=exc)
    return ChannelError(
        "the connector failed on this answer", source=source, code="CONNECTOR_DEFECT"
    )


def error_of(report: SourceReport, message: str | None = None) -> ChannelError:
    """The error behind a report, so that what follows from it fares as it did."""
    kind = Unavailable if report.retryable else ChannelError
    if report.status is SourceStatus.TIMEOUT:
        kind = TimedOut
    if report.status is SourceStatus.OPEN_CIRCUIT:
        kind = CircuitOpen
    text = message or report.message or "the source did not answer"
    return kind(text, source=report.name, code=report.code)


def now() -> float:
    """A monotonic reading in seconds."""
    return time.perf_counter()


def elapsed_ms(started: float) -> int:
    """Whole milliseconds since a `perf_counter` reading."""
    return round((time.perf_counter() - started) * 1000)
