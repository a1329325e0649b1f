"""The connections of one process to PostgreSQL: so many at most, made when they are needed.

A place is a semaphore's, a connection that rests lies in a list. Nothing is waited for when one is
given back, so whoever is cancelled meanwhile loses none, and whoever cannot get one hears from the
driver why. A connection that was lost or left in a transaction is cut and never seen again; one
that its server closed while it rested is found out before a statement is lost on it.

A transaction pooler may give a connection another session for each statement. So statements are
prepared under names that no other connection has: one that lies in another session is missed there,
never taken for somebody else's, and then nothing is prepared any more.
"""

import asyncio
import secrets
import select
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from msgspec import Struct
from psycopg import AsyncConnection, IsolationLevel, adapters
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import URL

from store.address import DIALECT
from store.arrays import ArrayDumper

Connection: TypeAlias = AsyncConnection[Any]

# One that is older is not used again: what stands before a server may forget it.
_KEPT_SECONDS = 1800.0
_CONNECT: dict[str, Any] = {
    "connect_timeout": 3,
    "application_name": "santong",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}
# For statements outside a transaction. Not among what a connection is opened with, which poolers
# refuse, and only where it is not so: a session that was changed is shared by fewer behind some.
_SETTLED = b"""
  SELECT set_config('default_transaction_isolation', 'read committed', false)
  WHERE current_setting('default_transaction_isolation') <> 'read committed'
"""
# How often a statement is asked before it is prepared.
_PREPARED_AFTER = 5
_ADAPTERS = AdaptersMap(adapters)
_ADAPTERS.register_dumper(list, ArrayDumper)


class _Kept(Struct, frozen=True):
    """A connection, until when it is used, and the era that it was made in."""

    connection: Connection
    until: float
    era: int
    socket: select.poll

    def is_usable(self, now: float) -> bool:
        """Whether a statement may be asked on it, of one that rests.

        What can be read there then is a farewell, or a notice; another one is cheap enough not to
        ask which.
        """
        return now < self.until and not self.socket.poll(0)

    def cut(self) -> None:
        """Let the server have it back."""
        self.connection.pgconn.finish()


class Connections:
    """Connections to one address, `most` at once; what is asked on them is READ COMMITTED."""

    def __init__(self, url: URL, most: int) -> None:
        _, words = DIALECT.create_connect_args(url)
        self._told = {**words, **_CONNECT}
        self.most = most
        self._places = asyncio.Semaphore(most)
        self._resting: list[_Kept] = []
        self._era = 0
        self._prepared_after: int | None = _PREPARED_AFTER

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """One of them, as soon as there is a place; raises what the driver raises."""
        async with self._places:
            kept = self._rested() or await self._made()
            try:
                yield kept.connection
            finally:
                self._rest(kept)

    def cut(self) -> None:
        """Use none of those that there are any more; what is out is cut when it comes back."""
        self._era += 1
        resting, self._resting = self._resting, []
        for kept in resting:
            kept.cut()

    def prepare_no_more(self) -> None:
        """What is prepared is not kept between here and the server: every statement goes whole."""
        self._prepared_after = None
        self.cut()

    def _rested(self) -> _Kept | None:
        now = time.monotonic()
        # those at the bottom are seldom reached, and would stay open for ever
        while self._resting and self._resting[0].until <= now:
            self._resting.pop(0).cut()
        while self._resting:
            kept = self._resting.pop()
            if kept.is_usable(now):
                return kept
            kept.cut()
        return None

    async def _made(self) -> _Kept:
        era, until = self._era, time.monotonic() + _KEPT_SECONDS
        made: Connection = await AsyncConnection.connect(
            **self._told,
            autocommit=True,
            prepare_threshold=self._prepared_after,
            context=_ADAPTERS,
            row_factory=namedtuple_row,
        )
        try:
            await made.set_isolation_level(IsolationLevel.READ_COMMITTED)
            await made.execute(_SETTLED)
        except BaseException:
            made.pgconn.finish()
            raise
        # the driver counts from nought on each connection
        made._prepared._prepared_idx = secrets.randbits(60)  # noqa: SLF001 - it takes no name
        socket = select.poll()
        socket.register(made.pgconn.socket, select.POLLIN)
        return _Kept(made, until, era, socket)

    def _rest(self, kept: _Kept) -> None:
        idle = kept.connection.pgconn.transaction_status == TransactionStatus.IDLE
        if idle and kept.era == self._era:
            self._resting.append(kept)
        else:
            kept.cut()
