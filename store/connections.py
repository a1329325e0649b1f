"""The connections of one process to PostgreSQL: so many at most, made when they are needed.

A place is a semaphore's, a connection that rests lies in a list. Nothing is waited for when one is
given back, so whoever is cancelled meanwhile loses none, and whoever cannot get one hears from the
driver why. A connection that was lost or left in a transaction is cut and never seen again.
"""

import asyncio
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
_ADAPTERS = AdaptersMap(adapters)
_ADAPTERS.register_dumper(list, ArrayDumper)


class _Kept(Struct, frozen=True):
    """A connection, until when it is used, and the era that it was made in."""

    connection: Connection
    until: float
    era: int


class Connections:
    """Connections to one address, `most` at once; transactions on them are READ COMMITTED."""

    def __init__(self, url: URL, most: int) -> None:
        _, words = DIALECT.create_connect_args(url)
        self._told = {**words, **_CONNECT}
        self.most = most
        self._places = asyncio.Semaphore(most)
        self._resting: list[_Kept] = []
        self._era = 0

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
            kept.connection.pgconn.finish()

    def _rested(self) -> _Kept | None:
        while self._resting:
            kept = self._resting.pop()
            if time.monotonic() < kept.until:
                return kept
            kept.connection.pgconn.finish()
        return None

    async def _made(self) -> _Kept:
        era, until = self._era, time.monotonic() + _KEPT_SECONDS
        made: Connection = await AsyncConnection.connect(
            **self._told, autocommit=True, context=_ADAPTERS, row_factory=namedtuple_row
        )
        await made.set_isolation_level(IsolationLevel.READ_COMMITTED)
        return _Kept(made, until, era)

    def _rest(self, kept: _Kept) -> None:
        idle = kept.connection.pgconn.transaction_status == TransactionStatus.IDLE
        if idle and kept.era == self._era:
            self._resting.append(kept)
        else:
            kept.connection.pgconn.finish()
