"""An answer of the graph as bytes, with headers that were put together before."""

from decimal import Decimal
from typing import Any

import orjson
from msgspec import Struct
from starlette.types import Send

from capabilities.errors import SantongError
from gateway.http.cross_origin import Pairs
from gateway.http.media import GRAPHQL, JSON
from gateway.http.security_headers import SECURITY_HEADERS


class Reply(Struct, frozen=True):
    """Status, body and what the body is; `extra` are headers of this answer only.

    `code` is that of a request which was refused as a whole.
    """

    status: int
    body: bytes
    media_type: str = JSON
    extra: Pairs = ()
    code: str | None = None


STREAM = "text/event-stream"
PLAIN = "text/plain"
_PREPARED: dict[str, Pairs] = {
    media_type: (
        (b"cache-control", b"private, no-store"),
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        *SECURITY_HEADERS,
    )
    for media_type in (JSON, GRAPHQL, STREAM, PLAIN)
}


async def send_reply(send: Send, reply: Reply, request_id: str, cross_origin: Pairs) -> None:
    """Send an answer, in two messages."""
    headers = headers_of(reply.media_type, request_id, cross_origin)
    headers += (*reply.extra, (b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def headers_of(media_type: str, request_id: str, cross_origin: Pairs) -> list[tuple[bytes, bytes]]:
    """The headers of every answer of this type."""
    return [*_PREPARED[media_type], *cross_origin, (b"x-request-id", request_id.encode())]


def encoded(body: Any) -> bytes:
    """A body as JSON; a decimal as text, so that it keeps its digits."""
    return orjson.dumps(body, default=_plain)


def refused(
    error: SantongError, status: int, request_id: str, media_type: str = JSON, extra: Pairs = ()
) -> Reply:
    """A refusal in the shape of a GraphQL answer without data."""
    body = encoded(refusal_body(error, request_id))
    return Reply(status, body, media_type, extra, error.code)


def refusal_body(error: SantongError, request_id: str) -> dict[str, Any]:
    """What a refusal says."""
    extensions = {"code": error.code, "retryable": error.retryable, "requestId": request_id}
    return {"errors": [{"message": error.message, "extensions": extensions}]}


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
