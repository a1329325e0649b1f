"""The graph's own address, before everything that other addresses need."""

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.graphql import PATH, GraphQLEndpoint

_PREFLIGHT = b"access-control-request-method"


class GraphQLFirst:
    """Hands requests to the endpoint; a browser's preflight goes on to who answers them all."""

    def __init__(self, app: ASGIApp, endpoint: GraphQLEndpoint) -> None:
        self._app = app
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by path, and by what a preflight is known by."""
        if scope["type"] == "http" and scope["path"] == PATH and not _is_preflight(scope):
            await self._endpoint(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_preflight(scope: Scope) -> bool:
    if scope["method"] != "OPTIONS":
        return False
    names = {name for name, _ in scope["headers"]}
    return b"origin" in names and _PREFLIGHT in names
