"""Valkey as an owned child process, over a socket in a 0700 directory."""

import contextlib
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from gateway.embedded.binaries import valkey_binary
from gateway.embedded.home import SocketDirectory, lock, prepare_home, private_directory
from gateway.embedded.process import OwnedProcess

_START_SECONDS = 20.0
_ANSWER_SECONDS = 1.0
_SOCKET = "valkey.sock"


class EmbeddedValkey:
    """A running server; its directory is `home/valkey`, its log `home/log/valkey.log`.

    It writes nothing to disk: what Redis holds may be lost at any moment, and here it is at every
    start.
    """

    def __init__(
        self, process: OwnedProcess, sockets: SocketDirectory, held: int, port: int
    ) -> None:
        self.process = process
        self.port = port
        self._sockets = sockets
        self._held = held

    @classmethod
    def start(cls, home: Path, *, port: int = 0) -> Self:
        """Starts it and returns when it answers; `port` opens a loopback port beside the socket."""
        home = prepare_home(home)
        held = lock(home, "valkey")
        sockets = SocketDirectory(home, "valkey")
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, held)
            undo.callback(sockets.close)
            process = _launch(home, sockets.path, held, port)
            undo.callback(process.stop)
            server = cls(process, sockets, held, port)
            process.wait_ready(server._answers, within=_START_SECONDS)
            undo.pop_all()
        return server

    @property
    def socket_path(self) -> Path:
        """Its socket, in a 0700 directory."""
        return self._sockets.path / _SOCKET

    @property
    def url(self) -> str:
        """A URL for redis-py."""
        return f"unix://{quote(str(self.socket_path))}"

    def stop(self) -> None:
        """Ends it; what it held is gone."""
        self.process.stop()
        self._sockets.close()
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_ANSWER_SECONDS)
            line.connect(str(self.socket_path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False


def _launch(home: Path, sockets: Path, held: int, port: int) -> OwnedProcess:
    place = private_directory(home, "valkey")
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "unixsocket": str(sockets / _SOCKET),
        "unixsocketperm": "700",
        "dir": str(place),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
    }
    return OwnedProcess(
        "Valkey",
        [
            str(valkey_binary()),
            *(word for name, value in options.items() for word in (f"--{name}", value)),
        ],
        log=private_directory(home, "log") / "valkey.log",
        directory=home,
        pass_fds=(held,),
    )
