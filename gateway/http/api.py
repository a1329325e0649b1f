"""Resources at `/api/`: registered operations for applications that do not speak GraphQL.

An address may hold a phone. What is logged and counted is the address as it was declared, with its
places; never what stood there.
"""

import logging
import time
from collections.abc import Mapping

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from capabilities.caller import Caller
from capabilities.errors import SantongError
from gateway.auth.known import KnownCallers
from gateway.http.api_answer import Answering, Asking
from gateway.http.api_reply import (
    KEPT,
    ApiReply,
    problem_reply,
    send_head,
    send_whole,
)
from gateway.http.api_tools import PATH as TOOLS
from gateway.http.api_tools import ToolsDoor
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest, NotAllowed
from gateway.http.cross_origin import CrossOrigin, is_preflight
from gateway.http.entity_tags import EntityTags
from gateway.http.masked_errors import MASKED
from gateway.http.request_line import RequestLines
from gateway.http.watch import Watch
from gateway.log import REQUEST_ID
from gateway.observe import Metrics
from gateway.rest.described import Described
from gateway.rest.export import ExportCut
from gateway.rest.problem import problem_of
from gateway.rest.published import Published
from gateway.rest.resource import PREFIX, Resource
from gateway.settings import Settings

_DESCRIPTION = b"/openapi.json"
_OURS = (_DESCRIPTION, TOOLS)
_NOWHERE = "–"
_log = logging.getLogger(__name__)


class _Found(Struct, frozen=True):
    """Whose address a request has; `route` and `name` are what is told of it."""

    path: bytes
    methods: Mapping[str, Resource]
    values: tuple[str, ...]
    resource: Resource | None

    @property
    def route(self) -> str | None:
        """The address as it was declared."""
        if self.resource is not None:
            return self.resource.route
        return f"{PREFIX}{self.path.decode()}" if self.path in _OURS else None

    @property
    def name(self) -> str:
        """The resource's name."""
        if self.resource is not None:
            return self.resource.name
        return self.path.decode() if self.path in _OURS else _NOWHERE


class ApiFirst:
    """Answers what is below `/api/`, and hands everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        callers: KnownCallers,
        published: Published,
        described: Described,
        answering: Answering,
        metrics: Metrics,
        lines: RequestLines,
    ) -> None:
        self._app = app
        self._callers = callers
        self._published = published
        self._described = described
        self._answering = answering
        self._tags = EntityTags(settings)
        self._tools = ToolsDoor(settings, answering)
        self._metrics = metrics
        self._lines = lines
        self._cross_origin = CrossOrigin(settings)
        self._watch = Watch()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request; a browser's preflight is answered like every other address's."""
        ours = scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/")
        if not ours or is_preflight(scope):
            await self._app(scope, receive, send)
            return
        began, asked = time.perf_counter(), Asked(scope, receive)
        found = self._found(scope, asked.method)
        under_id = REQUEST_ID.set(asked.request_id)
        status, code = 500, None
        try:
            reply = await self._masked(asked, found)
            status, code = reply.status, reply.code
            code = await self._send(send, asked, reply) or code
        finally:
            REQUEST_ID.reset(under_id)
            seconds = time.perf_counter() - began
            self._metrics.published(found.name, status, seconds)
            self._lines.write(
                asked.request_id,
                asked.method,
                found.route,
                status,
                seconds,
                code=code,
                role=asked.role,
                operation=asked.operation,
            )

    def _found(self, scope: Scope, method: str) -> _Found:
        path = (scope.get("raw_path") or scope["path"].encode())[len(PREFIX) :]
        methods, values = self._published.now.table.find(path)
        resource = methods.get("GET" if method == "HEAD" else method)
        return _Found(path, methods, values, resource)

    async def _send(self, send: Send, asked: Asked, reply: ApiReply) -> str | None:
        """Send the answer; the code of what cut it short, if anything did."""
        cross_origin = self._cross_origin.headers(asked.header(b"origin"))
        if reply.chunks is None:
            await send_whole(send, asked, reply, cross_origin)
            return None
        await send_head(send, asked, reply, cross_origin)
        try:
            await self._watch.over(asked, _streamed(send, asked, reply))
        except SantongError as exc:
            # Without its last chunk: the client sees that the file is not whole.
            _log.warning("file cut", extra={"code": exc.code})
            return exc.code
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("file cut")
            return ExportCut.code
        return None

    async def _masked(self, asked: Asked, found: _Found) -> ApiReply:
        try:
            caller = await self._callers.caller(asked.header(b"authorization"))
            asked.role = caller.role.value
            return await self._watch.over(asked, self._answered(asked, found, caller))
        except NotAllowed as exc:
            return problem_reply(asked, problem_of(exc), ((b"allow", exc.allow),))
        except SantongError as exc:
            return problem_reply(asked, problem_of(exc))
        except Exception:  # noqa: BLE001 - the last resort, whatever it was
            _log.exception("request failed")
            return problem_reply(asked, problem_of(MASKED))

    async def _answered(self, asked: Asked, found: _Found, caller: Caller) -> ApiReply:
        if found.path == _DESCRIPTION and asked.method in ("GET", "HEAD"):
            body = self._described.document(self._published.now)
            return self._tags.conditional(asked, ApiReply(status=200, body=body, caching=KEPT))
        if found.path == TOOLS and self._tools.open:
            return await self._tools.answer(asked, caller, self._published.now.resources)
        if not found.methods:
            raise BadRequest("nothing is published at this address", 404, "NOT_FOUND")
        if found.resource is None:
            allow = sorted({*found.methods, *(("HEAD",) if "GET" in found.methods else ())})
            raise NotAllowed("this address takes other methods", ", ".join(allow).encode())
        return await self._answering.answer(Asking(asked, caller, found.resource, found.values))


async def _streamed(send: Send, asked: Asked, reply: ApiReply) -> None:
    if reply.chunks is not None and asked.method != "HEAD":
        async for chunk in reply.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
