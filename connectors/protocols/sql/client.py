"""SQL over a database: constant statements, bound values, typed rows, one deadline."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import msgspec

from capabilities.errors import Refused
from capabilities.estate import Limits
from connectors._kit.body import too_large
from connectors._kit.secrets import Secret, SecretPlaces
from connectors._kit.strict_json import of_shape, of_text
from connectors._kit.upstream import Upstream
from connectors.protocols.sql.dialect import Opening, address
from connectors.protocols.sql.options import Reading, SqlDatabase
from connectors.protocols.sql.places import check_files, endpoint_of
from connectors.protocols.sql.pooled import PooledRows, Work
from connectors.protocols.sql.rendered import in_parts
from connectors.protocols.sql.values import Row

T = TypeVar("T")

_AS_IT_IS = SqlDatabase()
_MOST_WRITTEN = 10
_ANYWHERE = SecretPlaces()


class SqlClient:
    """One database. Made at start inside the event loop, closed with `aclose`.

    Its sessions only read; a statement that writes runs on one of its own, opened when it is first
    needed.
    """

    def __init__(
        self,
        source: str,
        url: str,
        password: Secret | None = None,
        *,
        limits: Limits | None = None,
        upstream: Upstream | None = None,
        database: SqlDatabase = _AS_IT_IS,
        places: SecretPlaces = _ANYWHERE,
    ) -> None:
        self.source = source
        self.upstream = upstream or Upstream(source, limits)
        self.limits = self.upstream.limits
        self.latch = self.upstream.latch
        place, self.dialect = address(url, password, database.dialect)
        check_files(place, places)
        reading = Reading(source=source, deadline_ms=self.limits.deadline_ms, database=database)
        self._opening = Opening(
            place=place,
            reading=reading,
            limits=self.limits,
            latch=self.latch,
            endpoint=endpoint_of(
                place, self.upstream, usual=self.dialect.port, nowhere=self.dialect.host
            ),
        )
        self.runner = self.dialect.open(self._opening)
        self._writing: PooledRows | None = None

    @property
    def in_flight(self) -> int:
        """Calls that run or wait."""
        return self.upstream.gate.inside

    def bound_of(self, moment: datetime, *, later: bool) -> datetime:
        """A moment to compare rows with, widened to what the database can tell apart."""
        return self.dialect.bound_of(moment, later=later)

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
        if any(isinstance(value, list | tuple) and not value for value in params.values()):
            return []
        most = self.limits.scan_max_rows if max_rows is None else max_rows
        rows: list[Row] = []
        for part in in_parts(statement, params, self.dialect.most_parameters):
            send = partial(self.runner.rows, statement, part, most - len(rows))
            rows += await self.upstream.call(send, seconds=seconds, again=True, logs_on=True)
            if len(rows) > most:
                raise too_large(self.source)
        try:
            return msgspec.convert(rows, list[row_type], dec_hook=of_text)  # type: ignore[valid-type]
        except msgspec.ValidationError as exc:
            fault = of_shape(exc, self.source)
        raise fault

    async def write(self, statement: str, params: Mapping[str, Any]) -> list[Row]:
        """The few rows that one writing statement gives back; it runs once, and wholly or not."""
        send = partial(self._writer().rows, statement, params, _MOST_WRITTEN)
        return await self.upstream.call(send, logs_on=True)

    async def together(self, work: Work[T]) -> T:
        """What `work` gives of one transaction; it runs once, and wholly or not."""
        return await self.upstream.call(partial(self._writer().together, work), logs_on=True)

    def _writer(self) -> PooledRows:
        if self._writing is None:
            if self.dialect.open_writing is None:
                raise Refused(f"nothing is written to {self.dialect.title}", source=self.source)
            self._writing = self.dialect.open_writing(self._opening)
        return self._writing

    async def aclose(self) -> None:
        """Give up what runs and close every connection."""
        await self.runner.aclose()
        if self._writing is not None:
            await self._writing.aclose()
