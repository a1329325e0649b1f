"""A list as one CSV file: its pages one after another, as they come."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from capabilities.errors import SantongError
from capabilities.spreadsheet import csv_lines
from gateway.rest.columns import columns_of
from gateway.rest.given import Given, at
from gateway.rest.resource import Resource
from gateway.rest.values import assign

Ask = Callable[[dict[str, Any]], Awaitable[Given]]
# What spreadsheets need to read a file as UTF-8.
_MARK = b"\xef\xbb\xbf"
_ROWS = 100


class ExportCut(SantongError):
    """A file ends before its list does; what was sent is true, and not all."""

    code = "EXPORT_CUT"
    retryable = True


class Export:
    """One file. `ask` answers a page, `most` is how many rows a file may have."""

    def __init__(self, resource: Resource, ask: Ask, most: int) -> None:
        if resource.row is None:
            raise TypeError("only a list is a file of rows")
        self._resource = resource
        self._columns = columns_of(resource.row)
        self._ask = ask
        self._most = most
        self._pages = resource.pages

    def opened(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The variables of the first page: as long a page as any, where none was asked for."""
        if self._pages is not None and self._pages.first is not None:
            first = self._target(self._pages.first)
            if at(variables, first) is None:
                assign(variables, first, _ROWS)
        return variables

    async def chunks(self, page: Given, variables: dict[str, Any]) -> AsyncIterator[bytes]:
        """The file from its first page on; ExportCut where it cannot go on."""
        yield _MARK + "".join(csv_lines([self._columns.names])).encode()
        known, done = page.missing, 0
        while True:
            rows = self._rows(page)
            done += len(rows)
            if done > self._most:
                raise ExportCut(f"a file may have {self._most} rows")
            yield "".join(csv_lines(self._columns.cells(row) for row in rows)).encode()
            after = self._next(page, rows, variables)
            if after is None:
                return
            variables = after
            page = await self._ask(variables)
            if page.problem is not None or page.errors or page.missing - known:
                raise ExportCut("a page lacks what the pages before it had")

    def _rows(self, page: Given) -> Sequence[Mapping[str, Any]]:
        if self._pages is None:
            return page.value or ()
        return at(page.data, (*self._pages.connection, self._pages.rows)) or ()

    def _next(
        self, page: Given, rows: Sequence[object], variables: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The variables of the page that follows; None behind the last one.

        A list that lacks a source says that rows may follow for as long as it does.
        """
        if self._pages is None:
            return None
        info = (at(page.data, self._pages.connection) or {}).get("pageInfo") or {}
        after = self._target(self._pages.after)
        cursor = info.get("endCursor")
        if not info.get("hasNextPage") or cursor in (None, at(variables, after)):
            return None
        if not rows and page.missing:
            return None
        following = {**variables}
        assign(following, after, cursor)
        return following

    def _target(self, parameter: str) -> tuple[str, ...]:
        return next(one.target for one in self._resource.bound("query") if one.name == parameter)
