"""Fixed width, counted in bytes: a Chinese character takes two of them in GBK."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from connectors.protocols.files.columns import is_footer, row_of
from connectors.protocols.files.encoding import encoding_of, raw_lines
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.found import Found, bad


def read_fixed(feed: Feed, file: BinaryIO) -> Iterator[Found]:
    """The rows of a file."""
    encoding = encoding_of(file, feed.encoding)
    spans = {name: one.span for name, one in feed.columns.items() if one.span is not None}
    least = _least(feed)
    for number, raw in enumerate(raw_lines(file), 1):
        line = raw.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
        if not line.strip() or is_footer(feed, [line.decode(encoding, errors="replace")]):
            continue
        if len(line) < least:
            yield bad(number, "LINE_SHORT", f"{len(line)} bytes, a row has {least} and more")
            continue
        cells = {
            name: line[start - 1 : start - 1 + length].decode(encoding, errors="replace")
            for name, (start, length) in spans.items()
        }
        yield from row_of(feed, cells, number)


def _least(feed: Feed) -> int:
    """Where the last column that must be there begins; editors cut blanks at the end of a line."""
    starts = (one.span[0] for one in feed.columns.values() if one.span and not one.optional)
    return max(starts, default=0)
