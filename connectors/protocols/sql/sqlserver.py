"""SQL Server: statements by sp_executesql, over blocking connections of TDS.

Texts of `varchar` columns come as bytes and are decoded as the manifest says; those of `nvarchar`
are Unicode. A key of ASCII alone is bound as `varchar`, so that an index on such a column is used.
"""

import contextlib
import socket
import sys
from collections.abc import Mapping
from typing import Any

import pytds
from pytds import tds_base, tds_types
from sqlalchemy import URL

from capabilities.errors import ChannelError, Denied, Overloaded, Refused, TimedOut, Unavailable
from connectors._kit.addresses import Endpoint
from connectors.protocols.sql.lanes import After
from connectors.protocols.sql.options import Reading
from connectors.protocols.sql.rendered import padded, rendered
from connectors.protocols.sql.values import Reader, Row, as_rows, plain, single

ISOLATION = {
    "read_committed": "READ COMMITTED",
    "snapshot": "SNAPSHOT",
    "nolock": "READ UNCOMMITTED",
}

_TEXTS = frozenset({tds_base.SYBTEXT, tds_base.XSYBVARCHAR, tds_base.XSYBCHAR})
_SINGLE = 4
_LONGEST_TEXT, _LONGEST_UNICODE = 8000, 4000
_FATAL = 20  # the severity from which on the server ends the connection
_NUMBERS: Mapping[int, type[ChannelError]] = {
    1205: Unavailable,  # chosen as the victim of a deadlock
    1222: TimedOut,  # waited too long for a lock
    4060: Denied,  # may not open this database
    8645: Overloaded,  # no memory to run the query in time
    10928: Overloaded,  # too many sessions or requests
    10929: Overloaded,
    17142: Unavailable,  # paused
    17809: Overloaded,  # too many connections
    18401: Unavailable,  # starts or shuts down
    18456: Denied,
    18486: Denied,  # the login is locked
    18487: Denied,  # the password has run out
    18488: Denied,
}


class Rerouted(Exception):
    """The server sends its readers elsewhere, which nobody has allowed."""


class _Pinned(socket.socket):
    """A connection to the address that was checked, and to no other.

    A driver that is sent to a replica closes this one in order to log on there; when it fails it
    closes it as well, but with an exception under way.
    """

    logging_on = True

    def close(self) -> None:
        """End it; Rerouted where the driver is about to follow its server."""
        super().close()
        if self.logging_on and sys.exc_info()[0] is None:
            raise Rerouted


class SqlServerLink:
    """One connection, declared as a reader, with a time-out for statements and for locks."""

    def __init__(self, place: URL, reading: Reading, endpoint: Endpoint | None) -> None:
        self._place = place
        self._endpoint = endpoint
        self._reading = reading
        self._columns = reading.columns
        self._isolation = reading.isolation(ISOLATION)
        self._socket: _Pinned | None = None
        self._connection: Any = None

    def open(self) -> None:
        """Connect and set the session up."""
        place, seconds = self._place, self._reading.patience_ms / 1000
        host, port = place.host or "127.0.0.1", place.port or 1433
        found = host if self._endpoint is None else str(self._endpoint.lookup_here()[0][4][0])
        plain = socket.create_connection((found, port), seconds)
        self._socket = pinned = _Pinned(plain.family, plain.type, plain.proto, plain.detach())
        self._connection = pytds.connect(sock=pinned, **self.arguments(host, port, seconds))
        pinned.logging_on = False
        with self._connection.cursor() as cursor:
            cursor.execute(self.manners())

    def arguments(self, host: str, port: int, seconds: float) -> dict[str, Any]:
        """What the driver is told: who reads, how long, and that texts stay bytes."""
        place = self._place
        ca = place.query.get("tls_ca")
        return {
            "dsn": host,
            "port": port,
            "user": place.username,
            "password": place.password,
            "database": place.database,
            "appname": "santong",
            "readonly": True,
            "autocommit": True,
            # Without a word on encodings the driver goes by the columns' collations.
            "bytes_to_unicode": self._columns.encoding is None,
            # What ends a login other than a refusal is told when this time is over.
            "login_timeout": seconds,
            "timeout": seconds,
            "disable_connect_retry": True,
            "cafile": str(ca) if ca is not None else None,
        }

    def manners(self) -> str:
        """Waiting for nobody's lock longer than a caller waits for us."""
        return (
            f"SET LOCK_TIMEOUT {self._reading.lock_ms}; "
            f"SET TRANSACTION ISOLATION LEVEL {self._isolation}; "
            "SET DATEFORMAT ymd; SET NOCOUNT ON"
        )

    def rows(self, statement: str, params: Mapping[str, Any], most: int) -> list[Row]:
        """At most one row more than `most`."""
        filled = padded(params)
        asked = rendered(statement, filled, "pyformat")
        values = {name: bound(value) for name, value in asked.named(filled).items()}
        with self._connection.cursor() as cursor:
            cursor.execute(asked.text, values)
            rows = cursor.fetchmany(most + 1)
            names = [column[0] for column in cursor.description]
            readers = [self._reader(column) for column in cursor.description]
            return as_rows(names, readers, rows)

    def after(self, exc: BaseException) -> After:
        """A fault of the statement leaves the connection as it is."""
        if isinstance(exc, tds_base.ClosedConnectionError | ConnectionError):
            return "again"
        number = getattr(exc, "number", 0)
        if not isinstance(exc, tds_base.DatabaseError) or not number:
            return "drop"
        return "drop" if getattr(exc, "severity", 0) >= _FATAL else "keep"

    def cut(self) -> None:
        """End whatever the thread waits for."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(tds_base.Error, OSError):
                connection.close()
        if self._socket is not None:
            self._socket.logging_on = False
            self._socket.close()
            self._socket = None

    def _reader(self, column: Any) -> Reader:
        name, kind, size = column[0], column[1], column[3]
        special = single if kind in _FLOATS and size == _SINGLE else plain
        return self._columns.reader(name, special, is_text=kind in _TEXTS)


_FLOATS = frozenset({tds_base.SYBREAL, tds_base.SYBFLT8, tds_base.SYBFLTN})


def bound(value: Any) -> Any:
    """A text with its type and a length that does not tell one value from another."""
    if not isinstance(value, str):
        return value
    kind: Any
    if value.isascii():
        long = len(value) > _LONGEST_TEXT
        kind = tds_types.VarCharMaxType() if long else tds_types.VarCharType(_LONGEST_TEXT)
    else:
        long = len(value.encode("utf-16-le")) > 2 * _LONGEST_UNICODE
        kind = tds_types.NVarCharMaxType() if long else tds_types.NVarCharType(_LONGEST_UNICODE)
    return tds_base.Param(type=kind, value=value)


def fault(exc: Exception, source: str) -> ChannelError:
    """Our error for a fault of the driver or the server; its words are not shown."""
    if isinstance(exc, TimeoutError | tds_base.TimeoutError):
        if isinstance(exc.__cause__, Exception):  # why the login was tried for so long
            return fault(exc.__cause__, source)
        return TimedOut("no answer within the deadline", source=source)
    if isinstance(exc, Rerouted):
        return Refused("the server sends its readers to another address", source=source)
    number = getattr(exc, "number", 0) if isinstance(exc, tds_base.DatabaseError) else 0
    if not number:
        return Unavailable("no connection to the database", source=source)
    kind = _NUMBERS.get(number)
    if kind is None:
        kind = Unavailable if getattr(exc, "severity", 0) >= _FATAL else Refused
    return kind(f"{source} answered with error {number}", source=source)
