"""MySQL and MariaDB: prepared statements of the binary protocol, over blocking connections."""

import contextlib
import math
import socket
from collections.abc import Mapping
from typing import Any

import mariadb
from sqlalchemy import URL

from capabilities.errors import ChannelError, Denied, Overloaded, Refused, TimedOut, Unavailable
from connectors._kit.addresses import Endpoint
from connectors.protocols.sql.errors import of_state
from connectors.protocols.sql.lanes import After
from connectors.protocols.sql.options import Reading
from connectors.protocols.sql.rendered import padded, rendered
from connectors.protocols.sql.values import Reader, Row, as_rows, bits, plain, single

_ISOLATION = {
    "read_committed": "READ COMMITTED",
    "snapshot": "REPEATABLE READ",
    "nolock": "READ UNCOMMITTED",
}
_FLOAT, _BIT, _JSON = 4, 16, 245
_UNKNOWN_VARIABLE = 1193
_LONGEST_LIST = 16 * 1024 * 1024
_MOST_ROWS = 20_001
_OF_DRIVER = range(2000, 3000)  # the numbers of faults that no server sent
# What SQLSTATE does not tell apart.
_NUMBERS: Mapping[int, type[ChannelError]] = {
    1040: Overloaded,  # too many connections
    1053: Unavailable,  # the server shuts down
    1203: Overloaded,  # too many connections of this user
    1205: TimedOut,  # waited too long for a lock
    1226: Overloaded,  # this user has used what he may
    1317: TimedOut,  # interrupted
    1698: Denied,
    1969: TimedOut,  # MariaDB: max_statement_time
    3024: TimedOut,  # MySQL: max_execution_time
}


class MySqlLink:
    """One connection, whose session only reads and has its clock in UTC."""

    def __init__(self, place: URL, reading: Reading, endpoint: Endpoint | None) -> None:
        self._place = place
        self._endpoint = endpoint
        self._reading = reading
        self._columns = reading.columns
        self._isolation = reading.isolation(_ISOLATION)
        self._connection: Any = None

    def open(self) -> None:
        """Connect and set the session up."""
        place, seconds = self._place, math.ceil(self._reading.deadline_ms / 1000)
        query = {name: str(value) for name, value in place.query.items()}
        self._connection = mariadb.connect(
            host=self._host(proven="tls_ca" in query),
            port=place.port or 3306,
            user=place.username,
            password=place.password or "",
            database=place.database,
            unix_socket=query.get("socket"),
            ssl="tls_ca" in query,
            ssl_ca=query.get("tls_ca"),
            ssl_verify_cert="tls_ca" in query,
            binary=True,
            local_infile=False,  # else a server reads any file of this machine
            autocommit=True,
            connect_timeout=seconds,
            socket_timeout=seconds + 1,
        )
        for statement in self._manners():
            self._told(statement)
        self._bounded()

    def _host(self, *, proven: bool) -> str:
        """Where to connect: the address that was checked.

        A server that proves its name by a certificate is connected to by that name, since the
        driver knows no other to compare; whoever it leads to meanwhile cannot prove it.
        """
        if self._endpoint is None:
            return "localhost"  # a Unix socket; without any host the driver tries nothing
        found = self._endpoint.lookup_here()
        return self._endpoint.host if proven else str(found[0][4][0])

    def rows(self, statement: str, params: Mapping[str, Any], most: int) -> list[Row]:
        """At most one row more than `most`."""
        filled = padded(params)
        asked = rendered(statement, filled, "qmark")
        # Rows that are read one by one lose the server's error where one comes among them.
        with self._connection.cursor(buffered=True) as cursor:
            cursor.execute(asked.text, asked.positional(filled))
            rows = cursor.fetchmany(most + 1)
            names = [column[0] for column in cursor.description]
            readers = [self._reader(column) for column in cursor.description]
            return as_rows(names, readers, rows)

    def after(self, exc: BaseException) -> After:
        """A fault of the driver ends the connection, one of the server does not."""
        number = getattr(exc, "errno", None) or 0
        if not isinstance(exc, mariadb.Error):
            return "drop"
        if not number or number in _OF_DRIVER:
            return "again"
        return "drop" if type(fault(exc, "")) is Unavailable else "keep"

    def cut(self) -> None:
        """End whatever the thread waits for; the driver has no such call of its own."""
        client: Any = getattr(self._connection, "_client", None)
        with contextlib.suppress(OSError, AttributeError):
            client.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(mariadb.Error, OSError):
                connection.close()

    def _manners(self) -> tuple[str, ...]:
        """Read only, in UTC, and waiting for nobody longer than a caller waits for us."""
        seconds = math.ceil(self._reading.lock_ms / 1000)
        return (
            "SET SESSION TRANSACTION READ ONLY",
            f"SET SESSION TRANSACTION ISOLATION LEVEL {self._isolation}",
            "SET SESSION time_zone = '+00:00'",
            f"SET SESSION lock_wait_timeout = {seconds}",
            f"SET SESSION innodb_lock_wait_timeout = {seconds}",
            f"SET SESSION group_concat_max_len = {_LONGEST_LIST}",
            f"SET SESSION sql_select_limit = {_MOST_ROWS}",  # of statements without a LIMIT
        )

    def _bounded(self) -> None:
        """A statement's time: MariaDB and MySQL call it differently."""
        patience = self._reading.patience_ms
        try:
            self._told(f"SET SESSION max_statement_time = {patience / 1000:.3f}")
        except mariadb.Error as exc:
            if exc.errno != _UNKNOWN_VARIABLE:
                raise
            self._told(f"SET SESSION max_execution_time = {patience}")

    def _told(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def _reader(self, column: Any) -> Reader:
        name, kind = column[0], column[1]
        if kind == _JSON:
            return self._columns.document(name)
        special = {_FLOAT: single, _BIT: bits}.get(kind, plain)
        return self._columns.reader(name, special, is_text=False)


def fault(exc: Exception, source: str) -> ChannelError:
    """Our error for a fault of the driver or the server; its words are not shown."""
    number, state = getattr(exc, "errno", None) or 0, getattr(exc, "sqlstate", None) or ""
    if not isinstance(exc, mariadb.Error) or not number or number in _OF_DRIVER:
        return Unavailable("no connection to the database", source=source)
    if number in _NUMBERS:
        return _NUMBERS[number](f"{source} answered with error {number}", source=source)
    if state and state != "HY000":
        return of_state(state, source)
    return Refused(f"{source} answered with error {number}", source=source)
