"""Server-sent events at `/graphql`: the distinct connections mode of graphql-sse."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator

from starlette.types import Receive, Scope, Send

from capabilities.errors import SantongError, Unauthenticated
from gateway.auth.known import KnownCallers
from gateway.execution.telling import NotTold
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.cross_origin import CrossOrigin
from gateway.http.introduced import client_header, language_of, origin_of, text_of
from gateway.http.masked_errors import MASKED
from gateway.http.reply import STREAM, encoded, headers_of, refused, send_reply
from gateway.http.request_body import Operation, read_operation
from gateway.http.request_line import RequestLines
from gateway.live.asker import Asker, until_not_standing
from gateway.live.figures import LiveFigures
from gateway.live.pauses import with_pauses
from gateway.live.subscription import Subscriptions, ToldEvent, errors_of
from gateway.settings import Settings
from gateway.usage.clients import Clients

_log = logging.getLogger(__name__)
# A comment that keeps proxies from cutting a quiet stream, and finds out who has left.
_QUIET_SECONDS = 15.0
_SEND_SECONDS = 30.0
_QUIET = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


class EventStreams:
    """Every stream of the graph."""

    def __init__(
        self,
        settings: Settings,
        callers: KnownCallers,
        subscriptions: Subscriptions,
        figures: LiveFigures,
        lines: RequestLines,
        clients: Clients,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._callers = callers
        self._subscriptions = subscriptions
        self._figures = figures
        self._lines = lines
        self._cross_origin = CrossOrigin(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream: refused as a whole, or told until either side ends it."""
        asked, began = Asked(scope, receive), time.perf_counter()
        cross_origin = self._cross_origin.headers(asked.header(b"origin"))
        status, code = 200, None
        try:
            asker, operation = await self._introduced(asked)
        except (Unauthenticated, BadRequest) as exc:
            status = 401 if isinstance(exc, Unauthenticated) else exc.status
            code = exc.code
            reply = refused(exc, status, asked.request_id)
            await send_reply(send, reply, asked.request_id, cross_origin)
        else:
            headers = headers_of(STREAM, asked.request_id, cross_origin)
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            told = self._subscriptions.events(asker, operation)
            with self._figures.subscription("sse"):
                await _Stream(asker, receive, send, self._figures).run(told, self._callers)
        finally:
            seconds = time.perf_counter() - began
            method, role = asked.method, asked.role
            self._lines.write(
                asked.request_id, method, "/graphql", status, seconds, code=code, role=role
            )

    async def _introduced(self, asked: Asked) -> tuple[Asker, Operation]:
        if asked.method not in ("GET", "POST"):
            raise BadRequest("ask by GET or POST", 405, "METHOD_NOT_ALLOWED")
        authorization = asked.header(b"authorization")
        caller = await self._callers.caller(authorization)
        asked.role = caller.role.value
        seconds = self._settings.body_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                most = self._settings.max_body_bytes
                operation = await read_operation(asked, most, seconds)
        except TimeoutError as exc:
            raise BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT") from exc
        asker = Asker(
            caller=caller,
            authorization=authorization or b"",
            request_id=asked.request_id,
            language=language_of(asked),
            origin=origin_of(asked, self._settings.proxy_hops),
            client=self._clients.of(caller, client_header(asked)),
            resume=text_of(asked.header(b"last-event-id")) or None,
        )
        return asker, operation


class _Stream:
    """One stream that has begun."""

    def __init__(self, asker: Asker, receive: Receive, send: Send, figures: LiveFigures) -> None:
        self._asker = asker
        self._receive = receive
        self._raw_send = send
        self._figures = figures

    async def run(self, told: AsyncGenerator[ToldEvent, None], callers: KnownCallers) -> None:
        """Tell until the events, the client or her token end."""
        telling = asyncio.create_task(self._tell(told))
        gone = asyncio.create_task(self._until_gone())
        standing = asyncio.create_task(until_not_standing(callers, self._asker))
        tasks = (telling, gone, standing)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            over = standing.result() if standing.done() and not telling.done() else None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await told.aclose()
        if over is not None:
            await self._over(over)

    async def _tell(self, told: AsyncGenerator[ToldEvent, None]) -> None:
        try:
            async for event in with_pauses(told, _QUIET_SECONDS):
                await self._send(_QUIET if event is None else _next(event))
            await self._send(_COMPLETE, more=False)
        except (SantongError, NotTold) as exc:
            await self._over(exc)
        except TimeoutError:
            pass  # the client reads nothing: what it is owed it gets when it comes back
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("subscription failed")
            await self._over(MASKED)

    async def _over(self, error: Exception) -> None:
        errors = errors_of(error, self._asker.request_id)
        self._figures.ended(errors)
        await self._send(_next(ToldEvent(None, {"errors": errors})) + _COMPLETE, more=False)

    async def _send(self, body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(_SEND_SECONDS):
            await self._raw_send({"type": "http.response.body", "body": body, "more_body": more})

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _next(event: ToldEvent) -> bytes:
    named = b"" if event.event_id is None else b"id: " + event.event_id.encode() + b"\n"
    return b"event: next\n" + named + b"data: " + encoded(event.body) + b"\n\n"
