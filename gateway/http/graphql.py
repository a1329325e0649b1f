"""The GraphQL endpoint: GraphQL over HTTP, to the letter, on bare ASGI."""

import logging
import time

from starlette.types import Receive, Scope, Send

from capabilities.caller import Caller
from capabilities.errors import Forbidden, Unauthenticated
from gateway.auth.known import KnownCallers
from gateway.execution.persisted import OperationMismatch, OperationRefused
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest, NotAllowed
from gateway.http.cross_origin import CrossOrigin
from gateway.http.executing import Executing
from gateway.http.introduced import text_of
from gateway.http.masked_errors import MASKED
from gateway.http.media import GRAPHQL, JSON, negotiate
from gateway.http.reply import Reply, encoded, refused, send_reply
from gateway.http.request_body import read_operation
from gateway.http.request_line import RequestLines
from gateway.http.watch import Watch
from gateway.log import REQUEST_ID
from gateway.observe import Metrics
from gateway.settings import Settings

PATH = "/graphql"
_log = logging.getLogger(__name__)
_CHALLENGE = ((b"www-authenticate", b'Bearer realm="santong"'),)


class GraphQLEndpoint:
    """Answers everything at `/graphql` but a preflight.

    One pass does what the pipeline does for other addresses: request id, security headers, other
    origins, masking, the line in the log; and counts the answer.
    """

    def __init__(
        self,
        settings: Settings,
        callers: KnownCallers,
        executing: Executing,
        metrics: Metrics,
        lines: RequestLines,
    ) -> None:
        self._settings = settings
        self._callers = callers
        self._cross_origin = CrossOrigin(settings)
        self._watch = Watch()
        self._metrics = metrics
        self._lines = lines
        self._executing = executing

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
            return _refused(asked, NotAllowed("ask by GET or POST", b"GET, POST"), JSON)
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
            return _refused(asked, exc, media_type)

    async def _answered(self, asked: Asked, caller: Caller, media_type: str) -> Reply:
        """Read the operation and run it."""
        self._executing.seconds(asked)  # a header that says none is told before a body is read
        operation = await read_operation(
            asked, self._settings.max_body_bytes, self._settings.body_timeout_seconds
        )
        answer = (await self._executing.run(asked, caller, operation)).answer
        return Reply(_status(media_type, answer.executed), encoded(answer.body), media_type)


def _refused(
    asked: Asked, error: BadRequest | Forbidden | OperationRefused, media_type: str
) -> Reply:
    extra = ((b"allow", error.allow),) if isinstance(error, NotAllowed) else ()
    status = _refusal_status(error, media_type)
    return refused(error, status, asked.request_id, media_type, extra)


def _refusal_status(error: BadRequest | Forbidden | OperationRefused, media_type: str) -> int:
    if isinstance(error, BadRequest):
        return error.status
    if isinstance(error, Forbidden):
        return 403
    return 400 if isinstance(error, OperationMismatch) else _status(media_type, executed=False)


def _status(media_type: str, executed: bool) -> int:
    """400 for what never ran, where the client speaks the specification's media type."""
    return 400 if media_type == GRAPHQL and not executed else 200
