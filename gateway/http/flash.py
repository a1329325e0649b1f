"""The fast path of flash sales: plain JSON on bare ASGI, the same code as the graph's fields.

    POST /flash/SALE/tickets                    a bearer token brings a ticket
    GET  /flash/SALE/tickets                    a ticket asks for its turn
    POST /flash/SALE/orders                     a ticket buys
    GET  /flash/SALE                            how it stands, for everybody

A ticket travels in the header `santong-ticket`. No line of the log is written for each answer: at
ten thousand a second they would cost more than the gate does; figures count them.
"""

import logging
import time
from typing import Protocol

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from capabilities.errors import (
    BadInput,
    Forbidden,
    SantongError,
    StoreUnavailable,
    Unauthenticated,
)
from capabilities.flash.records import Outcome
from gateway.auth.known import KnownCallers
from gateway.flash.answers import encoded_outcome
from gateway.flash.desk import Desk
from gateway.flash.entrance import Entrance
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.cross_origin import CrossOrigin, Pairs
from gateway.http.flash_body import OrderBody, read_order
from gateway.http.masked_errors import MASKED
from gateway.http.reply import Reply, refused, send_reply
from gateway.live.moments import PublicMoments
from gateway.observe import Metrics
from gateway.settings import Settings

PREFIX = "/flash/"
_log = logging.getLogger(__name__)
_TICKET = b"santong-ticket"
_PARTS = 2
_turn = msgspec.json.Encoder(uuid_format="canonical").encode


class FlashDoor(Protocol):
    """What the gateway holds open for flash sales."""

    @property
    def desk(self) -> Desk:
        """What sells."""

    @property
    def entrance(self) -> Entrance:
        """What lets in."""


class FlashFirst:
    """Answers what is below `/flash/`, and hands everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        callers: KnownCallers,
        door: FlashDoor,
        metrics: Metrics,
    ) -> None:
        self._app = app
        self._callers = callers
        self._door = door
        self._metrics = metrics
        self._cross_origin = CrossOrigin(settings)
        self._body_seconds = settings.body_timeout_seconds
        self._moments = PublicMoments(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request; a browser's preflight is answered like every other address's."""
        if (
            scope["type"] != "http"
            or not scope["path"].startswith(PREFIX)
            or scope["method"] == "OPTIONS"
        ):
            await self._app(scope, receive, send)
            return
        asked = Asked(scope, receive)
        path = scope["path"][len(PREFIX) :]
        headers = self._cross_origin.headers(asked.header(b"origin"))
        if "/" not in path and asked.method == "GET":
            await self._stands(asked, path, send, headers)
            return
        reply = await self._masked(asked, path)
        await send_reply(send, reply, asked.request_id, headers)

    async def _stands(self, asked: Asked, sale: str, send: Send, headers: Pairs) -> None:
        try:
            await self._moments.answer(self._door.desk, sale, asked, send, headers)
        except SantongError as exc:
            reply = refused(exc, _status(exc), asked.request_id)
            await send_reply(send, reply, asked.request_id, headers)

    async def _masked(self, asked: Asked, path: str) -> Reply:
        sale, _, what = path.partition("/")
        try:
            if what == "orders" and asked.method == "POST":
                return await self._order(asked, sale)
            if what == "tickets" and asked.method in ("GET", "POST"):
                return await self._ticket(asked, sale)
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("flash request failed")
            return refused(MASKED, 500, asked.request_id)
        if what in ("orders", "tickets"):
            wrong = BadRequest("this address takes other methods", 405, "METHOD_NOT_ALLOWED")
            return refused(wrong, 405, asked.request_id)
        return refused(BadRequest("there is nothing here", 404, "NOT_FOUND"), 404, asked.request_id)

    async def _order(self, asked: Asked, sale: str) -> Reply:
        began = time.perf_counter()
        try:
            desk = self._door.desk
            ticket = desk.admitted(sale, asked.header(_TICKET))
            body: OrderBody = await read_order(asked, self._body_seconds)
            outcome: Outcome = await desk.place(sale, ticket, body.idempotency_key, body.quantity)
        except SantongError as exc:
            self._metrics.ordered(exc.code, time.perf_counter() - began)
            return refused(exc, _status(exc), asked.request_id)
        self._metrics.ordered(type(outcome).__name__, time.perf_counter() - began)
        return encoded_outcome(outcome)

    async def _ticket(self, asked: Asked, sale: str) -> Reply:
        try:
            if asked.method == "GET":
                turn = self._door.entrance.poll(sale, asked.header(_TICKET))
            else:
                caller = await self._callers.caller(asked.header(b"authorization"))
                turn = await self._door.entrance.enter(caller, sale)
        except SantongError as exc:
            self._metrics.waited(exc.code)
            return refused(exc, _status(exc), asked.request_id)
        self._metrics.waited("polled" if asked.method == "GET" else "entered")
        return Reply(200, _turn(turn))


def _status(error: SantongError) -> int:
    if isinstance(error, BadRequest):
        return error.status
    if isinstance(error, Unauthenticated):
        return 401
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, BadInput):
        return 404 if error.code == "FLASH_SALE_UNKNOWN" else 400
    if error.code == "TOO_MANY_SUBSCRIPTIONS":
        return 503 if error.retryable else 429
    return 503 if isinstance(error, StoreUnavailable) else 500
