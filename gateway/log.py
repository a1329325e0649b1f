"""Structured logs: one JSON object a line on standard error, with the request's id."""

import contextlib
import logging
import sys
from contextvars import ContextVar

import orjson
import structlog
from structlog.typing import EventDict

from gateway.redact import redact

# Of the request that is being answered; set once a request, read by whoever logs in it.
REQUEST_ID: ContextVar[str] = ContextVar("santong_request_id")


def _under_id(logger: object, method: str, event: EventDict) -> EventDict:
    """Put the request's id on a line that is written while one is answered."""
    del logger, method
    request_id = REQUEST_ID.get(None)
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


_SHARED: tuple[structlog.types.Processor, ...] = (
    _under_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


class _Lines(logging.StreamHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """Our handler; a class of its own so that a second application replaces it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A line that cannot be formatted: the library would print it raw, and its arguments."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(
                json_line({"event": "a log line is lost", "logger": record.name}) + "\n"
            )


def _no_sockets(record: logging.LogRecord) -> bool:
    """Drop what libraries say of every socket that opens and closes: whose address it has."""
    return record.levelno > logging.INFO or "websockets" not in record.pathname


def configure(level: str) -> None:
    """Send our own and every library's log lines through one formatter."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Lines(sys.stderr)
    handler.addFilter(_no_sockets)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(serializer=json_line),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [*(one for one in root.handlers if not isinstance(one, _Lines)), handler]
    root.setLevel(level)


def json_line(event: object, **_: object) -> str:
    """One event as a line, whatever it holds."""
    return orjson.dumps(event, default=repr).decode(errors="replace")
