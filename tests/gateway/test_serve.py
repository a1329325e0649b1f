"""How `santong serve` runs: no slow parser on the way of a request."""

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.cli.serve import SERVER


def test_the_fast_parser_and_loop_are_used_and_nothing_is_on_the_way():
    async def application(scope, receive, send):
        """Is never called."""

    config = uvicorn.Config(application, **SERVER)
    config.load()
    assert config.http_protocol_class is HttpToolsProtocol
    assert config.ws_protocol_class is WebSocketsSansIOProtocol
    assert config.loaded_app is application
    loop = config.get_loop_factory()()
    loop.close()
    assert isinstance(loop, uvloop.Loop)
