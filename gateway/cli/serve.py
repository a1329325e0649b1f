"""`santong serve`: the gateway, in the foreground."""

import multiprocessing
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import uvicorn

from gateway.cli.environment import read_settings, signing_settings
from gateway.embedded.launch import die_with_parent

if TYPE_CHECKING:
    from starlette.types import ASGIApp

NAME = "serve"
# What no request needs costs none anything: we have a log line of our own. The parser in Python
# takes three times as long. Sockets say short things and hear short ones: what is told compresses
# badly one message at a time, and would hold a window of memory for each.
SERVER: Mapping[str, Any] = {
    "http": "httptools",
    "ws": "websockets-sansio",
    "ws_max_size": 256 * 1024,
    "ws_per_message_deflate": False,
    "lifespan": "on",
    "interface": "asgi3",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": 2,
}


def run() -> None:
    """Start the gateway on SANTONG_HOST and SANTONG_PORT."""
    settings = signing_settings(read_settings())
    uvicorn.run(
        "gateway.cli.serve:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.processes,
        **SERVER,
    )


def application() -> "ASGIApp":
    """The application of one process; uvicorn calls it."""
    from gateway.app import create_app  # noqa: PLC0415  # only this command needs the whole gateway

    end_with_supervisor()
    return create_app(read_settings())


def end_with_supervisor() -> None:
    """One of several processes ends when whoever started them is killed: nobody would end it."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return
    die_with_parent(signal.SIGTERM)
    if not supervisor.is_alive():  # it ended before we asked
        sys.exit("the process that started this one has ended")
