"""A primary and its streaming standby, as owned processes; the one address names both."""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

from gateway.embedded import EmbeddedPostgres
from gateway.embedded.binaries import postgres_binary

_WAIT_SECONDS = 60.0
_STATE = "SELECT sync_state FROM pg_stat_replication"
_RECEIVER = "SELECT pid FROM pg_stat_wal_receiver WHERE status = 'streaming'"


class Pair:
    """The standby of a running primary, below a home of its own."""

    def __init__(self, primary: EmbeddedPostgres, home: Path) -> None:
        self._primary = primary
        home.mkdir(mode=0o700)
        _copied(primary, home / "pg")
        self.standby = EmbeddedPostgres.start(home)
        self._stopped = 0
        self._await(lambda: bool(_ask(self.standby, _RECEIVER)))

    def url(self, database: str) -> str:
        """Both, and whichever takes writes."""
        hosts = f"{self._primary.socket_directory},{self.standby.socket_directory}"
        port = f"{self._primary.port},{self.standby.port}"
        place = {"host": hosts, "port": port, "target_session_attrs": "read-write"}
        return f"postgresql://santong@/{database}?{urlencode(place, quote_via=quote)}"

    def wait_for_standby(self, *, waits: bool) -> None:
        """Whether a commit is answered only once the standby has it on disk."""
        names = "*" if waits else ""
        with psycopg.connect(self._primary.dsn("postgres"), autocommit=True) as one:
            one.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            one.execute("SELECT pg_reload_conf()")
        wanted = [("sync" if waits else "async",)]
        self._await(lambda: _ask(self._primary, _STATE) == wanted)

    def hold_back(self) -> None:
        """The standby hears nothing any more, as behind a line that has gone silent."""
        self._stopped = int(_ask(self.standby, _RECEIVER)[0][0])
        os.kill(self._stopped, signal.SIGSTOP)

    def fail_over(self) -> None:
        """The primary dies with every session of it, and never comes back; the standby leads."""
        postmaster = self._primary.process.pid
        sessions = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, sessions)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._primary.stop()
        if self._stopped:
            os.kill(self._stopped, signal.SIGKILL)
        self._await(self._leads)

    def _leads(self) -> bool:
        with suppress(psycopg.OperationalError):
            if not _ask(self.standby, "SELECT pg_is_in_recovery()")[0][0]:
                return True
            _ask(self.standby, "SELECT pg_promote(wait => false)")
        return False

    def _await(self, ready: Callable[[], bool]) -> None:
        self.standby.process.wait_ready(ready, within=_WAIT_SECONDS)


def _ask(server: EmbeddedPostgres, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as one:
        return one.execute(statement.encode()).fetchall()


def _copied(primary: EmbeddedPostgres, place: Path) -> None:
    command = [str(postgres_binary("pg_basebackup")), "--pgdata", str(place), "--checkpoint=fast"]
    command += ["--write-recovery-conf", "--wal-method=stream", "--username=santong"]
    command += [f"--host={primary.socket_directory}", f"--port={primary.port}"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        raise RuntimeError(told.stderr)
