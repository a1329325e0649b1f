"""Who holds what a connection waits for, looked at beside it while it waits."""

import threading
from typing import Self

from msgspec import Struct
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import DBAPIError

# Of a row nobody says more than whose transaction wrote it last.
_LOOK = text("""
  SELECT CASE l.locktype WHEN 'relation' THEN CAST(CAST(l.relation AS regclass) AS text)
                         ELSE 'a row' END AS wanted,
         p.pid, b.usename, b.application_name, b.state,
         EXTRACT(epoch FROM clock_timestamp() - b.xact_start) AS seconds
  FROM pg_locks l
  CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS p(pid)
  LEFT JOIN pg_stat_activity b ON b.pid = p.pid
  WHERE l.pid = :pid AND NOT l.granted
""")
_EVERY_SECONDS = 0.1


class Holder(Struct, frozen=True):
    """A connection that is in the way; never what it asks, which may name people."""

    pid: int
    user: str | None
    application: str | None
    state: str | None
    seconds: float | None

    def __str__(self) -> str:
        named = [f"user {self.user}"] if self.user else []
        named += [self.application] if self.application else []
        named += [self.state] if self.state else []
        named += [f"begun {self.seconds:.0f} s ago"] if self.seconds is not None else []
        return f"process {self.pid} ({', '.join(named) or 'prepared'})"


class Waited(Struct, frozen=True):
    """What was waited for, and who was in the way."""

    wanted: str
    holders: tuple[Holder, ...]

    def __str__(self) -> str:
        return f"{self.wanted} is held by {' and '.join(map(str, self.holders))}"


class LockWatch:
    """Looks, as long as it is entered, at what a connection waits for; `last` is what it saw."""

    def __init__(self, engine: Engine, pid: int) -> None:
        self._engine = engine
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="lock watch", daemon=True)
        self.last: Waited | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        try:
            with self._engine.connect() as raw:
                connection = raw.execution_options(isolation_level="AUTOCOMMIT")
                while not self._over.wait(_EVERY_SECONDS):
                    self._look(connection)
        except DBAPIError:
            return  # whoever is watched says better what is wrong with the store

    def _look(self, connection: Connection) -> None:
        rows = connection.execute(_LOOK, {"pid": self._pid}).all()
        if rows:
            self.last = Waited(rows[0].wanted, tuple(_holder(row) for row in rows))


def _holder(row: Row[tuple[object, ...]]) -> Holder:
    seconds = None if row.seconds is None else float(row.seconds)
    return Holder(row.pid, row.usename, row.application_name, row.state, seconds)
