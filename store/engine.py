"""The one way to PostgreSQL: short deadlines, one coded error, recovery without a restart.

An operation is one statement, run in autocommit, or one short transaction: both work through a
transaction pooler. Once a connection is lost the store counts as away: every operation is refused
at once, and one probe in the background asks until PostgreSQL answers again.

SQLAlchemy writes the statements, its driver runs them on connections of `store.connections`: half
of what a statement cost was on the way between the two. All of them are READ COMMITTED, whatever
the server's default is: what is read behind a lock is what was committed before it was had.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextvars import Context
from functools import lru_cache
from typing import Any, Self, TypeAlias, TypeVar

import psycopg
from psycopg.pq import ExecStatus
from sqlalchemy import TextClause, text

from capabilities.errors import StoreNotMigrated, StoreUnavailable
from store.address import DIALECT, driver_url
from store.connections import Connection, Connections

T = TypeVar("T")
# A named tuple of the columns.
Row: TypeAlias = Any
Rows = Sequence[Row]
Run = Callable[[TextClause, Mapping[str, object]], Awaitable[Rows]]

# An option of a statement that tells others something, once its transaction is committed.
TELLS = "santong_tells"
_PROBE = text("SELECT 1")
_PROBE_PAUSE_SECONDS = 0.5
# A cancelled statement may clean up after itself this long; then its connection is cut.
_CANCEL_SECONDS = 1.0
# Connection lost, resources exhausted, shutting down or starting up.
_AWAY_CLASSES = ("08", "53", "57P")
# What PostgreSQL refuses plans with that were made before a table had other columns.
_REPLANS = "RevalidateCachedQuery"
# A statement that was prepared is not in the session that a pooler gave, or another one is.
_UNKEPT_STATES = ("26000", "42P05")
# A table that is not there.
_UNMADE_STATE = "42P01"
_UNMADE = "the platform's store has not the tables of this version; run `santong migrate`"


class Store:
    """PostgreSQL as seen by one process; made once by `open`, given to every repository.

    `told` is called behind every commit of a transaction with a statement that `TELLS`.
    """

    told: Callable[[], None] | None = None

    def __init__(
        self, connections: Connections, probing: Connections, deadline_seconds: float
    ) -> None:
        self._connections = connections
        # of its own, so that a pool that others have taken does not pass for an absence
        self._probing = probing
        self._deadline = deadline_seconds
        self._away = False
        self._probe: asyncio.Task[None] | None = None
        self._abandoned: set[asyncio.Task[Any]] = set()

    @classmethod
    def open(
        cls, database_url: str, *, deadline_seconds: float = 1.0, connections: int = 10
    ) -> Self:
        """A store whose connections are made when they are needed, so it opens while away."""
        url = driver_url(database_url)
        return cls(Connections(url, connections), Connections(url, 1), deadline_seconds)

    @property
    def away(self) -> bool:
        """Whether operations are being refused until PostgreSQL answers again."""
        return self._away

    async def rows(
        self, statement: TextClause, parameters: Mapping[str, object] | None = None
    ) -> Rows:
        """The rows of one statement; StoreUnavailable within the deadline when it cannot be had."""
        return await self._answered(lambda: _execute(self._connections, statement, parameters))

    async def transaction(self, work: Callable[[Run], Awaitable[T]]) -> T:
        """What `work` gives, whose statements take effect together or not at all.

        The deadline holds for all of them. StoreUnavailable may come after the commit: who asks
        again must find out what stands.
        """
        return await self._answered(lambda: self._transact(work))

    async def _answered(self, run: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._away:
            raise StoreUnavailable("the platform's store is away")
        try:
            return await self._bounded(run())
        except TimeoutError as exc:
            # Slow is not away: only a probe that fails as well says so.
            self._start_probe()
            raise StoreUnavailable("the platform's store did not answer in time") from exc
        except (psycopg.Error, OSError) as exc:
            if _is_unmade(exc):
                raise StoreNotMigrated(_UNMADE) from exc
            if _begins_anew(self._connections, exc):
                raise StoreUnavailable("the platform's store lost what was prepared") from exc
            if not _is_away(exc):
                raise
            self._away = True
            self._start_probe()
            raise StoreUnavailable("the platform's store is away") from exc

    async def _transact(self, work: Callable[[Run], Awaitable[T]]) -> T:
        tells = False
        async with self._connections.one() as driver:

            async def run(statement: TextClause, parameters: Mapping[str, object]) -> Rows:
                nonlocal tells
                tells = tells or TELLS in statement.get_execution_options()
                return await _asked(driver, statement, parameters)

            async with driver.transaction():
                done = await work(run)
        if tells and self.told is not None:
            self.told()
        return done

    async def ping(self) -> bool:
        """Whether PostgreSQL answers right now."""
        for _ in range(2):  # the connection that was kept may be of a server that is gone
            try:
                await self._bounded(_execute(self._probing, _PROBE, None))
            except TimeoutError:
                return False
            except (psycopg.Error, OSError):
                continue
            return True
        return False

    async def aclose(self) -> None:
        """Close every connection and end what runs in the background."""
        probing = [self._probe] if self._probe else []
        for task in probing:
            task.cancel()
        # What was abandoned is cancelled already: a second time would drop its connection.
        await asyncio.gather(*probing, *self._abandoned, return_exceptions=True)
        self._connections.cut()
        self._probing.cut()

    async def _bounded(self, work: Coroutine[Any, Any, T]) -> T:
        """Run statements in a task of their own: cancelling one waits for a server that hangs."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task}, timeout=self._deadline)
        finally:
            if not task.done():
                self._abandon(task)
        if not task.done():
            raise TimeoutError
        return task.result()

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        """Let go of a statement: cancelled politely, and after a moment for good."""
        self._abandoned.add(task)
        task.cancel()
        cut = asyncio.get_running_loop().call_later(_CANCEL_SECONDS, task.cancel)

        def forget(done: asyncio.Task[Any]) -> None:
            cut.cancel()
            self._abandoned.discard(done)
            if not done.cancelled():
                done.exception()  # seen: nobody waits for it any more

        task.add_done_callback(forget)

    def _start_probe(self) -> None:
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._ask_until_back(), context=Context())

    async def _ask_until_back(self) -> None:
        while not await self.ping():
            self._away = True
            await asyncio.sleep(_PROBE_PAUSE_SECONDS)
        if self._away:
            # connections from before are of a server that is gone
            self._connections.cut()
        self._away = False


async def _execute(
    connections: Connections, statement: TextClause, parameters: Mapping[str, object] | None
) -> Rows:
    try:
        async with connections.one() as driver:
            return await _asked(driver, statement, parameters)
    except psycopg.Error as exc:
        if not _begins_anew(connections, exc):
            raise
    async with connections.one() as driver:
        return await _asked(driver, statement, parameters)


async def _asked(
    driver: Connection, statement: TextClause, parameters: Mapping[str, object] | None
) -> Rows:
    cursor = await driver.execute(_written(statement.text), parameters or {})
    # not by its description, which is made for each column
    has_rows = cursor.pgresult is not None and cursor.pgresult.status == ExecStatus.TUPLES_OK
    return await cursor.fetchall() if has_rows else ()


@lru_cache(maxsize=4096)
def _written(words: str) -> bytes:
    """A statement as the driver reads it."""
    return str(text(words).compile(dialect=DIALECT)).encode()


def _is_unmade(error: Exception) -> bool:
    """Whether a table is missing: the store was not brought to this version's tables."""
    return getattr(error, "sqlstate", None) == _UNMADE_STATE


def _begins_anew(connections: Connections, error: Exception) -> bool:
    """Whether a statement did nothing, for its plan is worth nothing, and others are used now."""
    if not isinstance(error, psycopg.Error):
        return False
    if error.diag.source_function == _REPLANS:
        connections.cut()  # all of them have planned for the tables of before
        return True
    if error.sqlstate in _UNKEPT_STATES:
        connections.prepare_no_more()
        return True
    return False


def _is_away(error: Exception) -> bool:
    """Whether the database is not there, as opposed to refusing a statement."""
    if not isinstance(error, psycopg.Error):
        return True
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_AWAY_CLASSES)
