"""Liveness and readiness; both answer anybody and say nothing of the retailer."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.http.answer import json_response

Check = Callable[[], Awaitable[bool]]


async def live(request: Request) -> Response:
    """The process serves."""
    del request
    return json_response({"status": "live"})


def ready(checks: dict[str, Check]) -> Callable[[Request], Awaitable[Response]]:
    """The process takes requests; what is away is named, and reads go on without it."""

    async def answer(request: Request) -> Response:
        del request
        away = [name for name, check in checks.items() if not await check()]
        return json_response({"status": "ready", "degraded": away})

    return answer
