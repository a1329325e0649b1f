"""Structured logs of the work process: one JSON object a line on standard error."""

import logging
import sys

import orjson
import structlog


def configure(level: str) -> None:
    """Send our own and every library's log lines through one formatter."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # It tells each job's arguments and every poll.
    logging.getLogger("procrastinate").setLevel(max(logging.WARNING, root.level))


def _line(event: object, **_: object) -> str:
    return orjson.dumps(event, default=repr).decode(errors="replace")
