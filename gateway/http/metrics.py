"""Metrics for Prometheus; its scraper sends a token as every caller does."""

from starlette.requests import Request
from starlette.responses import Response

from capabilities.caller import Role
from capabilities.errors import Forbidden, Unauthenticated
from gateway.auth.known import KnownCallers
from gateway.door import Door
from gateway.http.answer import refusal
from gateway.observe import Metrics
from store.operating.standing import Standing

_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class MetricsPage:
    """Answers operators."""

    def __init__(self, callers: KnownCallers, metrics: Metrics, door: Door) -> None:
        self._callers = callers
        self._door = door
        self._metrics = metrics

    async def answer(self, request: Request) -> Response:
        """All figures of this process, and of the back door as the store has them."""
        request_id = request.scope["request_id"]
        try:
            header = request.headers.get("authorization")
            caller = await self._callers.caller(header.encode("latin-1") if header else None)
        except Unauthenticated as exc:
            return refusal(exc, 401, request_id, headers={"www-authenticate": "Bearer"})
        if caller.role not in (Role.OPERATIONS, Role.ADMIN):
            return refusal(Forbidden("metrics are for operators"), 403, request_id)
        owned = self._door.gateway.owned
        await self._metrics.back.look(Standing(owned.store, owned.brand).read)
        headers = {"content-type": _FORMAT, "cache-control": "private, no-store"}
        return Response(self._metrics.text(), headers=headers)
