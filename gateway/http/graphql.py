"""The GraphQL endpoint: GraphQL over HTTP, to the letter."""

from typing import Protocol

from graphql import OperationDefinitionNode
from starlette.requests import Request
from starlette.responses import Response

from capabilities.caller import Caller
from capabilities.errors import Unauthenticated
from gateway.auth.bearer import caller_of
from gateway.execution.documents import Prepared
from gateway.execution.engine import Answer, Engine
from gateway.federation.reader import GraphReader
from gateway.http.answer import json_response, refusal
from gateway.http.client_gone import unless_gone
from gateway.http.media import GRAPHQL, JSON, negotiate
from gateway.http.request_body import BadRequest, Operation, read_operation
from gateway.observe import Metrics
from gateway.settings import Settings
from schema.context import Context, Writer

_LANGUAGES = ("zh-CN", "en")
_LEAST_DEADLINE_MS = 10
# What an answer may take to be put together when the time of the sources is over.
_ANSWER_SECONDS = 0.5


class Opened(Protocol):
    """What the gateway opens for one request."""

    def reader(self, caller: Caller, deadline_seconds: float) -> GraphReader:
        """Its reads; Unauthenticated for the token of another brand."""

    def writer(self, caller: Caller) -> Writer:
        """Its writes."""


class GraphQLEndpoint:
    """Answers POST and GET of one path."""

    def __init__(
        self, settings: Settings, engine: Engine, opened: Opened, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._engine = engine
        self._opened = opened

    async def answer(self, request: Request) -> Response:
        """One HTTP request; everything that a client can get wrong is a 4xx with a code."""
        status = 500
        try:
            response = await self._answer(request)
            status = response.status_code
            return response
        finally:
            self._metrics.answered(status)

    async def _answer(self, request: Request) -> Response:
        request_id = request.scope["request_id"]
        if request.method == "HEAD":
            wrong = BadRequest("ask by GET or POST", 405, "METHOD_NOT_ALLOWED")
            return refusal(wrong, 405, request_id, headers={"allow": "GET, POST"})
        media_type = negotiate(request.headers.get("accept"))
        if media_type is None:
            wrong = BadRequest(f"accept {GRAPHQL} or {JSON}", 406, "NOT_ACCEPTABLE")
            return refusal(wrong, 406, request_id)
        try:
            caller = caller_of(self._settings, request.headers.get("authorization"))
            request.scope["role"] = caller.role.value
            deadline = _deadline_seconds(request.headers.get("x-santong-deadline-ms"))
            operation = await read_operation(
                request, self._settings.max_body_bytes, self._settings.body_timeout_seconds
            )
            return await self._executed(request, operation, caller, deadline, media_type)
        except Unauthenticated as exc:
            challenge = {"www-authenticate": 'Bearer realm="santong"'}
            return refusal(exc, 401, request_id, media_type, challenge)
        except BadRequest as exc:
            return refusal(exc, exc.status, request_id, media_type)

    async def _executed(
        self,
        request: Request,
        operation: Operation,
        caller: Caller,
        deadline: float | None,
        media_type: str,
    ) -> Response:
        prepared = self._engine.documents.prepare(operation.query)
        found = prepared.operation(operation.operation_name)
        if request.method == "GET" and prepared.writes(operation.operation_name):
            wrong = BadRequest("a mutation goes by POST", 405, "METHOD_NOT_ALLOWED")
            allow = {"allow": "POST"}
            return refusal(wrong, 405, request.scope["request_id"], media_type, allow)
        request.scope["operation"] = _name(found)
        running = self._run(request, prepared, operation, caller, deadline)
        answer = await unless_gone(request.receive, running)
        return json_response(answer.body, _status(answer, media_type), media_type)

    async def _run(
        self,
        request: Request,
        prepared: Prepared,
        operation: Operation,
        caller: Caller,
        asked_for: float | None,
    ) -> Answer:
        sources, whole = self._deadlines(asked_for)
        reader = self._opened.reader(caller, sources)
        context = Context(
            reader=reader,
            writer=self._opened.writer(caller),
            caller=caller,
            request_id=request.scope["request_id"],
            max_rows=self._settings.max_rows,
            language=_language(request.headers.get("accept-language")),
        )
        try:
            answer = await self._engine.run(
                prepared,
                context,
                operation.variables,
                operation.operation_name,
                notices=lambda: reader.notices,
                deadline_seconds=whole,
            )
            await reader.finish()
        finally:
            reader.abandon()
        return answer

    def _deadlines(self, asked_for: float | None) -> tuple[float, float]:
        """How long the sources may take, and how long the whole answer may.

        A source that is late then is a missing source of a whole answer, and no late answer.
        """
        most = self._settings.request_deadline_ms / 1000
        putting_together = min(_ANSWER_SECONDS, most / 2)
        sources = min(asked_for or most, most - putting_together)
        return sources, sources + putting_together


def _status(answer: Answer, media_type: str) -> int:
    """400 for what never ran, where the client speaks the specification's media type."""
    return 400 if media_type == GRAPHQL and not answer.executed else 200


def _deadline_seconds(header: str | None) -> float | None:
    if header is None:
        return None
    text = header.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):  # noqa: PLR2004 - 16 minutes
        raise BadRequest("X-Santong-Deadline-Ms must be whole milliseconds", 400, "BAD_DEADLINE")
    return max(int(text), _LEAST_DEADLINE_MS) / 1000


def _language(header: str | None) -> str:
    for part in (header or "").split(","):
        tag = part.partition(";")[0].strip().lower()
        for language in _LANGUAGES:
            if tag and language.lower().startswith(tag.split("-")[0]):
                return language
    return _LANGUAGES[0]


def _name(operation: OperationDefinitionNode | None) -> str | None:
    if operation is None or operation.name is None:
        return None
    return operation.name.value[:64]
