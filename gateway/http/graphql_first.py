"""The graph's own address, before everything that other addresses need."""

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.cross_origin import is_preflight
from gateway.http.graphql import PATH

_STREAM = b"text/event-stream"


class GraphQLFirst:
    """Hands what comes to the graph to who answers it: at once, as a stream, or over a socket.

    A browser's preflight goes on to who answers them all.
    """

    def __init__(self, app: ASGIApp, endpoint: ASGIApp, streams: ASGIApp, sockets: ASGIApp) -> None:
        self._app = app
        self._endpoint = endpoint
        self._streams = streams
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by path, and by what the client wants to hear."""
        await self._chosen(scope)(scope, receive, send)

    def _chosen(self, scope: Scope) -> ASGIApp:
        if scope["type"] == "lifespan" or scope["path"] != PATH:
            return self._app
        if scope["type"] == "websocket":
            return self._sockets
        for name, value in scope["headers"]:
            if name == b"accept" and value.lstrip().lower().startswith(_STREAM):
                return self._streams
        return self._app if is_preflight(scope) else self._endpoint
