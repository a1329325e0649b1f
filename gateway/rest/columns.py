"""Rows of an answer as cells of CSV: columns are known from the operation, before any row came."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from graphql import is_leaf_type, is_list_type
from graphql.type import get_nullable_type
from msgspec import Struct

from gateway.rest.shape import Place

Cell = str | int | float | None


class Columns(Struct, frozen=True):
    """The ways to the cells of a row."""

    ways: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The head of the file: `node.total.amount`."""
        return tuple(".".join(way) for way in self.ways)

    def cells(self, row: Mapping[str, Any]) -> Sequence[Cell]:
        """One row; a list is one cell of JSON, nothing an empty one."""
        return [_cell(row, way) for way in self.ways]


def columns_of(row: Place) -> Columns:
    """The columns of a list's rows."""
    return Columns(tuple(_ways(row, ())))


def _ways(place: Place, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, below in place.keys.items():
        inner = (*way, key)
        if is_leaf_type(below.named) or is_list_type(get_nullable_type(below.type)):
            yield inner
        else:
            yield from _ways(below, inner)


def _cell(row: Any, way: tuple[str, ...]) -> Cell:
    for step in way:
        if row is None:
            return None
        row = row.get(step)
    if isinstance(row, bool):
        return "true" if row else "false"
    if isinstance(row, int | float | str | None):
        return row
    if isinstance(row, Decimal):
        return str(row)
    return orjson.dumps(row, default=str).decode()
