"""A file of a feed as rows: read in its format, its lines put together, and settled.

Settled means: what the feed skips is skipped under its name, and a row that another one takes back
says so (`voided`). Memory stays bounded: a file may be larger than it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from connectors.protocols.files.delimited import read_csv
from connectors.protocols.files.documents import read_xml
from connectors.protocols.files.feed import Feed, Words
from connectors.protocols.files.fixed import read_fixed
from connectors.protocols.files.found import Bad, Found, Row, Settled, Skipped, bad
from connectors.protocols.files.grouping import grouped
from connectors.protocols.files.json_rows import read_json

_READERS: Mapping[str, Callable[[Feed, BinaryIO], Iterator[Found]]] = {
    "csv": read_csv,
    "fixed": read_fixed,
    "json": read_json,
    "xml": read_xml,
}
_VOID = "void"


def read_feed(feed: Feed, file: BinaryIO) -> Iterator[Settled]:
    """Everything that a file holds, in its order; Garbled where it is no file of the feed."""
    voids = _voids(feed, file)
    open_targets = {key: line for line, key in voids.values()}
    voided = frozenset(open_targets)
    for place, one in enumerate(_found(feed, file)):
        if isinstance(one, Bad):
            yield one
        elif place in voids:
            yield Skipped(one.line, _VOID)
        elif (name := _skipped(feed, one)) is not None:
            yield Skipped(one.line, name)
        else:
            yield _marked(feed, one, open_targets, voided)
    for line in open_targets.values():
        yield bad(line, "VOID_WITHOUT_SALE", "what it takes back is not in this file")


def _found(feed: Feed, file: BinaryIO) -> Iterator[Found]:
    return grouped(feed, _READERS[feed.form](feed, file))


Key = tuple[str, ...]


def _voids(feed: Feed, file: BinaryIO) -> dict[int, tuple[int, Key]]:
    """The rows that take back another, by their place: their line, and that other's key."""
    void = feed.void
    if void is None:
        return {}
    return {
        place: (one.line, tuple(text_at(one.value, path) for path in void.target))
        for place, one in enumerate(_found(feed, file))
        if isinstance(one, Row) and holds(void.when, one.value) and _skipped(feed, one) is None
    }


def _skipped(feed: Feed, row: Row) -> str | None:
    """The name under which the feed skips a row."""
    return next((name for name, words in feed.skip.items() if holds(words, row.value)), None)


def _marked(feed: Feed, row: Row, open_targets: dict[Key, int], voided: frozenset[Key]) -> Row:
    """A row that another takes back says so."""
    if feed.void is None or not voided:
        return row
    key = tuple(text_at(row.value, path) for path in feed.void.key)
    if key not in voided:
        return row
    open_targets.pop(key, None)
    return Row(row.line, {**row.value, "voided": True})


def holds(words: Words, value: Any) -> bool:
    """Whether the text at the path is one of the words."""
    return text_at(value, words.source) in words.words


def text_at(value: Any, path: str) -> str:
    """The text at a plain path, "" where there is none."""
    for name in path.split("."):
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None or isinstance(value, dict | list) else str(value)
