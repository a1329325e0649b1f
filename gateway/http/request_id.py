"""Every request has an id and one log line; neither holds personal data."""

import os
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.request_line import RequestLines
from gateway.log import REQUEST_ID
from gateway.redact import redacted_text

_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_HEADER = "x-request-id"


def request_id_of(given: bytes | None) -> str:
    """The well-formed id of the proxy before us, else a new one."""
    if given is not None and _ACCEPTED.fullmatch(given):
        text = given.decode("ascii")
        # What looks like a phone is no id: it would stand in every log line.
        if redacted_text(text) == text:
            return text
    return os.urandom(16).hex()


class RequestId:
    """Gives every request outside of the graph its id and its line."""

    def __init__(self, app: ASGIApp, lines: RequestLines) -> None:
        self._app = app
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope).get(_HEADER, "").encode("latin-1"))
        scope["request_id"] = request_id
        status, began = 500, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        under_id = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, sending)
        finally:
            REQUEST_ID.reset(under_id)
            # Never the query string, nor a path that is not ours: either may hold anything.
            route = getattr(scope.get("route"), "path", None)
            seconds = time.perf_counter() - began
            self._lines.write(request_id, scope["method"], route, status, seconds)
