"""What reading a file finds: rows, and lines that are none; a reason never holds a value."""

from typing import Any

from msgspec import Struct


class Row(Struct, frozen=True):
    """A row and the line of the file where it begins."""

    line: int
    value: dict[str, Any]


class Bad(Struct, frozen=True):
    """Lines from `line` to `until` that are no row.

    With `kept` the row was read all the same, without what is damaged in it.
    """

    line: int
    code: str
    reason: str
    until: int
    kept: bool = False


class Skipped(Struct, frozen=True):
    """A row that the feed says is none to keep, and the name under which it says so."""

    line: int
    name: str


Found = Row | Bad
Settled = Row | Bad | Skipped


def bad(line: int, code: str, reason: str, until: int | None = None, *, kept: bool = False) -> Bad:
    """Lines that are no row; one line where no end is told."""
    return Bad(line, code, reason, line if until is None else until, kept)
