"""Writes in SQL: one statement of the manifest, whose first column is the number."""

import re
from collections.abc import Mapping

from msgspec import Struct

from connectors.protocols.sql import SqlClient
from connectors.protocols.sql.declared import SqlWrite
from connectors.protocols.sql.statements import PARAMETER, expand

_INSERT = re.compile(r"\bINSERT\b", re.IGNORECASE)


class _Numbered(Struct):
    number: str | int | None = None


class SqlWriter:
    """Changes of one database; every statement is a transaction of its own, and runs once."""

    def __init__(self, client: SqlClient, fragments: Mapping[str, str]) -> None:
        self._client = client
        self._fragments = fragments

    def repeats(self, call: SqlWrite) -> bool:
        """What inserts a row inserts another."""
        return _INSERT.search(expand(call.statement, self._fragments)) is None

    async def write(self, call: SqlWrite, values: Mapping[str, str | None]) -> str | None:
        """Write; the number that the statement gives back, None where it changed nothing."""
        statement, used = self._worded(call, values)
        rows = await self._client.write(statement, used)
        return str(rows[0]["number"]) if rows else None

    async def find(self, call: SqlWrite, values: Mapping[str, str | None]) -> str | None:
        """The number of what has our reference."""
        statement, used = self._worded(call, values)
        rows = await self._client.rows(statement, used, _Numbered)
        return str(rows[0].number) if rows else None

    def _worded(
        self, call: SqlWrite, values: Mapping[str, str | None]
    ) -> tuple[str, dict[str, str | None]]:
        statement = expand(call.statement, self._fragments)
        named = set(PARAMETER.findall(statement))
        return statement, {name: value for name, value in values.items() if name in named}
