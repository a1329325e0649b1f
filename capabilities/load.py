"""Why a system is called: its owner's agreement holds for all causes together."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from msgspec import Meta, Struct
from msgspec.structs import astuple


class Cause(Enum):
    """What a call is made for. All but callers and writes are background, and yield to them."""

    CALLER = "CALLER"
    WRITE = "WRITE"
    SHADOW = "SHADOW"
    SYNC = "SYNC"
    BACKFILL = "BACKFILL"
    PROBE = "PROBE"
    DOCTOR = "DOCTOR"
    RETRY = "RETRY"


FOREGROUND = frozenset({Cause.CALLER, Cause.WRITE})
_CAUSE: ContextVar[Cause] = ContextVar("santong_cause", default=Cause.CALLER)
_MOST_BYTES: ContextVar[int | None] = ContextVar("santong_most_bytes", default=None)


def cause() -> Cause:
    """Why calls are made here; for a caller where nobody said otherwise."""
    return _CAUSE.get()


def most_bytes(cap: int) -> int:
    """How large an answer may be that is asked for here, of a system that may give so much."""
    most = _MOST_BYTES.get()
    return cap if most is None else min(cap, most)


@contextmanager
def because(of: Cause, *, most_bytes: int | None = None) -> Iterator[None]:
    """Calls to systems inside the block are made for this; `most_bytes` bounds their answers."""
    token, bound = _CAUSE.set(of), _MOST_BYTES.set(most_bytes)
    try:
        yield
    finally:
        _MOST_BYTES.reset(bound)
        _CAUSE.reset(token)


class LoadWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In every minute that `cron` names in `zone`, the agreed numbers times `factor`."""

    cron: str
    zone: str
    factor: Annotated[float, Meta(gt=0, le=100)]


class Blackout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In every minute that `cron` names in `zone` no call is made."""

    cron: str
    zone: str


class LoadAgreement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a system's owner lets all processes and causes together ask of it."""

    max_concurrent: Annotated[int, Meta(ge=1)] | None = None
    per_second: Annotated[int, Meta(ge=1)] | None = None
    windows: tuple[LoadWindow, ...] = ()
    blackout: tuple[Blackout, ...] = ()

    def at(self, moment: datetime) -> "Agreed":
        """What holds at a moment; of several windows the strictest."""
        if any(_names(one.cron, one.zone, moment) for one in self.blackout):
            return Agreed(0, 0)
        factors = [one.factor for one in self.windows if _names(one.cron, one.zone, moment)]
        factor = min(factors, default=1.0)
        return Agreed(_times(self.per_second, factor), _times(self.max_concurrent, factor))

    def check(self) -> None:
        """ValueError for a window that no clock reads."""
        pairs = [(one.cron, one.zone) for one in self.windows]
        for cron, zone in pairs + [(one.cron, one.zone) for one in self.blackout]:
            try:
                _names(cron, zone, datetime.now(UTC))
            except CronSimError as exc:
                raise ValueError(f"{cron!r} is no cron expression: {exc}") from exc
            except (ZoneInfoNotFoundError, OSError) as exc:
                raise ValueError(f"no time zone {zone!r}") from exc


class Agreed(Struct, frozen=True):
    """Calls a second and calls at once; None where nothing was agreed."""

    per_second: int | None = None
    at_once: int | None = None

    @property
    def none_allowed(self) -> bool:
        """Whether no call may be made."""
        return 0 in (self.per_second, self.at_once)

    def shared_by(self, processes: int) -> "Agreed":
        """What each of so many processes may ask when they cannot tell each other; never more."""
        return Agreed(*(None if one is None else one // processes for one in astuple(self)))

    def least(self, other: "Agreed") -> "Agreed":
        """The lower of both, each number for itself."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Agreed(*(_least(one, another) for one, another in pairs))


def _times(agreed: int | None, factor: float) -> int | None:
    """An agreement that is not nothing does not become nothing by rounding."""
    return None if agreed is None else max(1, int(agreed * factor))


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _names(cron: str, zone: str, moment: datetime) -> bool:
    """Whether a cron expression names the minute of a moment."""
    minute = moment.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    return next(CronSim(cron, minute - timedelta(minutes=1)), None) == minute
