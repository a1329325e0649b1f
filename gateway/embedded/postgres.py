"""PostgreSQL 18 as an owned child process, over a socket in a 0700 directory."""

import contextlib
import os
import shutil
import signal
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from gateway.embedded.binaries import postgres_binary
from gateway.embedded.home import SocketDirectory, lock, prepare_home, private_directory
from gateway.embedded.identity import hand_over, identity_for, owner_under
from gateway.embedded.process import OwnedProcess

_USER = "santong"
_PORT = 5432
_START_SECONDS = 60.0
# what a managed PostgreSQL has too: no ICU; the socket's directory decides who may connect
_CLUSTER = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(_PORT),
    "shared_buffers": "128MB",
    "max_connections": "300",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres:
    """A running server; data under `home/pg`, log in `home/log/postgres.log`."""

    def __init__(self, process: OwnedProcess, sockets: SocketDirectory, held: int) -> None:
        self.process = process
        self._sockets = sockets
        self._held = held

    @classmethod
    def start(cls, home: Path) -> Self:
        """Starts it, after `initdb` the first time, and returns when it answers."""
        home = prepare_home(home)
        held = lock(home, "postgres")
        sockets = SocketDirectory(home, "postgres")
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, held)
            undo.callback(sockets.close)
            process = _launch(home, sockets.path, held)
            undo.callback(process.stop)
            server = cls(process, sockets, held)
            process.wait_ready(server._answers, within=_START_SECONDS)
            undo.pop_all()
        return server

    @property
    def socket_directory(self) -> Path:
        """Where its socket is: 0700."""
        return self._sockets.path

    @property
    def port(self) -> int:
        """Only a part of the socket's name; no port is opened."""
        return _PORT

    def dsn(self, database: str, *, user: str = _USER, scheme: str = "postgresql") -> str:
        """A URL for psycopg; with scheme `postgresql+psycopg` for SQLAlchemy."""
        place = {"host": str(self.socket_directory), "port": self.port}
        query = urlencode(place, quote_via=quote)  # libpq reads no + as a space
        return f"{scheme}://{user}@/{database}?{query}"

    def create_database(self, name: str) -> str:
        """Makes the database where it is missing and answers its `dsn`."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                connection.execute(statement)
        return self.dsn(name)

    def stop(self) -> None:
        """Ends it in order: what was committed is on disk, connections are closed."""
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
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _launch(home: Path, sockets: Path, held: int) -> OwnedProcess:
    program = postgres_binary("postgres")
    identity = identity_for(program, home)
    log = private_directory(home, "log") / "postgres.log"
    place = home / "pg"
    if not place.exists():
        _initdb(place, identity, log.with_name("initdb.log"))
    hand_over(place, owner_under(identity))
    for stale in (place / "postmaster.pid", sockets / f".s.PGSQL.{_PORT}.lock"):
        _forget_recycled_pid(stale)
    # a list of quoted names; unquoted, a comma in the path would split it
    quoted = '"' + str(sockets).replace('"', '""') + '"'
    settings = {**_SETTINGS, "unix_socket_directories": quoted}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return OwnedProcess(
        "PostgreSQL",
        [str(program), "-D", str(place), *options],
        log=log,
        directory=home,
        identity=identity,
        # fast shutdown, then immediate: both leave nothing to repair by hand
        ending=(signal.SIGINT, signal.SIGQUIT),
        death=signal.SIGQUIT,
        pass_fds=(held,),
    )


def _initdb(place: Path, identity: str, log: Path) -> None:
    """Makes the cluster beside its place and moves it there when whole, so half a one is redone."""
    draft = place.with_name("pg.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    hand_over(draft, owner_under(identity))
    command = [str(postgres_binary("initdb")), "-D", str(draft), "-U", _USER, *_CLUSTER]
    initdb = OwnedProcess("initdb", command, log=log, directory=place.parent, identity=identity)
    with initdb:
        initdb.wait_ready(lambda: initdb.exit_code == 0, within=_START_SECONDS)
    draft.rename(place)


def _forget_recycled_pid(path: Path) -> None:
    """Removes a stale lock file whose number now belongs to another process, or that holds none.

    PostgreSQL takes any live process of that number for a postmaster, and refuses an empty file,
    as a full disk leaves it. We hold the home's lock, so there is no postmaster. Where the number
    is free PostgreSQL clears up itself, and better.
    """
    try:
        os.kill(int(path.read_text(encoding="utf-8").splitlines()[0]), 0)
    except (FileNotFoundError, ProcessLookupError):
        return
    except (PermissionError, ValueError, IndexError, OverflowError):
        pass  # another user's process, or no number
    path.unlink()
