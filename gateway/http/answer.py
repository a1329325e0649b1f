"""JSON answers of the addresses beside the graph."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from capabilities.errors import SantongError
from gateway.http.media import JSON
from gateway.http.reply import encoded, refusal_body

_PRIVATE = {"cache-control": "private, no-store", "content-type": f"{JSON}; charset=utf-8"}


def json_response(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer that no shared cache keeps."""
    return Response(encoded(body), status_code=status, headers={**_PRIVATE, **(headers or {})})


def refusal(
    error: SantongError, status: int, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A refusal in the shape of a GraphQL answer without data."""
    return json_response(refusal_body(error, request_id), status, headers)
