"""`POST /payments/{provider}`: confirmations of payments, on bare ASGI.

They come by the thousand when a sale ends: no line of the log is written for each, figures count
them.
"""

import asyncio
import logging
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from capabilities.errors import SantongError, StoreUnavailable
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.masked_errors import MASKED
from gateway.http.media import JSON
from gateway.http.reply import PLAIN, Reply, refused, send_reply
from gateway.payments.desk import PaymentDesk
from gateway.payments.provider import PaymentRefused, Told
from gateway.settings import Settings
from gateway.together import TooMany

PREFIX = "/payments/"
_MOST_BYTES = 65_536
_RETRY = ((b"retry-after", b"1"),)
_log = logging.getLogger(__name__)


class _Opened(Protocol):
    @property
    def payments(self) -> PaymentDesk: ...


class PaymentsFirst:
    """Answers what is below `/payments/`, and hands everything else on."""

    def __init__(self, app: ASGIApp, *, settings: Settings, door: _Opened) -> None:
        self._app = app
        self._door = door
        self._seconds = settings.body_timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request; no browser sends one."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        asked = Asked(scope, receive)
        reply = await self._masked(asked, scope)
        await send_reply(send, reply, asked.request_id, ())

    async def _masked(self, asked: Asked, scope: Scope) -> Reply:
        if asked.method != "POST":
            wrong = BadRequest("this address takes POST", 405, "METHOD_NOT_ALLOWED")
            return refused(wrong, 405, asked.request_id)
        name, headers = scope["path"][len(PREFIX) :], scope["headers"]
        try:
            told = Told(
                headers={key.decode("latin-1"): one.decode("latin-1") for key, one in headers},
                body=await self._body(asked),
            )
            answer = await self._door.payments.receive(name, told)
            return Reply(200, answer, JSON if answer.startswith(b"{") else PLAIN)
        except (PaymentRefused, BadRequest) as exc:
            return refused(exc, exc.status, asked.request_id)
        except (StoreUnavailable, TooMany) as exc:
            return refused(exc, 503, asked.request_id, extra=_RETRY)
        except SantongError as exc:
            return refused(exc, 500, asked.request_id)
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("payment confirmation failed")
            return refused(MASKED, 500, asked.request_id)

    async def _body(self, asked: Asked) -> bytes:
        body = b""
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await asked.receive()
                    if message["type"] == "http.disconnect":
                        raise BadRequest("the client went away", 400, "CLIENT_GONE")
                    chunk: bytes = message.get("body", b"")
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        told = f"a confirmation may have {_MOST_BYTES} bytes"
                        raise BadRequest(told, 413, "BODY_TOO_LARGE")
                    if not message.get("more_body"):
                        return body
        except TimeoutError as exc:
            raise BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT") from exc
