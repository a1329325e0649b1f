"""One log line a request, written for some ten microseconds."""

import sys
from functools import lru_cache

import structlog
from structlog.typing import EventDict

from gateway import redact
from gateway.log import json_line

_LONGEST, _LONGEST_METHOD = 64, 16


class RequestLines:
    """Where the lines of one application go: standard error, as all its lines.

    The processors of other lines look for personal data in every value, which takes most of their
    time. Here only two values are a stranger's, and few different ones come: the method and the
    operation's name.
    """

    def __init__(self, level: str) -> None:
        lines = structlog.wrap_logger(
            structlog.WriteLogger(sys.stderr),
            processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), _rendered],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            context_class=dict,
        )
        self._write = lines.bind(level="info", logger="gateway.http").info

    def write(
        self,
        request_id: str,
        method: str,
        route: str | None,
        status: int,
        seconds: float,
        *,
        code: str | None = None,
        role: str | None = None,
        operation: str | None = None,
    ) -> None:
        """Write the line; route, code and role are of closed sets, the id was checked."""
        try:
            self._write(
                "request",
                request_id=request_id,
                method=_word(method, _LONGEST_METHOD),
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                code=code,
                role=role,
                operation=operation and _word(operation, _LONGEST),
            )
        except (OSError, ValueError):
            return  # nobody reads standard error any more; requests are answered all the same


def _word(word: str, longest: int) -> str:
    """A stranger's word as far as it is shown: what is cut within a phone would pass the mask."""
    return _masked(word[: 2 * longest])[:longest]


@lru_cache(1_000)
def _masked(word: str) -> str:
    return redact.redacted_text(word)


def _rendered(logger: object, method: str, event: EventDict) -> str:
    del logger, method
    return json_line(event)
