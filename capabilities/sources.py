"""Source reports: what each source did for one answer."""

from enum import Enum

from msgspec import Struct

from capabilities.errors import CircuitOpen, SantongError, TimedOut

_PLATFORM = "platform"


class SourceStatus(Enum):
    """How one source fared; anything but OK means that rows may be missing or old."""

    OK = "OK"
    STALE = "STALE"
    TRUNCATED = "TRUNCATED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"
    OPEN_CIRCUIT = "OPEN_CIRCUIT"
    SKIPPED = "SKIPPED"
    FORBIDDEN = "FORBIDDEN"


class SourceRef(Struct, frozen=True, kw_only=True, gc=False):
    """Where a record came from: provenance, never part of an id.

    `copied` where the platform's copy of what that connector says answered in its place.
    """

    connector: str
    system: str
    external_id: str
    copied: bool = False

    @property
    def answered_by(self) -> str:
        """Who answered: the connector, or the platform for its copy."""
        return _PLATFORM if self.copied else self.connector


class SourceReport(Struct, frozen=True, kw_only=True, gc=False):
    """What one source did for one field of one answer.

    `latency_ms` is the wall time of its slowest call, `age_ms` how old its rows are (0 for a live
    answer), `count` how many rows it gave to this answer.
    """

    name: str
    status: SourceStatus
    latency_ms: int | None = None
    age_ms: int | None = None
    count: int = 0
    code: str | None = None
    message: str | None = None
    retryable: bool = False
    channels: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether this source's part of the answer is whole."""
        return self.status in (SourceStatus.OK, SourceStatus.STALE)


def failed(
    name: str, error: SantongError, latency_ms: int, channels: tuple[str, ...] = ()
) -> SourceReport:
    """The report of a source that raised."""
    return SourceReport(
        name=name,
        status=_status(error),
        latency_ms=latency_ms,
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        channels=channels,
    )


def _status(error: SantongError) -> SourceStatus:
    if isinstance(error, CircuitOpen):
        return SourceStatus.OPEN_CIRCUIT
    return SourceStatus.TIMEOUT if isinstance(error, TimedOut) else SourceStatus.ERROR
