"""SQL over a pool: constant statements, bound values, typed rows, one deadline."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import TextClause, bindparam, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from capabilities.errors import Denied
from capabilities.estate import Limits
from connectors._kit.body import too_large
from connectors._kit.deadline import within
from connectors._kit.errors import scrubbed
from connectors._kit.gate import Gate
from connectors._kit.logon import LogonLatch
from connectors._kit.secrets import Secret
from connectors._kit.strict_json import of_shape
from connectors.protocols.sql.dialect import address
from connectors.protocols.sql.errors import of_database

T = TypeVar("T")

Row = dict[str, Any]
_STATEMENTS = 256


class SqlClient:
    """One database, read only. Made at start inside the event loop, closed with `aclose`."""

    def __init__(
        self,
        source: str,
        url: str,
        password: Secret | None = None,
        *,
        limits: Limits | None = None,
        latch: LogonLatch | None = None,
    ) -> None:
        self.source = source
        self.limits = limits or Limits()
        self.latch = latch or LogonLatch(source)
        self._gate = Gate(source, self.limits.max_concurrent)
        self._engine = _engine(url, password, self.limits)
        self._running: set[asyncio.Task[list[Row]]] = set()

    @property
    def in_flight(self) -> int:
        """Calls that run or wait."""
        return self._gate.inside

    async def rows(
        self,
        statement: str,
        params: Mapping[str, Any],
        row_type: type[T],
        *,
        max_rows: int | None = None,
        seconds: float | None = None,
    ) -> list[T]:
        """The rows of a statement with `:name` values; a list value stands in `IN :name`.

        More than `max_rows` (the limits' scan bound by default) is Garbled UPSTREAM_TOO_LARGE: a
        statement has a LIMIT of its own. Values never become part of the statement's text.
        """
        most = self.limits.scan_max_rows if max_rows is None else max_rows
        whole = self.limits.deadline_ms / 1000
        budget = whole if seconds is None else min(seconds, whole)
        async with within(budget, self.source), self._gate.place(), self.latch.passing():
            rows = await self._apart(_clause(statement, _lists(params)), params, most)
        if len(rows) > most:
            raise too_large(self.source)
        try:
            return msgspec.convert(rows, list[row_type])  # type: ignore[valid-type]
        except msgspec.ValidationError as exc:
            fault = of_shape(exc, self.source)
        raise fault

    async def aclose(self) -> None:
        """Close every connection, after the calls that were given up have let go of theirs."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._engine.dispose()

    async def _apart(self, clause: TextClause, params: Mapping[str, Any], most: int) -> list[Row]:
        """The query in a task of its own.

        A driver that is cancelled first asks the server to stop and waits for it; a caller whose
        time is up does not wait for that.
        """
        task = asyncio.create_task(self._executed(clause, params, most))
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            raise

    def _done(self, task: asyncio.Task[list[Row]]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody warns when no caller waits for it

    async def _executed(
        self, clause: TextClause, params: Mapping[str, Any], most: int
    ) -> list[Row]:
        """The rows; asked again where the pooled connection turns out to have died meanwhile."""
        for fresh in (False, True):
            try:
                async with self._engine.connect() as connection:
                    result = await connection.execute(clause, params)
                    rows = [dict(row) for row in result.mappings().fetchmany(most + 1)]
            except (SQLAlchemyError, OSError) as exc:
                fault, cause = of_database(exc, self.source), scrubbed(exc)
                if not fresh and isinstance(exc, DBAPIError) and exc.connection_invalidated:
                    continue
            else:
                self.latch.prove()
                return rows
            break
        if isinstance(fault, Denied):
            self.latch.trip()
        raise fault from cause  # outside the handler: the driver's text holds values


def _engine(url: str, password: Secret | None, limits: Limits) -> AsyncEngine:
    place, dialect = address(url, password)
    engine = create_async_engine(
        place,
        isolation_level="AUTOCOMMIT",  # each statement is its own transaction: no round trips more
        pool_size=limits.max_concurrent,
        max_overflow=0,
        pool_timeout=limits.deadline_ms / 1000,
        pool_pre_ping=False,  # it costs a round trip a call; a dead connection is asked again
        hide_parameters=True,
        connect_args=dict(dialect.options(limits.deadline_ms)),
    )

    def connected(connection: Any, _record: Any) -> None:
        dialect.prepare(connection.driver_connection)

    event.listen(engine.sync_engine, "connect", connected)
    return engine


def _lists(params: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, value in params.items() if isinstance(value, list | tuple))


@lru_cache(maxsize=_STATEMENTS)
def _clause(statement: str, lists: frozenset[str]) -> TextClause:
    """A statement with its list parameters; the cache keeps SQLAlchemy's compiled form alive."""
    return text(statement).bindparams(*(bindparam(name, expanding=True) for name in sorted(lists)))
