"""A door in front of a real HTTP server that fails on request, as our own simulators do.

`python -m tests.connectors.conformance.through --port 0 --upstream http://…`
"""

import argparse

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from demo.box import Box
from demo.faults import Tally
from demo.serve import serve

_OF_THE_WAY = {"host", "connection", "accept-encoding", "content-length", "transfer-encoding"}


class Through:
    """Hands every request on, and its answer back."""

    def __init__(self, upstream: str) -> None:
        self._client = httpx.AsyncClient(base_url=upstream, trust_env=False, timeout=30)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        headers = {k: v for k, v in request.headers.items() if k not in _OF_THE_WAY}
        told = await self._client.request(
            request.method,
            str(request.url.path),
            params=request.query_params,
            headers={**headers, "accept-encoding": "gzip"},
            content=await request.body(),
        )
        kept = {"content-type": told.headers.get("content-type", "text/plain")}
        await Response(told.content, told.status_code, kept)(scope, receive, send)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    options = parser.parse_args()
    serve(Box(Through(options.upstream), Tally()), "127.0.0.1", options.port)


if __name__ == "__main__":
    main()
