"""The last resort: an exception nobody expected becomes one masked, coded answer."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from capabilities.errors import SantongError
from gateway.http.answer import refusal

_log = logging.getLogger(__name__)
MASKED = SantongError(
    "something went wrong here; the request id finds it in the log", code="INTERNAL_SERVER_ERROR"
)


class MaskedErrors:
    """Answers 500 without a word of the cause; the cause is in the log under the request id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and catch what comes back."""
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            _log.exception("request failed")
            await refusal(MASKED, 500, scope["request_id"])(scope, receive, send)
