"""`santong serve`: the gateway, in the foreground."""

from typing import TYPE_CHECKING

import uvicorn

from gateway.cli.environment import read_settings, signing_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

NAME = "serve"
_GRACE_SECONDS = 2


def run() -> None:
    """Start the gateway on SANTONG_HOST and SANTONG_PORT."""
    settings = signing_settings(read_settings())
    uvicorn.run(
        "gateway.cli.serve:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.processes,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def application() -> "ASGIApp":
    """The application of one process; uvicorn calls it."""
    from gateway.app import create_app  # noqa: PLC0415  # only this command needs the whole gateway

    return create_app(read_settings())
