"""`/compat/CHANNEL/wp-json/wc/v3/…`: the address that a shop's old clients are pointed at."""

import time

from starlette.requests import Request
from starlette.responses import Response

from capabilities.attempts import Origin, forwarded
from capabilities.errors import SantongError
from gateway.compat.figures import CompatFigures
from gateway.compat.shop import CompatShop
from gateway.compat.wire import CompatAsked, refusal
from gateway.http.bad_request import BadRequest
from gateway.http.request_body import check_json_type
from gateway.http.whole_body import whole_body
from gateway.settings import Settings

ROOT = "/compat/{channel}/wp-json/wc/v3"
_HEADERS = {
    "cache-control": "private, no-store",
    "content-type": "application/json; charset=UTF-8",
}


class CompatDoor:
    """Answers with what the shop's clients know: JSON, totals and links in headers."""

    def __init__(self, settings: Settings, shop: CompatShop, figures: CompatFigures) -> None:
        self._settings = settings
        self._shop = shop
        self._figures = figures

    async def answer(self, request: Request) -> Response:
        """One request."""
        began = time.perf_counter()
        resource = request.path_params.get("resource", "")
        try:
            answer = await self._shop.answer(await self._asked(request), self._origin(request))
        except SantongError as exc:
            answer = refusal(exc)
        seconds = time.perf_counter() - began
        self._figures.compat_answered(resource, answer.side, answer.status, seconds)
        return Response(answer.body, answer.status, {**_HEADERS, **answer.headers})

    async def _asked(self, request: Request) -> CompatAsked:
        body = b""
        if request.method not in ("GET", "HEAD"):
            settings = self._settings
            body = await whole_body(request, settings.max_body_bytes, settings.body_timeout_seconds)
            if body:
                check_json_type(request.headers.get("content-type", ""))
        try:
            # A client library writes its parameters twice; the shop's own PHP sees each once.
            query = list(dict.fromkeys(request.query_params.multi_items()))
            url = str(request.url.replace(query=""))
        except ValueError as exc:
            raise BadRequest("the address is none, or its parameters are no UTF-8") from exc
        return CompatAsked(
            channel=request.path_params["channel"],
            method=request.method,
            resource=request.path_params.get("resource", ""),
            number=request.path_params.get("number"),
            url=url,
            query=query,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )

    def _origin(self, request: Request) -> Origin:
        peer = None if request.client is None else request.client.host
        hops = self._settings.proxy_hops
        told = ",".join(request.headers.getlist("x-forwarded-for"))
        return Origin(address=forwarded(peer, told, hops))
