"""JSON answers: one encoder, one shape of a refusal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response

from capabilities.errors import SantongError
from gateway.http.media import JSON

_PRIVATE = {"cache-control": "private, no-store"}


def json_response(
    body: Mapping[str, Any],
    status: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON answer that no shared cache keeps."""
    return Response(
        orjson.dumps(body, default=_plain),
        status_code=status,
        headers={**_PRIVATE, "content-type": f"{media_type}; charset=utf-8", **(headers or {})},
    )


def refusal(
    error: SantongError,
    status: int,
    request_id: str,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A refusal in the shape of a GraphQL answer without data."""
    extensions = {"code": error.code, "retryable": error.retryable, "requestId": request_id}
    body = {"errors": [{"message": error.message, "extensions": extensions}]}
    return json_response(body, status, media_type, headers)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
