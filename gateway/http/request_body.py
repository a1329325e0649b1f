"""The guard before GraphQL: size, time, type and strict JSON of a request."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.types import Receive

from gateway.http.asked import Asked
from gateway.http.bad_request import BadRequest
from gateway.http.document_id import asked_hash
from gateway.http.strict_json import strict_json

_JSON = "application/json"
_LONGEST_NAME = 200


class Operation(Struct, frozen=True, kw_only=True):
    """What a client asks: a document by text, sha256 or both, and what to do with it."""

    query: str | None
    sha256: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    explain: bool = False


async def read_operation(asked: Asked, max_bytes: int, seconds: float) -> Operation:
    """The operation of a POST body or of GET parameters; BadRequest when there is none.

    Who watches the request ends the wait for a body that does not come within `seconds`.
    """
    if asked.method == "GET":
        return _from_parameters(asked.query_string)
    return operation_of(await read_json(asked, max_bytes, seconds))


async def read_json(asked: Asked, max_bytes: int, seconds: float) -> Any:
    """The value of a JSON body; BadRequest where it is none, or comes as something else."""
    if asked.header(b"content-type") != b"application/json":
        check_json_type((asked.header(b"content-type") or b"").decode("latin-1"))
    if (asked.header(b"content-encoding") or b"identity").lower() != b"identity":
        raise BadRequest("send the body uncompressed", 415, "UNSUPPORTED_ENCODING")
    return strict_json(await _body(asked, max_bytes, seconds))


def check_json_type(content_type: str) -> None:
    """BadRequest for what is no JSON: a form of a foreign page must change nothing here."""
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() != _JSON:
        raise BadRequest(f"send {_JSON}", 415, "UNSUPPORTED_MEDIA_TYPE")
    given = dict(parse_qsl(parameters.replace(" ", "").lower(), separator=";"))
    charset = given.get("charset", "utf-8").strip('"')
    if charset not in ("utf-8", "utf8"):
        raise BadRequest("the charset must be utf-8", 415, "UNSUPPORTED_CHARSET")


async def _body(asked: Asked, max_bytes: int, seconds: float) -> bytes:
    announced = asked.header(b"content-length") or b"0"
    if announced.isdigit() and int(announced[:18]) > max_bytes:
        raise _too_large(max_bytes)
    asked.body_due = time.monotonic() + seconds
    body = await _whole(asked.receive, max_bytes)
    asked.body_due = None
    return body


async def _whole(receive: Receive, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the client went away", 400, "CLIENT_GONE")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(max_bytes: int) -> BadRequest:
    return BadRequest(f"the body may have {max_bytes} bytes", 413, "BODY_TOO_LARGE")


def _from_parameters(query_string: bytes) -> Operation:
    try:
        pairs = parse_qsl(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as exc:
        raise BadRequest("the parameters are no UTF-8") from exc
    given: dict[str, Any] = dict(pairs)
    if len(given) != len(pairs):
        raise BadRequest("a parameter stands twice")
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = strict_json(given[name].encode())
    return operation_of(given)


def operation_of(value: Any) -> Operation:
    """The operation that a JSON value asks; BadRequest where it asks none."""
    if isinstance(value, list):
        raise BadRequest("one operation a request; batches are not taken", 400, "BATCH_UNSUPPORTED")
    if not isinstance(value, Mapping):
        raise BadRequest("the body must be a JSON object")
    query, variables = value.get("query"), value.get("variables")
    name, extensions = value.get("operationName"), value.get("extensions")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be an object")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequest("`extensions` must be an object")
    if name is not None and (not isinstance(name, str) or len(name) > _LONGEST_NAME):
        raise BadRequest("`operationName` must be a short text")
    sha256 = asked_hash(value.get("documentId"), extensions or {})
    if (query is not None or sha256 is None) and not (isinstance(query, str) and query.strip()):
        raise BadRequest("`query` must hold the text of a document")
    return Operation(
        query=query,
        sha256=sha256,
        variables=variables,
        operation_name=name or None,
        explain=extensions is not None and _explains(extensions),
    )


def _explains(extensions: Mapping[str, Any]) -> bool:
    explain = extensions.get("explain")
    if explain is not None and not isinstance(explain, bool):
        raise BadRequest("`extensions.explain` must be true or false")
    return explain is True
