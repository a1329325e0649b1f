"""`/api/mcp`: published queries as tools, for assistants that speak the Model Context Protocol.

JSON-RPC over streamable HTTP, without sessions and without streams: one POST, one answer. The
handshake is that of 2025; a client of a later revision falls back to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from capabilities.caller import Caller
from capabilities.errors import BadInput
from gateway.http.api_answer import Answering, Asking
from gateway.http.api_reply import ApiReply
from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest, NotAllowed
from gateway.http.cross_origin import CrossOrigin
from gateway.http.introduced import language_of, text_of
from gateway.http.reply import encoded
from gateway.http.request_body import read_json
from gateway.rest.given import Given
from gateway.rest.problem import problem_of
from gateway.rest.resource import Resource
from gateway.rest.tools import tool, tools_of, variables_of_arguments
from gateway.settings import Settings

PATH = b"/mcp"
_VERSIONS = ("2025-11-25", "2025-06-18")
_NO_METHOD, _BAD_PARAMETERS = -32601, -32602
_ABOUT = (
    "Read-only questions about members and orders. An answer may lack sources: it says so, and is "
    "then not the whole truth."
)


class ToolsDoor:
    """Answers assistants through the resources that callers may see."""

    def __init__(self, settings: Settings, answering: Answering) -> None:
        self.open = settings.tools == "read"
        self._settings = settings
        self._answering = answering
        self._cross_origin = CrossOrigin(settings)

    async def answer(self, asked: Asked, caller: Caller, resources: Iterable[Resource]) -> ApiReply:
        """One message; whoever sends none is refused as everywhere."""
        self._check(asked)
        settings = self._settings
        message = await read_json(asked, settings.max_body_bytes, settings.body_timeout_seconds)
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            raise BadRequest("send one JSON-RPC 2.0 message")
        number = message.get("id")
        if isinstance(number, bool) or not isinstance(number, str | int | float | None):
            raise BadRequest("the id of a message is a text or a number")
        if "method" not in message or number is None:
            return ApiReply(status=202, media_type=None)  # a notification, or an answer to us
        try:
            result = await self._result(asked, caller, tools_of(resources, caller), message)
        except _NotDone as exc:
            return _said(number, error={"code": exc.code, "message": exc.message})
        return _said(number, result=result)

    async def _result(
        self,
        asked: Asked,
        caller: Caller,
        known: Mapping[str, Resource],
        message: Mapping[str, Any],
    ) -> dict[str, Any]:
        method, parameters = message["method"], message.get("params") or {}
        if not isinstance(parameters, dict):
            raise _NotDone(_BAD_PARAMETERS, "params must be an object")
        if method == "initialize":
            return _introduced(parameters)
        if method == "ping":
            return {}
        if method == "tools/list":
            return {"tools": [tool(one) for one in known.values()]}
        if method == "tools/call":
            return await self._called(asked, caller, known, parameters)
        raise _NotDone(_NO_METHOD, "there are tools here, and no more")

    def _check(self, asked: Asked) -> None:
        if asked.method != "POST":
            raise NotAllowed("messages go by POST", b"POST")
        origin, host = asked.header(b"origin"), asked.header(b"host")
        if not self._cross_origin.is_welcome(origin, host):
            raise BadRequest("pages of this origin may not ask", 403, "FORBIDDEN")
        version = text_of(asked.header(b"mcp-protocol-version"))
        if version is not None and version not in _VERSIONS:
            raise BadRequest(f"revisions spoken here: {', '.join(_VERSIONS)}")

    async def _called(
        self,
        asked: Asked,
        caller: Caller,
        known: Mapping[str, Resource],
        parameters: Mapping[str, Any],
    ) -> dict[str, Any]:
        name, arguments = parameters.get("name"), parameters.get("arguments") or {}
        resource = known.get(name) if isinstance(name, str) else None
        if resource is None or not isinstance(arguments, dict):
            raise _NotDone(_BAD_PARAMETERS, "name a tool of tools/list, and arguments as an object")
        try:
            variables = variables_of_arguments(resource, arguments)
            found = await self._answering.ask(Asking(asked, caller, resource, ()), variables)
        except BadInput as exc:
            found = Given(problem=problem_of(exc))
        return _told(asked, found)


class _NotDone(Exception):
    """An error of JSON-RPC."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _introduced(parameters: Mapping[str, Any]) -> dict[str, Any]:
    wanted = parameters.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in _VERSIONS else _VERSIONS[0],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "santong", "version": "1"},
        "instructions": _ABOUT,
    }


def _told(asked: Asked, found: Given) -> dict[str, Any]:
    """What a call came to: the body as text and as it is, and what it lacks."""
    if found.problem is not None:
        body = found.problem.body(asked.request_id, language_of(asked))
        return {"content": [_text(encoded(body).decode())], "isError": True}
    content = [_text(encoded(found.value).decode())]
    if found.partial:
        missing = ", ".join(filter(None, (found.sources, found.errors)))
        content.append(_text(f"This answer is not whole. It lacks: {missing}"))
    told: dict[str, Any] = {"content": content, "isError": False}
    if isinstance(found.value, dict):
        told["structuredContent"] = found.value
    return told


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _said(number: Any, **what: Any) -> ApiReply:
    return ApiReply(status=200, body=encoded({"jsonrpc": "2.0", "id": number, **what}))
