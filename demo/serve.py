"""Run one simulated HTTP system in this process, on loopback unless told otherwise."""

import argparse
import asyncio
import contextlib
import socket
import sys
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from demo.box import CONTROL, Box
from demo.sample import DEFAULT_SEED


def read_options(prog: str) -> argparse.Namespace:
    """The command line that all simulated HTTP systems share."""
    parser = argparse.ArgumentParser(prog=prog)
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    return parser.parse_args()


def serve(box: Box, host: str, port: int) -> None:
    """Listen, say where on standard output, answer until a signal ends it."""
    listener = socket.create_server((host, port))
    bound = listener.getsockname()[1]
    config = uvicorn.Config(
        box, http=_refusing(box), log_level="critical", lifespan="off", access_log=False
    )
    sys.stdout.write(f"listening on http://{host}:{bound}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


def _refusing(box: Box) -> type[H11Protocol]:
    """A protocol that drops connections at the first byte while the system refuses."""

    class Refusing(H11Protocol):
        """Closes without a word in the fault `refuse`, except for the control door."""

        transport: Any

        def data_received(self, data: bytes) -> None:
            """Abort before any HTTP is spoken."""
            if box.faults.mode == "refuse" and f" {CONTROL}".encode() not in data[:64]:
                self.transport.abort()
            else:
                super().data_received(data)

    return Refusing
