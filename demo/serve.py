"""Run one simulated HTTP system in this process, on loopback unless told otherwise."""

import argparse
import asyncio
import contextlib
import re
import socket
import sys
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from demo.box import CONTROL, Box
from demo.sample import DEFAULT_SEED

_HEAD: Final = re.compile(rb"[A-Z]+ (\S+) HTTP/")


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
        box,
        http=_refusing(box),
        log_level="critical",
        lifespan="off",
        access_log=False,
        timeout_keep_alive=75,
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
        spared = False

        def data_received(self, data: bytes) -> None:
            """Abort before any HTTP is spoken; a body belongs to the head before it."""
            if head := _HEAD.match(data):
                self.spared = head[1].startswith(CONTROL.encode())
            if box.faults.mode == "refuse" and not self.spared:
                self.transport.abort()
            else:
                super().data_received(data)

    return Refusing
