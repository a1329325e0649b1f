"""Why a system is called: its owner's agreement holds for all causes together."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum


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


def cause() -> Cause:
    """Why calls are made here; for a caller where nobody said otherwise."""
    return _CAUSE.get()


@contextmanager
def because(of: Cause) -> Iterator[None]:
    """Calls to systems inside the block are made for this."""
    token = _CAUSE.set(of)
    try:
        yield
    finally:
        _CAUSE.reset(token)
