"""From the cells of one line to a row, or to what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence

from connectors.protocols.files.cells import Damaged, clean
from connectors.protocols.files.feed import Column, Feed
from connectors.protocols.files.found import Found, Row, bad

_KEPT = "CODE_DAMAGED"


def row_of(
    feed: Feed, cells: Mapping[str, str], line: int, until: int | None = None
) -> Iterator[Found]:
    """The row of one line, behind what is damaged in it.

    A code that a spreadsheet cut short is left as it stands beside a note: the line was sold.
    """
    value: dict[str, str | None] = {}
    for name, column in feed.columns.items():
        try:
            value[name] = clean(cells.get(name, ""), column, feed.decimal_mark)
        except Damaged as exc:
            kept = exc.code == _KEPT
            yield bad(line, exc.code, f"column {name!r}", until, kept=kept)
            if not kept:
                return
            value[name] = cells[name].strip()
        if value[name] is None and not column.optional:
            yield bad(line, "CELL_MISSING", f"column {name!r}", until)
            return
    yield Row(line, dict(value))


def is_footer(feed: Feed, cells: Sequence[str]) -> bool:
    """Whether a line is a total below the rows."""
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    return any(first.startswith(word) for word in feed.footer)


def required(columns: Mapping[str, Column]) -> frozenset[str]:
    """The columns without which a line is no row."""
    return frozenset(name for name, column in columns.items() if not column.optional)
