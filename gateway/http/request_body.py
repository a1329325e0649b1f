"""The guard before GraphQL: size, time, type and strict JSON of a request."""

import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request

from capabilities.errors import SantongError

_JSON = "application/json"
_LONGEST_NAME = 200
_NUL = b"\\u0000"


class BadRequest(SantongError):
    """The HTTP request is no GraphQL request; `status` is a 4xx."""

    code = "BAD_REQUEST"

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.status = status


class Operation(Struct, frozen=True, kw_only=True):
    """What a client asks: a document, its variables, which operation of it."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


async def read_operation(request: Request, max_bytes: int, seconds: float) -> Operation:
    """The operation of a POST body or of GET parameters; BadRequest when there is none."""
    if request.method == "GET":
        return _from_parameters(request)
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != _JSON:
        raise BadRequest(f"send {_JSON}", 415, "UNSUPPORTED_MEDIA_TYPE")
    charset = dict(parse_qsl(parameters.replace(" ", ""))).get("charset", "utf-8").strip('"')
    if charset.lower() not in ("utf-8", "utf8"):
        raise BadRequest("the charset must be utf-8", 415, "UNSUPPORTED_CHARSET")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest("send the body uncompressed", 415, "UNSUPPORTED_ENCODING")
    return _operation(_strict_json(await _body(request, max_bytes, seconds)))


async def _body(request: Request, max_bytes: int, seconds: float) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced[:18]) > max_bytes:
        raise BadRequest(f"the body may have {max_bytes} bytes", 413, "BODY_TOO_LARGE")
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise BadRequest(f"the body may have {max_bytes} bytes", 413, "BODY_TOO_LARGE")
    except TimeoutError as exc:
        raise BadRequest("the body did not arrive in time", 408, "BODY_TIMEOUT") from exc
    except ClientDisconnect as exc:
        raise BadRequest("the client went away", 400, "CLIENT_GONE") from exc
    return bytes(body)


def _strict_json(body: bytes) -> Any:
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constants,
            parse_float=_finite,
        )
        if b"\\u" in body:
            # A lone surrogate has no UTF-8 and could not be answered.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as exc:
        raise BadRequest("the body is no strict JSON in UTF-8", 400, "BAD_JSON") from exc
    if _NUL in body:
        # No store of ours or theirs keeps one.
        raise BadRequest("a text holds NUL", 400, "BAD_JSON")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _no_constants(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _from_parameters(request: Request) -> Operation:
    pairs = request.query_params.multi_items()
    given: dict[str, Any] = dict(pairs)
    if len(given) != len(pairs):
        raise BadRequest("a parameter stands twice")
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _strict_json(given[name].encode("utf-8", "surrogatepass"))
    return _operation(given)


def _operation(value: Any) -> Operation:
    if isinstance(value, list):
        raise BadRequest("one operation a request; batches are not taken", 400, "BATCH_UNSUPPORTED")
    if not isinstance(value, Mapping):
        raise BadRequest("the body must be a JSON object")
    query, variables = value.get("query"), value.get("variables")
    name, extensions = value.get("operationName"), value.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("`query` must hold the text of a document")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be an object")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequest("`extensions` must be an object")
    if name is not None and (not isinstance(name, str) or len(name) > _LONGEST_NAME):
        raise BadRequest("`operationName` must be a short text")
    return Operation(query=query, variables=variables, operation_name=name or None)
