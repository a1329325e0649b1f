"""Metrics for Prometheus; its scraper sends a token as every caller does."""

from starlette.requests import Request
from starlette.responses import Response

from capabilities.caller import Role
from capabilities.errors import Forbidden, Unauthenticated
from gateway.auth.known import KnownCallers
from gateway.http.answer import refusal
from gateway.observe import Metrics

_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class MetricsPage:
    """Answers operators."""

    def __init__(self, callers: KnownCallers, metrics: Metrics) -> None:
        self._callers = callers
        self._metrics = metrics

    async def answer(self, request: Request) -> Response:
        """All figures of this process."""
        request_id = request.scope["request_id"]
        try:
            header = request.headers.get("authorization")
            caller = await self._callers.caller(header.encode("latin-1") if header else None)
        except Unauthenticated as exc:
            return refusal(exc, 401, request_id, headers={"www-authenticate": "Bearer"})
        if caller.role not in (Role.OPERATIONS, Role.ADMIN):
            return refusal(Forbidden("metrics are for operators"), 403, request_id)
        return Response(self._metrics.text(), headers={"content-type": _FORMAT})
