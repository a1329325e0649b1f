"""SQL over a pool: constant statements, bound values, typed rows, one deadline."""

import asyncio
import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, TypeVar

import msgspec
from sqlalchemy import TextClause, bindparam, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from capabilities.errors import Denied
from capabilities.estate import Limits
from connectors._kit.body import too_large
from connectors._kit.errors import scrubbed
from connectors._kit.secrets import Secret
from connectors._kit.strict_json import of_shape
from connectors._kit.upstream import Upstream
from connectors.protocols.sql.dialect import address
from connectors.protocols.sql.errors import of_database

T = TypeVar("T")

Row = dict[str, Any]
_STATEMENTS = 256
_GRACE_SECONDS = 1.0
_CAST = re.compile(r"(?<![:\w\\]):(\w+)::")


class SqlClient:
    """One database, read only. Made at start inside the event loop, closed with `aclose`."""

    def __init__(
        self,
        source: str,
        url: str,
        password: Secret | None = None,
        *,
        limits: Limits | None = None,
        upstream: Upstream | None = None,
    ) -> None:
        self.source = source
        self.upstream = upstream or Upstream(source, limits)
        self.limits = self.upstream.limits
        self.latch = self.upstream.latch
        self._engine = _engine(url, password, self.limits)
        self._running: set[asyncio.Task[list[Row]]] = set()

    @property
    def in_flight(self) -> int:
        """Calls that run or wait."""
        return self.upstream.gate.inside

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

        An empty list finds nothing, without a call: a statement uses lists with IN alone.
        More than `max_rows` (the limits' scan bound by default) is Garbled UPSTREAM_TOO_LARGE: a
        statement has a LIMIT of its own. Values never become part of the statement's text.
        """
        lists = {name: value for name, value in params.items() if isinstance(value, list | tuple)}
        if not all(lists.values()):
            return []
        most = self.limits.scan_max_rows if max_rows is None else max_rows
        send = partial(self._apart, _clause(statement, frozenset(lists)), params, most)
        rows = await self.upstream.call(send, seconds=seconds, again=True, logs_on=True)
        if len(rows) > most:
            raise too_large(self.source)
        try:
            return msgspec.convert(rows, list[row_type])  # type: ignore[valid-type]
        except msgspec.ValidationError as exc:
            fault = of_shape(exc, self.source)
        raise fault

    async def aclose(self) -> None:
        """Give up what runs and close every connection."""
        running = tuple(self._running)
        for task in running:
            _give_up(task)
        await asyncio.gather(*running, return_exceptions=True)
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
            _give_up(task)
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


def _give_up(task: asyncio.Task[list[Row]]) -> None:
    """Cancel a query; a server that does not even confirm that loses the connection."""
    task.cancel()
    cut = asyncio.get_running_loop().call_later(_GRACE_SECONDS, task.cancel)
    task.add_done_callback(lambda _: cut.cancel())


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


@lru_cache(maxsize=_STATEMENTS)
def _clause(statement: str, lists: frozenset[str]) -> TextClause:
    """A statement with its list parameters; the cache keeps SQLAlchemy's compiled form alive."""
    spaced = _CAST.sub(
        r":\1 ::", statement
    )  # text() would take a letter of the name for the cast's
    return text(spaced).bindparams(*(bindparam(name, expanding=True) for name in sorted(lists)))
