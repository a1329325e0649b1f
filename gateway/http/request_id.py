"""Every request has an id and one log line; neither holds personal data."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.redact import redacted_text

_log = structlog.get_logger("gateway.http")
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADER = "x-request-id"


class RequestId:
    """Takes a well-formed id from the proxy before us, else makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(_HEADER, "")
        # What looks like a phone is no id: it would stand in every log line.
        accepted = _ACCEPTED.fullmatch(given) and redacted_text(given) == given
        request_id = given if accepted else uuid4().hex
        scope["request_id"] = request_id
        status, started = 500, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, sending)
            finally:
                # Never the query string, nor a path that is not ours: either may hold anything.
                _log.info(
                    "request",
                    method=scope["method"][:16],
                    route=getattr(scope.get("route"), "path", None),
                    status=status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                    role=scope.get("role"),
                    operation=scope.get("operation"),
                )
