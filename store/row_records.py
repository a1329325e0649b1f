"""Rows of a question as records of ours."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from store.engine import Row

T = TypeVar("T")


def records_of(rows: Iterable[Row], kind: type[T]) -> list[T]:
    """Each row as a record whose fields have the names of its columns."""
    return [msgspec.convert(row._asdict(), kind) for row in rows]
