"""`POST /inbox/{connector}`: the door for systems that cannot be reached."""

import asyncio
import time
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from capabilities.copied import Receipt
from capabilities.errors import BadInput, SantongError, StoreUnavailable, Unavailable
from gateway.http.answer import json_response
from gateway.http.bad_request import BadRequest
from gateway.http.reply import refusal_body
from gateway.inbox.inbox import Envelope, Inbox, status_of
from gateway.inbox.parts import FileReceipt
from gateway.inbox.refusals import InboxRefused
from gateway.settings import Settings


class _Opened(Protocol):
    @property
    def inbox(self) -> Inbox: ...


class InboxDoor:
    """Answers senders; every answer tells our time, so that a wrong clock can be put right."""

    def __init__(self, settings: Settings, door: _Opened) -> None:
        self._max_bytes = settings.inbox_max_bytes
        self._seconds = settings.body_timeout_seconds
        self._door = door

    async def answer(self, request: Request) -> Response:
        """Take one batch, or one part of a file."""
        envelope = Envelope(
            connector=request.path_params["connector"],
            method=request.method,
            path=request.scope["path"],
            batch=request.headers.get("santong-batch", ""),
            signature=request.headers.get("santong-signature", ""),
        )
        try:
            receipt = await self._door.inbox.receive(envelope, lambda: self._body(request))
        except InboxRefused as exc:
            return self._refused(request, exc, exc.status, **exc.told)
        except BadRequest as exc:
            return self._refused(request, exc, exc.status)
        except BadInput as exc:
            return self._refused(request, exc, status_of(exc))
        except (StoreUnavailable, Unavailable) as exc:
            return self._refused(request, exc, 503)
        return json_response({**_told(receipt), "time": _now()})

    def _refused(
        self, request: Request, error: SantongError, status: int, **told: object
    ) -> Response:
        body = refusal_body(error, request.scope["request_id"])
        body["errors"][0]["extensions"] |= {**told, "time": _now()}
        after = told.get("retryAfter")
        return json_response(body, status, {"retry-after": str(after)} if after else None)

    async def _body(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._whole(request)
        except TimeoutError as exc:
            raise BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT") from exc
        except ClientDisconnect as exc:
            raise BadRequest("the client went away", 400, "CLIENT_GONE") from exc

    async def _whole(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._max_bytes:
                message = f"a batch may have {self._max_bytes} bytes"
                raise BadRequest(message, 413, "BODY_TOO_LARGE")
        return bytes(body)


def _told(receipt: Receipt | FileReceipt) -> dict[str, object]:
    if isinstance(receipt, FileReceipt):
        return {"offset": receipt.offset, "whole": receipt.whole}
    told = {"sequence": receipt.sequence, "accepted": receipt.accepted}
    return {**told, "quarantined": receipt.quarantined}


def _now() -> int:
    return int(time.time())
