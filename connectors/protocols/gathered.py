"""Rows of several answers to one question."""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Gathered(Struct, Generic[T], frozen=True, kw_only=True):
    """Rows of `calls` answers; `truncated` when a bound was met and more may exist."""

    rows: tuple[T, ...]
    calls: int
    truncated: bool = False
    total: int | None = None
