"""The explorer and the pages of the staff: built files in memory, under a strict policy."""

import asyncio
import gzip
import mimetypes
from pathlib import Path

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from capabilities.errors import Forbidden, SantongError
from gateway.auth.demo import demo_tokens
from gateway.http.answer import json_response, refusal
from gateway.http.own_hosts import OwnHosts
from gateway.settings import Settings

DIST = Path(__file__).parent.parent / "explorer" / "dist"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_IMMUTABLE = "public, max-age=31536000, immutable"
_ELSEWHERE = "tokens are offered at addresses, at localhost, and at hosts of SANTONG_OWN_HOSTS"
_PAGE = "index.html"
_SALES = "sales.html"
_ADOPTION = "adoption.html"


class _File(Struct, frozen=True):
    body: bytes
    zipped: bytes
    media_type: str


class Explorer:
    """Serves the page and its assets; an unbuilt page says how to build it."""

    def __init__(self, settings: Settings, dist: Path = DIST) -> None:
        self._settings = settings
        self._own = OwnHosts(settings.own_hosts)
        self._dist = dist
        self._paths = {
            str(path.relative_to(dist)): path for path in dist.rglob("*") if path.is_file()
        }
        self._files: dict[str, _File] = {}

    async def page(self, request: Request) -> Response:
        """The explorer itself."""
        return await self._page(request, _PAGE)

    async def sales(self, request: Request) -> Response:
        """The page from which flash sales are run."""
        return await self._page(request, _SALES)

    async def adoption(self, request: Request) -> Response:
        """The page from which old applications are moved, capability by capability."""
        return await self._page(request, _ADOPTION)

    async def asset(self, request: Request) -> Response:
        """One of its files; their names change with their content."""
        name = f"assets/{request.path_params['name']}"
        if name not in self._paths:
            missing = SantongError("there is no such file", code="NOT_FOUND")
            return refusal(missing, 404, request.scope["request_id"])
        return await self._send(request, name, _IMMUTABLE)

    async def tokens(self, request: Request) -> Response:
        """Ready-made tokens, in the demo only."""
        if not self._settings.demo:
            missing = SantongError("tokens are offered by the demo only", code="NOT_FOUND")
            return refusal(missing, 404, request.scope["request_id"])
        if not self._own.has(request.headers.get("host", "").encode("latin-1")):
            return refusal(Forbidden(_ELSEWHERE), 403, request.scope["request_id"])
        tokens = demo_tokens(self._settings)
        return json_response(
            {"tokens": [{"label": label, "token": token} for label, token in tokens.items()]}
        )

    async def _page(self, request: Request, name: str) -> Response:
        if name not in self._paths:
            missing = SantongError("run `make demo` to build the explorer", code="EXPLORER_MISSING")
            return refusal(missing, 503, request.scope["request_id"])
        return await self._send(request, name, "no-cache")

    async def _send(self, request: Request, name: str, caching: str) -> Response:
        file = self._files.get(name)
        if file is None:
            # Megabytes to compress: not on the loop that answers everyone.
            file = self._files[name] = await asyncio.to_thread(_read, self._paths[name])
        zipped = "gzip" in request.headers.get("accept-encoding", "")
        headers = {
            "content-type": file.media_type,
            "cache-control": caching,
            "vary": "accept-encoding",
            "content-security-policy": _POLICY,
        }
        if zipped:
            headers["content-encoding"] = "gzip"
        return Response(file.zipped if zipped else file.body, headers=headers)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith(("javascript", "json")):
        kind = f"{kind}; charset=utf-8"
    return _File(body, gzip.compress(body, 6), kind)
