"""The databases that are spoken: scheme of the address, how each is opened, what was checked."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from msgspec import Struct
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from capabilities.errors import BadInput
from capabilities.estate import Limits
from connectors._kit.addresses import Endpoint
from connectors._kit.logon import LogonLatch
from connectors._kit.secrets import Secret
from connectors.protocols.sql import postgresql
from connectors.protocols.sql.options import CODE, Reading
from connectors.protocols.sql.pooled import PooledRows, pool_of
from connectors.protocols.sql.threaded import ThreadedRows
from connectors.protocols.sql.ticks import MOST_PARAMETERS, outward
from connectors.protocols.sql.values import Row


class Runner(Protocol):
    """What runs statements."""

    async def rows(self, statement: str, params: Mapping[str, Any], most: int) -> list[Row]:
        """At most one row more than `most`."""

    async def aclose(self) -> None:
        """Give up what runs and close every connection."""


class Opening(Struct, frozen=True, kw_only=True):
    """What opening a database takes."""

    place: URL
    reading: Reading
    limits: Limits
    latch: LogonLatch
    endpoint: Endpoint | None


def _exact(moment: datetime, *, later: bool) -> datetime:  # noqa: ARG001 - as others take it
    return moment


class SqlDialect(Struct, frozen=True, kw_only=True):
    """One kind of database.

    `port` is its usual one, `host` where it is when nothing is said; None means a Unix socket.
    `open_writing` opens what statements that write run on, where that is spoken.
    `bound_of` widens a moment that rows are compared with, to what the database can tell apart.
    `verified` says whether a real server answered in our tests, `checked` what was tried instead.
    """

    title: str
    schemes: tuple[str, ...]
    open: Callable[[Opening], Runner]
    port: int
    host: str | None = "127.0.0.1"
    most_parameters: int = 65_535
    bound_of: Callable[..., datetime] = _exact
    open_writing: Callable[[Opening], PooledRows] | None = None
    verified: bool
    checked: str


def _open_postgresql(opening: Opening, *, writes: bool = False) -> PooledRows:
    place = opening.place.set(drivername="postgresql+psycopg")
    arguments = {
        **postgresql.arguments(opening.reading, writes=writes),
        "async_creator_fn": postgresql.connecting(opening.endpoint),
    }
    engine = pool_of(place, opening.limits, arguments, postgresql.prepare)
    reading = opening.reading
    return PooledRows(reading.source, engine, opening.latch, reading.columns, once=writes)


def _open_mysql(opening: Opening) -> Runner:
    from connectors.protocols.sql import mysql  # noqa: PLC0415 - a driver that few need

    return ThreadedRows(
        opening.reading.source,
        opening.limits.max_concurrent,
        opening.latch,
        lambda: mysql.MySqlLink(opening.place, opening.reading, opening.endpoint),
        mysql.fault,
    )


def _open_sqlserver(opening: Opening) -> Runner:
    from connectors.protocols.sql import sqlserver  # noqa: PLC0415 - as above

    return ThreadedRows(
        opening.reading.source,
        opening.limits.max_concurrent,
        opening.latch,
        lambda: sqlserver.SqlServerLink(opening.place, opening.reading, opening.endpoint),
        sqlserver.fault,
    )


DIALECTS: Mapping[str, SqlDialect] = {
    "postgresql": SqlDialect(
        title="PostgreSQL",
        schemes=("postgresql",),
        open=_open_postgresql,
        open_writing=partial(_open_postgresql, writes=True),
        port=5432,
        host=None,
        verified=True,
        checked="a real PostgreSQL answers in the tests",
    ),
    "mysql": SqlDialect(
        title="MySQL, MariaDB",
        schemes=("mysql", "mariadb"),
        open=_open_mysql,
        port=3306,
        verified=False,
        checked=(
            "the real driver over its binary protocol against a server of that protocol in the"
            " tests; by hand the same tests against MariaDB 10.11; MySQL itself never answered"
        ),
    ),
    "sqlserver": SqlDialect(
        title="SQL Server",
        schemes=("sqlserver", "mssql"),
        open=_open_sqlserver,
        port=1433,
        most_parameters=MOST_PARAMETERS,
        bound_of=outward,
        verified=False,
        checked=(
            "the real driver over TDS against a server of ours that keeps what it was sent and"
            " answers recorded bytes; statements parsed as T-SQL; SQL Server itself never answered"
        ),
    ),
}


def address(url: str, password: Secret | None, declared: str | None) -> tuple[URL, SqlDialect]:
    """The address and its dialect; the password comes by reference, never in the URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None:
        raise BadInput("a database address is written as dialect://user@host/name", code=CODE)
    if parsed.password is not None or "password" in parsed.query:
        raise BadInput("a database address holds no password: name a secret", code=CODE)
    scheme = parsed.drivername.partition("+")[0]
    name = next((name for name, one in DIALECTS.items() if scheme in one.schemes), None)
    if name is None:
        raise BadInput(f"the databases spoken are: {', '.join(DIALECTS)}", code=CODE)
    if declared is not None and declared != name:
        raise BadInput(f"the manifest is for {declared}, the address for {name}", code=CODE)
    place = parsed if password is None else parsed.set(password=password.reveal())
    return place, DIALECTS[name]
