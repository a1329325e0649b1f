"""Cells of CSV files that a spreadsheet opens: no text of anybody becomes a formula in it.

A cell that would begin one, behind blanks or in full width too, gets an apostrophe in front, and so
does one that has an apostrophe already: `plain_cell` gives every text back as it was.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

_GUARD = "'"
# A lone carriage return or tab lets some programs begin a new cell.
_BEGINS = frozenset("=+-@\t\r\n＝＋－＠|%" + _GUARD)


def safe_cell(text: str) -> str:
    """The text, so that no program reads a formula in it."""
    shown = text.lstrip(" \u00a0\u3000\ufeff\u200b")
    return _GUARD + text if shown and (shown[0] in _BEGINS or text[0] == _GUARD) else text


def plain_cell(cell: str) -> str:
    """What `safe_cell` was given."""
    return cell[1:] if cell.startswith(_GUARD) else cell


def csv_lines(rows: Iterable[Sequence[str | int | float | None]]) -> Iterator[str]:
    """Rows as lines of CSV; numbers stay numbers, texts are safe, nothing is an empty cell."""
    for row in rows:
        cells = [safe_cell(one) if isinstance(one, str) else one for one in row]
        line = StringIO()
        csv.writer(line, lineterminator="\r\n").writerow(cells)
        yield line.getvalue()
