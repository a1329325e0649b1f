"""The GraphQL endpoint: GraphQL over HTTP, to the letter, on bare ASGI."""

import logging
import time
from typing import Protocol

from graphql import OperationDefinitionNode
from starlette.types import Receive, Scope, Send

from capabilities.attempts import Origin
from capabilities.caller import Caller
from capabilities.errors import Forbidden, Unauthenticated
from capabilities.visibility import explain_refusal
from gateway.auth.known import KnownCallers
from gateway.execution.documents import Prepared
from gateway.execution.engine import Engine
from gateway.execution.persisted import (
    OperationMismatch,
    OperationRefused,
    PersistedOperations,
)
from gateway.execution.running import Running
from gateway.federation.reader import GraphReader
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.cross_origin import CrossOrigin
from gateway.http.introduced import language_of, origin_of, text_of
from gateway.http.masked_errors import MASKED
from gateway.http.media import GRAPHQL, JSON, negotiate
from gateway.http.reply import Reply, encoded, refused, send_reply
from gateway.http.request_body import Operation, read_operation
from gateway.http.request_line import RequestLines
from gateway.http.watch import Watch
from gateway.log import REQUEST_ID
from gateway.observe import Metrics
from gateway.reasons import reason_of
from gateway.settings import Settings
from gateway.trace import Trace
from schema.context import Context, Writer
from schema.platform import Platform

PATH = "/graphql"
_log = logging.getLogger(__name__)
_LEAST_DEADLINE_MS = 10
_NEEDS_STREAM = "accept text/event-stream, or subscribe over a WebSocket (graphql-transport-ws)"
# What an answer may take to be put together when the time of the sources is over.
_ANSWER_SECONDS = 0.5
_CHALLENGE = ((b"www-authenticate", b'Bearer realm="santong"'),)


class Opened(Protocol):
    """What the gateway holds open, and opens for one request."""

    @property
    def operations(self) -> PersistedOperations:
        """Which text an id stands for."""

    def reader(
        self, caller: Caller, deadline_seconds: float, trace: Trace | None, reason: str | None
    ) -> GraphReader:
        """Its reads; Unauthenticated for the token of another brand."""

    def writer(self, caller: Caller) -> Writer:
        """Its writes."""

    def platform(self, caller: Caller, reader: GraphReader, origin: Origin) -> Platform:
        """What the platform owns, as this caller meets it."""

    async def changed(self) -> None:
        """A mutation was answered: what it changed is seen by the next request here."""


class GraphQLEndpoint:
    """Answers everything at `/graphql` but a preflight.

    One pass does what the pipeline does for other addresses: request id, security headers, other
    origins, masking, the line in the log; and counts the answer.
    """

    def __init__(
        self,
        settings: Settings,
        callers: KnownCallers,
        running: Running,
        opened: Opened,
        metrics: Metrics,
        lines: RequestLines,
    ) -> None:
        self._settings = settings
        self._callers = callers
        self._cross_origin = CrossOrigin(settings)
        self._watch = Watch()
        self._metrics = metrics
        self._lines = lines
        self._running = running
        self._opened = opened
        most = settings.request_deadline_ms / 1000
        self._putting_together = min(_ANSWER_SECONDS, most / 2)
        self._sources_seconds = most - self._putting_together

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request; everything that a client can get wrong is a 4xx with a code."""
        began = time.perf_counter()
        asked = Asked(scope, receive)
        under_id = REQUEST_ID.set(asked.request_id)
        status, code = 500, None
        try:
            reply = await self._masked(asked)
            status, code = reply.status, reply.code
            cross_origin = self._cross_origin.headers(asked.header(b"origin"))
            await send_reply(send, reply, asked.request_id, cross_origin)
        finally:
            REQUEST_ID.reset(under_id)
            seconds = time.perf_counter() - began
            self._metrics.answered(status, seconds)
            self._lines.write(
                asked.request_id,
                asked.method,
                PATH,
                status,
                seconds,
                code=code,
                role=asked.role,
                operation=asked.operation,
            )

    async def _masked(self, asked: Asked) -> Reply:
        try:
            return await self._reply(asked)
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("request failed")
            return refused(MASKED, 500, asked.request_id)

    async def _reply(self, asked: Asked) -> Reply:
        if asked.method not in ("GET", "POST"):
            return _not_allowed(asked, "ask by GET or POST", b"GET, POST")
        media_type = negotiate(text_of(asked.header(b"accept")))
        if media_type is None:
            wrong = BadRequest(f"accept {GRAPHQL} or {JSON}", 406, "NOT_ACCEPTABLE")
            return refused(wrong, 406, asked.request_id)
        try:
            caller = await self._callers.caller(asked.header(b"authorization"))
            asked.role = caller.role.value
            return await self._watch.over(asked, self._answered(asked, caller, media_type))
        except Unauthenticated as exc:
            return refused(exc, 401, asked.request_id, media_type, _CHALLENGE)
        except (BadRequest, Forbidden, OperationRefused) as exc:
            return refused(exc, _refusal_status(exc, media_type), asked.request_id, media_type)

    async def _answered(self, asked: Asked, caller: Caller, media_type: str) -> Reply:
        """Read the operation and run it.

        The reader comes first: to a caller of another brand nothing is said of any operation. A
        source that is late is a missing source of a whole answer, and no late answer.
        """
        asked_for = _deadline_seconds(asked.header(b"x-santong-deadline-ms"))
        operation = await read_operation(
            asked, self._settings.max_body_bytes, self._settings.body_timeout_seconds
        )
        trace = Trace() if operation.explain else None
        sources = min(asked_for or self._sources_seconds, self._sources_seconds)
        reason = reason_of(asked.header(b"x-santong-reason"))
        reader = self._opened.reader(caller, sources, trace, reason)
        try:
            if trace is not None:
                _check_explain(caller)
            engine = self._running.engine
            prepared = self._prepared(engine, operation, trace)
            if prepared.follows(operation.operation_name):
                raise BadRequest(_NEEDS_STREAM, 406, "SUBSCRIPTION_NEEDS_STREAM")
            if asked.method == "GET" and prepared.writes(operation.operation_name):
                return _not_allowed(asked, "a mutation goes by POST", b"POST", media_type)
            asked.operation = _name(prepared.operation(operation.operation_name))
            answer = await engine.run(
                prepared,
                self._context(engine, asked, caller, reader),
                operation.variables,
                operation.operation_name,
                notices=lambda: reader.notices,
                deadline_seconds=sources + self._putting_together,
                trace=trace,
            )
            await reader.finish()
            if prepared.writes(operation.operation_name):
                await self._opened.changed()
        finally:
            reader.abandon()
        return Reply(_status(media_type, answer.executed), encoded(answer.body), media_type)

    def _prepared(self, engine: Engine, operation: Operation, trace: Trace | None) -> Prepared:
        text = self._opened.operations.text(operation.query, operation.sha256)
        documents = engine.documents
        hits = documents.hits
        prepared = documents.prepare(text)
        if trace is not None:
            trace.document_cached = documents.hits > hits
            trace.step("document")
        return prepared

    def _context(
        self, engine: Engine, asked: Asked, caller: Caller, reader: GraphReader
    ) -> Context:
        return Context(
            extensions=engine.extensions,
            reader=reader,
            writer=self._opened.writer(caller),
            owned=self._opened.platform(
                caller, reader, origin_of(asked, self._settings.proxy_hops)
            ),
            caller=caller,
            request_id=asked.request_id,
            max_rows=self._settings.max_rows,
            language=language_of(asked),
        )


def _check_explain(caller: Caller) -> None:
    forbidden = explain_refusal(caller)
    if forbidden is not None:
        raise forbidden


def _not_allowed(asked: Asked, told: str, allow: bytes, media_type: str = JSON) -> Reply:
    wrong = BadRequest(told, 405, "METHOD_NOT_ALLOWED")
    return refused(wrong, 405, asked.request_id, media_type, ((b"allow", allow),))


def _refusal_status(error: BadRequest | Forbidden | OperationRefused, media_type: str) -> int:
    if isinstance(error, BadRequest):
        return error.status
    if isinstance(error, Forbidden):
        return 403
    return 400 if isinstance(error, OperationMismatch) else _status(media_type, executed=False)


def _status(media_type: str, executed: bool) -> int:
    """400 for what never ran, where the client speaks the specification's media type."""
    return 400 if media_type == GRAPHQL and not executed else 200


def _deadline_seconds(header: bytes | None) -> float | None:
    if header is None:
        return None
    digits = header.strip()
    if not (digits.isdigit() and len(digits) <= 6):  # noqa: PLR2004 - 16 minutes
        raise BadRequest("X-Santong-Deadline-Ms must be whole milliseconds", 400, "BAD_DEADLINE")
    return max(int(digits), _LEAST_DEADLINE_MS) / 1000


def _name(operation: OperationDefinitionNode | None) -> str | None:
    if operation is None or operation.name is None:
        return None
    return operation.name.value
