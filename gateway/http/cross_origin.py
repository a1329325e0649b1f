"""What a browser of another origin may read: the headers of an answer, prepared per origin."""

from collections.abc import Mapping
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import Scope

from gateway.http.own_hosts import OwnHosts
from gateway.settings import Settings

Pairs = tuple[tuple[bytes, bytes], ...]

_ASKABLE_HEADERS = (
    "authorization",
    "content-type",
    "apollographql-client-name",
    "apollographql-client-version",
    "x-santong-client",
    "x-santong-cohort",
    "x-santong-deadline-ms",
    "x-santong-device",
    "x-santong-reason",
    "x-request-id",
    "last-event-id",
    "idempotency-key",
    "if-match",
    "if-none-match",
)
_SHOWN_HEADERS = ("x-request-id", "etag", "link", "santong-sources", "santong-errors")
_PREFLIGHT = b"access-control-request-method"
_VARY = (b"vary", b"Origin")


def cross_origin_rules(settings: Settings) -> Mapping[str, Any]:
    """Who may call from another origin, as arguments of Starlette's middleware."""
    return {
        "allow_origins": settings.cors_origins,
        "allow_methods": ("GET", "POST", "PUT", "PATCH"),
        "allow_headers": _ASKABLE_HEADERS,
        "expose_headers": _SHOWN_HEADERS,
    }


class CrossOrigin:
    """The headers that Starlette's `CORSMiddleware` puts on an answer, without its work.

    A preflight is not answered here: it goes through the middleware itself.
    """

    def __init__(self, settings: Settings) -> None:
        rules = CORSMiddleware(_nowhere, **cross_origin_rules(settings))
        simple = tuple(
            (name.lower().encode(), value.encode()) for name, value in rules.simple_headers.items()
        )
        self._stranger: Pairs = (*simple, _VARY)
        self._own = OwnHosts(settings.own_hosts)
        self._allowed: dict[bytes, Pairs] = {}
        if not rules.allow_all_origins:
            for origin in settings.cors_origins:
                named = (b"access-control-allow-origin", origin.encode())
                self._allowed[origin.encode()] = (*simple, named, _VARY)

    def is_welcome(self, origin: bytes | None, host: bytes | None) -> bool:
        """Whether a page of this origin may open a socket or use tools; who is no page says none.

        A page of the gateway's own origin is one only under a host that is the gateway's.
        """
        if origin is None or origin in self._allowed:
            return True
        return origin.partition(b"://")[2] == host and self._own.has(host)

    def headers(self, origin: bytes | None) -> Pairs:
        """The headers of an answer to this `Origin`."""
        if origin is None:
            return (_VARY,)
        return self._allowed.get(origin, self._stranger)


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks what a page of another origin may do."""
    if scope["method"] != "OPTIONS":
        return False
    names = {name for name, _ in scope["headers"]}
    return b"origin" in names and _PREFLIGHT in names


async def _nowhere(*_: object) -> None:
    """The application behind the middleware, which is never asked."""
