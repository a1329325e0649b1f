"""Orders changed in SQL: the manifest's statements in one transaction, all of them or none."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from capabilities.errors import Garbled, Refused
from capabilities.order.writing import OrderWriteKind, OrderWritten
from connectors.manifest.model import CommandCall
from connectors.protocols.sql.client import SqlClient
from connectors.protocols.sql.declared import SqlCommand, SqlStep
from connectors.protocols.sql.pooled import Execute
from connectors.protocols.sql.statements import PARAMETER, expand


class _Found(Struct):
    number: str | int | None = None
    document: str | int | None = None


class _Undone(Exception):
    """A step met another number of rows than it must; everything before it is undone."""

    def __init__(self, refused: str) -> None:
        super().__init__(refused)
        self.refused = refused


class SqlCommander:
    """Orders of one database."""

    def __init__(self, client: SqlClient, fragments: Mapping[str, str]) -> None:
        self._client = client
        self._fragments = fragments

    async def write(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """Change something in one transaction; it runs once."""
        own: SqlCommand = call.own

        async def work(execute: Execute) -> dict[str, Any]:
            known: dict[str, Any] = dict(values)
            for step in own.steps:
                await self._step(execute, step, known)
            return known

        try:
            known = await self._client.together(work)
        except _Undone as undone:
            refused = undone.refused
        else:
            return self._written(kind, known, values)
        if not refused:
            return None
        raise Refused("the database holds something else", source=self._source, code=refused)

    async def find(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """The row that has our reference."""
        own: SqlCommand = call.own
        statement = expand(own.statement, self._fragments)
        rows = await self._client.rows(statement, _used(statement, values), _Found)
        if not rows:
            return None
        return self._written(kind, {"number": rows[0].number, "document": rows[0].document}, values)

    @property
    def _source(self) -> str:
        return self._client.source

    async def _step(self, execute: Execute, step: SqlStep, known: dict[str, Any]) -> None:
        """One step, for each line or once; what it gives is known to those behind it."""
        statement = expand(step.statement, self._fragments)
        for row in known["lines"] if step.each else ({},):
            scope = ChainMap(dict(row), known)
            if step.given and scope.get(step.given) is None:
                continue
            rows = await execute(statement, _used(statement, scope))
            if step.rows is not None and len(rows) != step.rows:
                raise _Undone(step.refused)
            if rows:
                known.update({name: rows[0][name] for name in step.gives})

    def _written(
        self, kind: OrderWriteKind, known: Mapping[str, Any], values: Mapping[str, Any]
    ) -> OrderWritten:
        number, document = known.get("number"), known.get("document")
        if number is None:
            raise Garbled("a transaction without a number", source=self._source)
        if kind is OrderWriteKind.RETURN:
            return OrderWritten(number=str(values["number"]), document=str(document))
        return OrderWritten(number=str(number))


def _used(statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in set(PARAMETER.findall(statement))}
