"""`POST /hooks/{connector}`: what systems tell by themselves."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from capabilities.errors import SantongError, StoreUnavailable
from connectors.hooks import Delivered, HookRefused
from gateway.hooks.hooks import Hooks
from gateway.http.answer import json_response
from gateway.http.bad_request import BadRequest
from gateway.http.reply import refusal_body
from gateway.settings import Settings


class _Opened(Protocol):
    @property
    def hooks(self) -> Hooks: ...


class HookDoor:
    """Answers platforms as each of them expects it, once what they told is kept."""

    def __init__(
        self,
        settings: Settings,
        door: _Opened,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._max_bytes = settings.max_body_bytes
        self._seconds = settings.body_timeout_seconds
        self._door = door
        self._now = now

    async def answer(self, request: Request) -> Response:
        """Take one delivery."""
        try:
            delivered = Delivered(
                url=str(request.url.replace(query="")),
                headers={name.lower(): value for name, value in request.headers.items()},
                query=request.query_params.multi_items(),
                body=await self._body(request),
            )
            name = request.path_params["connector"]
            answer = await self._door.hooks.receive(name, delivered, self._now())
        except (HookRefused, BadRequest) as exc:
            return _refused(request, exc, exc.status)
        except StoreUnavailable as exc:
            return _refused(request, exc, 503)
        return Response(answer, media_type="application/json")

    async def _body(self, request: Request) -> bytes:
        """The body, bounded before anything is computed of it."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self._max_bytes:
                        message = f"a delivery may have {self._max_bytes} bytes"
                        raise BadRequest(message, 413, "BODY_TOO_LARGE")
        except TimeoutError as exc:
            raise BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT") from exc
        except ClientDisconnect as exc:
            raise BadRequest("the client went away", 400, "CLIENT_GONE") from exc
        return bytes(body)


def _refused(request: Request, error: SantongError, status: int) -> Response:
    return json_response(refusal_body(error, request.scope["request_id"]), status)
