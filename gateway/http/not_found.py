"""Addresses and methods that are not ours: JSON like every other refusal."""

from starlette.requests import Request
from starlette.responses import Response

from capabilities.errors import SantongError
from gateway.http.answer import refusal


async def not_found(request: Request, exc: Exception) -> Response:
    """No such address."""
    del exc
    error = SantongError("there is nothing here; the graph is at /graphql", code="NOT_FOUND")
    return refusal(error, 404, request.scope["request_id"])


async def method_not_allowed(request: Request, exc: Exception) -> Response:
    """The address is ours, the method is not."""
    headers = getattr(exc, "headers", None) or {}
    error = SantongError("this address takes other methods", code="METHOD_NOT_ALLOWED")
    return refusal(error, 405, request.scope["request_id"], headers=headers)
