"""CSV as tills and spreadsheets write it: any delimiter, headings that vary, breaks in cells.

The standard library's reader splits the lines; see docs/decisions/files.md.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from capabilities.errors import Garbled
from connectors.protocols.files.cells import heading
from connectors.protocols.files.columns import is_footer, required, row_of
from connectors.protocols.files.encoding import encoding_of, text_lines
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.found import Found, bad

_DELIMITERS = (",", ";", "\t", "|")
# Titles may stand above the headings, but not many of them.
_HEADING_WITHIN = 10
# A cell with more breaks is a quote that was never closed.
_MOST_LINES = 50


def read_csv(feed: Feed, file: BinaryIO) -> Iterator[Found]:
    """The rows of a file; Garbled where its headings are not those of the feed."""
    encoding = encoding_of(file, feed.encoding)
    delimiter, skipped = _heading_of(feed, file, encoding)
    file.seek(0)
    lines = text_lines(file, encoding)
    for _ in range(skipped):
        next(lines)
    reader = csv.reader(lines, delimiter=delimiter)
    names = _named(feed, next(reader))
    yield from _rows(feed, reader, names, skipped)


def _rows(feed: Feed, reader: Any, names: list[str | None], skipped: int) -> Iterator[Found]:
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            reason = "a cell is too long or holds what is no text"
            yield bad(line, "LINE_BROKEN", reason, skipped + reader.line_num)
            continue
        until = skipped + reader.line_num
        if not any(cell.strip() for cell in cells) or is_footer(feed, cells):
            continue
        yield from _row(feed, cells, names, line, until)


def _row(
    feed: Feed, cells: Sequence[str], names: Sequence[str | None], line: int, until: int
) -> Iterator[Found]:
    if until - line >= _MOST_LINES:
        yield bad(line, "QUOTE_OPEN", "a quote is not closed", until)
        return
    if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
        reason = f"{len(cells)} cells, the headings are {len(names)}"
        yield bad(line, "CELLS_MISCOUNTED", reason, until)
        return
    pairs = zip(names, cells, strict=False)
    yield from row_of(feed, {name: cell for name, cell in pairs if name}, line, until)


def _heading_of(feed: Feed, file: BinaryIO, encoding: str) -> tuple[str, int]:
    """The delimiter, and how many lines stand above the headings."""
    valid = _DELIMITERS if feed.delimiter == "auto" else (feed.delimiter,)
    lines = text_lines(file, encoding)
    missing: frozenset[str] = frozenset()
    for above in range(_HEADING_WITHIN):
        line = next(lines, None)
        if line is None:
            break
        for delimiter in valid:
            names = _named(feed, next(csv.reader([line], delimiter=delimiter), []))
            lacking = required(feed.columns) - set(names)
            if not lacking:
                return delimiter, above
            if len(lacking) < len(required(feed.columns)):
                missing = lacking
    wanted = ", ".join(sorted(missing)) or "all columns"
    raise Garbled(f"the file's headings are not those of the feed; missing: {wanted}")


def _named(feed: Feed, cells: Sequence[str]) -> list[str | None]:
    """Our names of the columns, None where nothing reads one; blank headings behind are cut."""
    words = {
        heading(word): name
        for name, column in feed.columns.items()
        for word in (name, *column.headings)
    }
    names = [words.get(heading(cell)) for cell in cells]
    while names and names[-1] is None and not cells[len(names) - 1].strip():
        names.pop()
    return names
