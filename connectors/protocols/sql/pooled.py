"""Statements over SQLAlchemy's pool of asynchronous connections."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import URL, TextClause, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from capabilities.errors import Denied
from capabilities.estate import Limits
from connectors._kit.errors import scrubbed
from connectors._kit.logon import LogonLatch
from connectors.protocols.sql.errors import of_database
from connectors.protocols.sql.rendered import clause_of, lists_of
from connectors.protocols.sql.values import Columns, Row

T = TypeVar("T")
Execute = Callable[[str, Mapping[str, Any]], Awaitable[list[Row]]]
Work = Callable[[Execute], Awaitable[T]]

_GRACE_SECONDS = 1.0
# A row that two change at once is waited for, and a condition is looked at again behind the wait.
_ISOLATION = "READ COMMITTED"
_MOST_ROWS = 1_000


class PooledRows:
    """Rows of statements; made inside the event loop, closed with `aclose`."""

    def __init__(
        self,
        source: str,
        engine: AsyncEngine,
        latch: LogonLatch,
        columns: Columns,
        *,
        once: bool = False,
    ) -> None:
        self._tries = (True,) if once else (False, True)
        self._source = source
        self._latch = latch
        self._columns = columns
        self.engine = engine
        self._running: set[asyncio.Task[Any]] = set()

    async def rows(self, statement: str, params: Mapping[str, Any], most: int) -> list[Row]:
        """The query in a task of its own.

        A driver that is cancelled first asks the server to stop and waits for it; a caller whose
        time is up does not wait for that.
        """
        clause = clause_of(statement, frozenset(lists_of(params)))
        task = asyncio.create_task(self._executed(clause, params, most))
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            return self._columns.applied(await asyncio.shield(task))
        except asyncio.CancelledError:
            _give_up(task)
            raise

    async def together(self, work: Work[T]) -> T:
        """What `work` gives of one transaction, which is undone where it raises.

        A task of its own, as a query: whoever is cancelled does not wait for the server.
        """
        task = asyncio.create_task(self._transacted(work))
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            _give_up(task)
            raise

    async def _transacted(self, work: Work[T]) -> T:
        try:
            async with self.engine.connect() as plain:
                connection = await plain.execution_options(isolation_level=_ISOLATION)
                async with connection.begin():
                    answer = await work(partial(_run, connection))
        except (SQLAlchemyError, OSError) as exc:
            fault, cause = of_database(exc, self._source), scrubbed(exc)
        else:
            self._latch.prove()
            return answer
        if isinstance(fault, Denied):
            self._latch.trip()
        raise fault from cause

    async def aclose(self) -> None:
        """Give up what runs and close every connection."""
        running = tuple(self._running)
        for task in running:
            _give_up(task)
        await asyncio.gather(*running, return_exceptions=True)
        await self.engine.dispose()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody warns when no caller waits for it

    async def _executed(
        self, clause: TextClause, params: Mapping[str, Any], most: int
    ) -> list[Row]:
        """The rows; asked again where the pooled connection turns out to have died meanwhile.

        A statement that writes is not: it may have done so before the connection died.
        """
        for fresh in self._tries:
            try:
                async with self.engine.connect() as connection:
                    result = await connection.execute(clause, params)
                    rows = [dict(row) for row in result.mappings().fetchmany(most + 1)]
            except (SQLAlchemyError, OSError) as exc:
                fault, cause = of_database(exc, self._source), scrubbed(exc)
                if not fresh and isinstance(exc, DBAPIError) and exc.connection_invalidated:
                    continue
            else:
                self._latch.prove()
                return rows
            break
        if isinstance(fault, Denied):
            self._latch.trip()
        raise fault from cause  # outside the handler: the driver's text holds values


def pool_of(
    place: URL,
    limits: Limits,
    arguments: Mapping[str, Any],
    prepare: Callable[[Any], None],
) -> AsyncEngine:
    """An engine whose every statement is its own transaction: no round trips more."""
    engine = create_async_engine(
        place,
        isolation_level="AUTOCOMMIT",
        pool_size=limits.max_concurrent,
        max_overflow=0,
        pool_timeout=limits.deadline_ms / 1000,
        pool_pre_ping=False,  # it costs a round trip a call; a dead connection is asked again
        hide_parameters=True,
        connect_args=dict(arguments),
    )

    def connected(connection: Any, _record: Any) -> None:
        prepare(connection.driver_connection)

    event.listen(engine.sync_engine, "connect", connected)
    return engine


async def _run(connection: AsyncConnection, statement: str, params: Mapping[str, Any]) -> list[Row]:
    """The rows of one statement of a transaction; none of one that gives no rows."""
    result = await connection.execute(clause_of(statement, frozenset()), params)
    if not result.returns_rows:
        return []
    return [dict(row) for row in result.mappings().fetchmany(_MOST_ROWS)]


def _give_up(task: asyncio.Task[Any]) -> None:
    """Cancel a query; a server that does not even confirm that loses the connection."""
    task.cancel()
    cut = asyncio.get_running_loop().call_later(_GRACE_SECONDS, task.cancel)
    task.add_done_callback(lambda _: cut.cancel())
