"""The tables as they change: every change can be taken back, so a change set is all or none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from demo.sap.tables import Links, Row, Tables, blank


class Book:
    """Rows and the ways between them; `generation` grows with every change."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.links = Links(tables)
        self.generation = 0
        self._undo: list[Callable[[], object]] = []
        self._first: dict[int, Row] = {}

    @contextmanager
    def whole(self) -> Iterator[None]:
        """What fails inside the block leaves nothing behind."""
        self._undo, self._first = [], {}
        try:
            yield
        except BaseException:
            for step in reversed(self._undo):
                step()
            self.links = Links(self.tables)
            raise
        finally:
            self._undo, self._first = [], {}

    def begun(self, row: Row) -> Row:
        """A row as it was when the unit began."""
        return self._first.get(id(row), row)

    def add(self, table: str, values: Row) -> Row:
        """A new row, with initial values where none are given."""
        row, rows = blank(table, values), self.tables[table]
        rows.append(row)
        self._undo.append(rows.pop)
        self._changed(table)
        return row

    def change(self, table: str, row: Row, values: dict[str, Any]) -> None:
        """Some fields of a row."""
        before = dict(row)
        self._first.setdefault(id(row), before)
        self._undo.append(lambda: row.update(before))
        row.update(values)
        self._changed(table)

    def _changed(self, table: str) -> None:
        self.links.forget(table)
        self.generation += 1
